"""Symbolic encoder: numpy, torch module, JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from tests.formulas.trees import Tree, formula_of, trees

NAMES = ("x", "y", "wind speed")
TEXTS = (
    "0.5*x - 1.25*y + 3", "tanh(1.3*`wind speed`) + x**2", "x*y/(1.5 + square(y))", "0.1", "y",
)  # fmt: skip
X = np.random.default_rng(0).normal(size=(30, 3))


@pytest.fixture
def encoder() -> SymbolicEncoder:
    return SymbolicEncoder([Formula.parse(text, NAMES) for text in TEXTS], NAMES)


def test_latents_are_the_formulas_columns(encoder: SymbolicEncoder) -> None:
    Z = encoder(X)
    assert Z.shape == (30, 5)
    assert Z.dtype == np.float64
    for column, text in zip(Z.T, TEXTS, strict=True):
        np.testing.assert_array_equal(column, Formula.parse(text, NAMES).evaluate(X, NAMES))


def test_json_round_trip_is_exact(encoder: SymbolicEncoder, tmp_path: Path) -> None:
    path = tmp_path / "encoder.json"
    path.write_text(json.dumps(encoder.to_json()))
    again = SymbolicEncoder.from_json(json.loads(path.read_text()))
    assert again.formulas == encoder.formulas
    assert again.names == encoder.names
    np.testing.assert_array_equal(again(X), encoder(X))


@settings(max_examples=50, deadline=None)
@given(st.lists(trees(st.floats(-9, 9), NAMES), min_size=1, max_size=4))
def test_module_agrees_with_numpy_on_any_formulas(random: list[Tree]) -> None:
    encoder = SymbolicEncoder([formula_of(tree) for tree in random], NAMES)
    with torch.no_grad():
        latents = encoder.module()(torch.from_numpy(X))
    for column, formula in zip(latents.T, encoder.formulas, strict=True):
        torch.testing.assert_close(
            column, formula.torch(torch.from_numpy(X), NAMES), equal_nan=True
        )


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-12)])
def test_module_computes_in_the_precision_of_its_input(
    encoder: SymbolicEncoder, dtype: torch.dtype, tolerance: float
) -> None:
    latents = encoder.module()(torch.from_numpy(X).to(dtype))
    assert latents.dtype == dtype
    np.testing.assert_allclose(latents.detach().numpy(), encoder(X), rtol=tolerance, atol=tolerance)


def test_gradients_of_constants_and_inputs_are_right(encoder: SymbolicEncoder) -> None:
    module = encoder.module()
    x = torch.from_numpy(X[:4]).requires_grad_()

    trained = [index for index, value in enumerate(module.constants.tolist()) if value != 2.0]

    def latents_of(x: torch.Tensor, some: torch.Tensor) -> torch.Tensor:
        constants = module.constants.detach().clone()
        constants[trained] = some
        latents = torch.func.functional_call(module, {"constants": constants}, (x,))
        assert isinstance(latents, torch.Tensor)
        return latents

    some = module.constants.detach()[trained].clone().requires_grad_()
    assert torch.autograd.gradcheck(latents_of, (x, some))


def test_exponents_stay_and_other_constants_train(encoder: SymbolicEncoder) -> None:
    """Started from wrong constants, training finds the planted ones again."""
    planted = Formula.parse("1.5*x - 0.7*y**4 + tanh(0.4*`wind speed`)", NAMES)
    start = planted.with_constants([1.0, -0.2, 4.0, 1.0])
    module = SymbolicEncoder([start], NAMES).module()
    target = torch.from_numpy(planted.evaluate(X, NAMES))[:, None]
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        torch.autograd.backward((module(torch.from_numpy(X)) - target).square().mean())
        optimizer.step()
    (found,) = module.formulas()
    np.testing.assert_allclose(found.constants, planted.constants, atol=1e-4)
    assert found.constants[2] == 4.0


def test_state_dict_round_trip(encoder: SymbolicEncoder) -> None:
    module = encoder.module()
    with torch.no_grad():
        module.constants.mul_(1.5)
    fresh = encoder.module()
    fresh.load_state_dict(module.state_dict())
    x = torch.from_numpy(X)
    assert torch.equal(fresh(x), module(x))
    np.testing.assert_allclose(
        encoder.with_constants_of(module)(X), module(x).detach().numpy(), rtol=1e-12
    )


def test_module_exports_with_a_free_batch_size(encoder: SymbolicEncoder) -> None:
    module = encoder.module()
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (torch.from_numpy(X),), dynamic_shapes={"x": {0: batch}})
    x = torch.from_numpy(X[:7])
    torch.testing.assert_close(program.module()(x), module(x))


def test_module_stands_in_for_a_network(encoder: SymbolicEncoder) -> None:
    model = torch.nn.Sequential(encoder.module(), torch.nn.Linear(5, 3))
    assert model(torch.from_numpy(X).float()).shape == (30, 3)
    assert encoder.module().float()(torch.from_numpy(X).float()).dtype == torch.float32


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"names": ["x"], "formulas": ["x + y"]}, "formula 0 .*unknown feature 'y'"),
        ({"names": ["x"], "formulas": ["x", "erf(x)"]}, "formula 1 .*unknown function 'erf'"),
        ({"names": ["x"], "formulas": ["__import__('os')"]}, "__import__"),
        ({"names": ["x"], "formulas": [1]}, r"formulas\.0: Input should be a valid string"),
        ({"names": "x", "formulas": ["x"]}, "names: Input should be a valid list"),
        ({"formulas": ["x"]}, "names: Field required"),
        ({"names": ["x"], "formulas": []}, "0 formulas"),
        ({"names": ["x", "x"], "formulas": ["x"]}, "'x' occurs twice"),
    ],
)
def test_bad_documents_are_refused(document: dict[str, object], message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        SymbolicEncoder.from_json(document)
    assert "\n" not in str(caught.value)


def test_formulas_of_unknown_features_and_wrong_tables_are_refused(
    encoder: SymbolicEncoder,
) -> None:
    with pytest.raises(FormulaError, match="'y', which is not among the 1 given"):
        SymbolicEncoder([Formula.parse("y", NAMES)], ["x"])
    with pytest.raises(FormulaError, match=r"shape \(30, 2\); accepted is rows x 3"):
        encoder(X[:, :2])
    with pytest.raises(FormulaError, match=r"shape \(30, 2\)"):
        encoder.module()(torch.from_numpy(X[:, :2]))
