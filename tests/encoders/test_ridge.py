import numpy as np
import pytest
import torch

from latent_laws.encoders.pruning import prune
from latent_laws.encoders.ridge import UNITS, RidgeEncoder, UnitName
from latent_laws.formulas.formula import Formula

NAMES = ["a", "b c", "d", "e", "constant"]
SPREAD = torch.tensor([1.0, 0.5, 2.0, 1.0, 0.0])


def encoder(units: tuple[UnitName, ...], seed: int = 0) -> RidgeEncoder:
    torch.manual_seed(seed)
    return RidgeEncoder(torch.randn(3, 5), torch.randn(3), SPREAD, units)


def rows() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(200, 5) * SPREAD


def as_formulas(model: RidgeEncoder) -> tuple[list[Formula], np.ndarray]:
    formulas, scale, shift = model.formulas(NAMES)
    X = rows().double().numpy()
    values = np.stack([formula.evaluate(X, NAMES) for formula in formulas], axis=1)
    return formulas, values * scale.numpy() + shift.numpy()


@pytest.mark.parametrize("units", [(), *((name,) for name in UNITS), ("tanh", "gauss", "square")])
@pytest.mark.parametrize("allowed", [100, 20, 7, 1])
def test_formulas_are_what_the_encoder_computes(units: tuple[UnitName, ...], allowed: int) -> None:
    model = encoder(units)
    prune(model, rows(), allowed)
    formulas, values = as_formulas(model)
    np.testing.assert_allclose(values, model(rows()).detach().numpy(), atol=2e-5)
    assert all(formula.complexity <= allowed for formula in formulas)
    assert [formula.complexity for formula in formulas] == model.nodes().tolist()
    assert "constant" not in {name for formula in formulas for name in formula.features}


@pytest.mark.parametrize("units", [(), ("tanh", "gauss")])
def test_slopes_are_derivatives_by_the_weights(units: tuple[UnitName, ...]) -> None:
    model, x = encoder(units), rows()
    slopes, step = model.slopes(x)[:, 1], 1e-2
    for place in torch.nonzero(model.alive[1])[:, 0].tolist():
        ends = []
        for sign in (1, -2):
            with torch.no_grad():
                model.weights[1, place] += sign * step
            ends.append(model(x)[:, 1].detach())
        with torch.no_grad():
            model.weights[1, place] += step
        torch.testing.assert_close(
            (ends[0] - ends[1]) / (2 * step), slopes[:, place], atol=2e-3, rtol=2e-3
        )
