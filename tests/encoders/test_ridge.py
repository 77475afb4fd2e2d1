import numpy as np
import pytest
import torch

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
    model.prune(rows(), allowed)
    formulas, values = as_formulas(model)
    np.testing.assert_allclose(values, model(rows()).detach().numpy(), atol=2e-5)
    assert all(formula.complexity <= allowed for formula in formulas)
    assert [formula.complexity for formula in formulas] == model.nodes().tolist()
    assert "constant" not in {name for formula in formulas for name in formula.features}


def test_the_least_terms_go_first() -> None:
    weight = torch.tensor([[1.0, 3.0, 0.2, 0.1, 9.0]])
    model = RidgeEncoder(weight, torch.zeros(1), SPREAD, ())
    # effects 1, 1.5, 0.4, 0.1: the weights in units of the inputs' spread
    for allowed, kept in ((13, 4), (9, 3), (5, 2), (1, 1)):
        model.prune(rows(), allowed)
        assert int(model.mask.sum()) == kept
    assert model.mask[0].tolist() == [0, 1, 0, 0, 0]


def test_a_unit_that_does_nothing_goes_before_weights_that_do() -> None:
    model = encoder(("tanh",))
    with torch.no_grad():
        model.outer.zero_()
    linear = 4 * 4 - 3
    model.prune(rows(), linear)
    assert model.nodes().tolist() == [linear] * 3
    assert int(model.inner_mask.sum()) == 0
