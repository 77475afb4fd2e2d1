r"""LaTeX means the formula: read back by rules of its own, it has the formula's values."""

import re
from collections.abc import Sequence

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from latent_laws.formulas.backends import undefined_constant_part
from latent_laws.formulas.formula import Formula
from tests.formulas.trees import Tree, formula_of, trees

NAMES = ("x", "Soil_Type_14", "wind \"speed\" 'n'", "Höhe 50%")
ROWS = np.random.default_rng(0).normal(size=(20, 4))
short_numbers = st.integers(-400, 400).map(lambda number: number / 100)
_NAME = re.compile(r"\\(?:mathrm|mbox)\{((?:\\.|[^{}])*)\}")


def read_latex(latex: str, names: Sequence[str] = NAMES) -> Formula:
    """Translate the LaTeX that we write into the grammar of formulas."""
    text = _NAME.sub(lambda match: "`" + re.sub(r"\\(.)", r"\1", match[1]) + "`", latex)
    text = re.sub(r"\\left\|", "abs(", text)
    text = text.replace(r"\right|", ")").replace(r"\left(", "(").replace(r"\right)", ")")
    text = re.sub(r"\\frac\{", "FRAC{", text).replace(r"\sqrt{", "sqrt{")
    while "FRAC{" in text:
        start = text.rindex("FRAC{")
        middle = closing(text, start + 4)
        end = closing(text, middle + 1)
        above, below = text[start + 5 : middle], text[middle + 2 : end]
        text = f"{text[:start]}(({above})/({below})){text[end + 1 :]}"
    text = text.replace("{", "(").replace("}", ")").replace(r"\, \cdot", "*")
    text = text.replace(r"\cdot", "*").replace(r"\,", "*").replace("\\", "")
    return Formula.parse(text, names)


def closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    raise AssertionError(text)


@settings(max_examples=300, deadline=None)
@given(trees(short_numbers, NAMES))
def test_latex_read_back_has_the_formulas_values(tree: Tree) -> None:
    formula = formula_of(tree)
    assume(not undefined_constant_part(formula.tokens))
    again = read_latex(formula.latex(digits=17))
    before, after = formula.evaluate(ROWS, NAMES), again.evaluate(ROWS, NAMES)
    settled = np.isfinite(before)
    for change in (1e-12, -1e-12):
        moved = formula.evaluate(ROWS * (1 + change), NAMES)
        settled &= np.abs(moved - before) <= 1e-9 * np.abs(before)
    np.testing.assert_allclose(after[settled], before[settled], rtol=1e-6)
