"""Pruning: what goes, and what the weights that are left make of it."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import mse_loss

from latent_laws.encoders.pruning import grow, prune
from latent_laws.encoders.ridge import RidgeEncoder


def linear(weight: list[float]) -> RidgeEncoder:
    return RidgeEncoder(torch.tensor([weight]), torch.zeros(1), torch.ones(len(weight)), ())


def left(model: RidgeEncoder) -> torch.Tensor:
    """Which linear weights there are, latents x inputs."""
    return model.layout.split(model.alive)[0]


def rows(n_inputs: int) -> torch.Tensor:
    return torch.randn(2000, n_inputs, generator=torch.Generator().manual_seed(0))


def test_the_least_terms_go_first() -> None:
    model, x = linear([1.0, 3.0, 0.2, 0.1]), rows(4) * torch.tensor([1.0, 0.5, 2.0, 1.0])
    # worth 1, 1.5, 0.4, 0.1: the weights in units of the inputs' spread
    for allowed, kept in (
        (13, [1, 1, 1, 1]),
        (9, [1, 1, 1, 0]),
        (5, [1, 1, 0, 0]),
        (1, [0, 1, 0, 0]),
    ):
        prune(model, x, allowed)
        assert left(model)[0].tolist() == kept


def test_what_is_left_is_the_least_squares_fit_of_what_was_there() -> None:
    x = rows(3)
    x[:, 2] += 2 * x[:, 0]
    model = linear([1.0, 1.0, 0.1])
    before = model(x).detach().double().numpy()[:, 0]
    prune(model, x, 5)
    assert left(model)[0].tolist() == [1, 1, 0]
    design = np.column_stack([x[:, :2].double(), np.ones(len(x))])
    expected = np.linalg.lstsq(design, before, rcond=None)[0]
    weight, bias, *_ = model.layout.split(model.weights.detach())
    found = [*weight[0, :2].tolist(), bias.item()]
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_large_weights_that_cancel_go_before_a_small_one_that_counts() -> None:
    """Two inputs are nearly one: by size of weights the third would go."""
    x = rows(3)
    x[:, 1] = x[:, 0] + 0.01 * x[:, 1]
    model = linear([5.0, -4.5, 0.4])
    before = model(x).detach()
    prune(model, x, 5)
    assert left(model)[0, 2] == 1
    after = model(x).detach()
    assert float((after - before).var() / before.var()) < 0.02


def test_a_unit_that_does_nothing_goes_before_weights_that_do() -> None:
    torch.manual_seed(0)
    model = RidgeEncoder(torch.randn(3, 4), torch.randn(3), torch.ones(4), ("tanh",))
    with torch.no_grad():
        model.layout.split(model.weights)[2].zero_()
    prune(model, rows(4), 4 * 4 - 3)
    assert model.nodes().tolist() == [4 * 4 - 3] * 3
    assert int(model.layout.split(model.alive)[4].sum()) == 0


def test_a_unit_that_counts_stays_and_what_it_does_not_read_goes() -> None:
    model = RidgeEncoder(torch.full((1, 4), 0.01), torch.zeros(1), torch.ones(4), ("sin", "tanh"))
    with torch.no_grad():
        *_, outer, _, inner = model.layout.split(model.weights)
        outer[0] = torch.tensor([3.0, 0.0])
        inner[0, 0] = torch.tensor([2.0, 0.001, -1.0, 0.0])
    prune(model, rows(4), 4 - 3 + 4 + 1 + 2 * 4)
    *_, inner_left = model.layout.split(model.alive)
    assert inner_left[0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]
    assert int(left(model).sum()) == 1


def squared(
    model: RidgeEncoder, x: torch.Tensor, target: torch.Tensor
) -> Callable[[], torch.Tensor]:
    return lambda: mse_loss(model(x)[:, 0], target)


def test_what_the_loss_asks_for_most_comes_back_and_starts_at_nothing() -> None:
    model, x = linear([1.0, 0.1, 0.1, 0.1]), rows(4)
    prune(model, x, 1)
    before = model(x).detach()
    grow(model, squared(model, x, x[:, 0] + 0.3 * x[:, 1] - 2 * x[:, 2]), 7)
    assert left(model)[0].tolist() == [1, 0, 1, 0]
    torch.testing.assert_close(model(x).detach(), before)
    grow(model, squared(model, x, x[:, 0] + 0.3 * x[:, 1]), 1000)
    assert left(model)[0].tolist() == [1, 1, 1, 1]


def test_neither_constant_inputs_nor_units_that_went_come_back() -> None:
    spread = torch.tensor([1.0, 1.0, 1.0, 0.0])
    torch.manual_seed(0)
    model = RidgeEncoder(torch.ones(1, 4), torch.zeros(1), spread, ("sin", "tanh"))
    with torch.no_grad():
        model.layout.split(model.weights)[2].copy_(torch.tensor([[0.0, 5.0]]))
    x = rows(4) * spread
    prune(model, x, 9 + 17)
    *_, inner = model.layout.split(model.alive)
    assert inner[0].any(dim=1).tolist() == [False, True], "the unit that does nothing went"
    grow(model, squared(model, x, x.sum(dim=1).sin()), 1000)
    *_, inner = model.layout.split(model.alive)
    assert inner[0].tolist() == [[0, 0, 0, 0], [1, 1, 1, 0]]
    assert left(model)[0].tolist() == [1, 1, 1, 0]
