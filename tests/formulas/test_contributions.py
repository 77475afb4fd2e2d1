import numpy as np
import pytest
from numpy.typing import NDArray

from latent_laws.formulas.contributions import contributions
from latent_laws.formulas.formula import Formula

NAMES = [f"x{i}" for i in range(14)]


def shares(text: str, row: list[float], base: list[float]) -> NDArray[np.float64]:
    full = [np.array(values + [0.0] * (14 - len(values))) for values in (row, base)]
    return contributions(Formula.parse(text, NAMES), *full, NAMES)


def test_a_linear_form_has_a_closed_form() -> None:
    found = shares("2*x0 - x2 + 5", [1, 9, 3], [0, 0, 1])
    assert found[:3] == pytest.approx([2, 0, -2])


def test_a_product_is_shared_alike() -> None:
    # from (0, 0) to (2, 3): nothing happens until both are there
    assert shares("x0*x1", [2, 3], [0, 0])[:2] == pytest.approx([3, 3])


def test_many_inputs_are_sampled_and_still_add_up() -> None:
    text = " + ".join(f"x{i}*x{i + 1}" for i in range(13))
    row, base = [1.0] * 14, [0.5] * 14
    found = shares(text, row, base)
    formula = Formula.parse(text, NAMES)
    values = formula.evaluate(np.array([row, base]), NAMES)
    assert found.sum() == pytest.approx(values[0] - values[1])


def test_an_undefined_formula_has_no_contributions() -> None:
    assert np.isnan(shares("log(x0)", [1], [-1])[0])
