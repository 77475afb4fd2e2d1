import pytest
import torch
from torch import nn

from latent_laws.encoders.optimiser import optimisers, orthogonalised


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_orthogonalised_keeps_directions_and_levels_their_sizes(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    U, _, V = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    sizes = torch.linspace(1.0, 0.1, min(shape))
    found = U.T @ orthogonalised((U @ sizes.diag() @ V)[None])[0] @ V.T
    torch.testing.assert_close(found, found.diagonal().diag(), atol=1e-4, rtol=0)
    assert found.diagonal().min() > 0.5
    assert found.diagonal().max() < 1.5


def test_muon_moves_matrices_and_adam_the_rest() -> None:
    muon, adam = optimisers(nn.Linear(3, 2), "muon", 0.05, 0.1)
    assert [p.ndim for p in muon.param_groups[0]["params"]] == [2]
    assert [p.ndim for p in adam.param_groups[0]["params"]] == [1]
    assert len(optimisers(nn.Linear(3, 2), "adamw", 0.05, 0.1)) == 1
