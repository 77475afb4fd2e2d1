"""The unit of exchange: one closed form over named features."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas import backends, printing, sums
from latent_laws.formulas.grammar import parse_tokens
from latent_laws.formulas.printing import Units
from latent_laws.formulas.tokens import (
    FormulaError,
    Operation,
    Tokens,
    Variable,
    constants_of,
    features_of,
)

if TYPE_CHECKING:
    import sympy
    from torch import Tensor

__all__ = ["Formula", "FormulaError"]


@dataclass(frozen=True)
class Formula:
    """A closed form, immutable and hashable; equal formulas have the same tree.

    >>> formula = Formula.parse("0.82*Elevation - tanh(1.3*Slope)", ["Elevation", "Slope"])
    >>> formula.complexity, formula.features
    (8, ('Elevation', 'Slope'))
    """

    tokens: Tokens

    @classmethod
    def parse(cls, text: str, variables: Sequence[str]) -> "Formula":
        """Read a formula as printed by us, Operon or PySR; nothing in it is executed.

        Args:
            text: The formula; names that are no identifiers stand in backticks.
            variables: The feature names that may occur.

        Returns:
            The formula.

        Raises:
            FormulaError: Unknown function, unknown feature, other code, or a part without
                features that has no finite value.
        """
        tokens = parse_tokens(text, variables)
        if backends.undefined_constant_part(tokens):
            raise FormulaError(
                f"formula {text[:60]!r} holds a constant part without a finite value; "
                "accepted are parts that evaluate to a number"
            )
        return cls(tokens)

    @classmethod
    def linear(
        cls, intercept: float, weights: Mapping[str, float], variables: Sequence[str]
    ) -> "Formula":
        """Weighted sum of features; 4k + 1 nodes for k non-zero weights and an intercept.

        Args:
            intercept: Constant term; exactly 0 leaves it out.
            weights: Feature -> weight, in the order of printing; exactly 0 leaves it out.
            variables: The feature names that may occur.

        Returns:
            The formula `w1*x1 + w2*x2 + ... + intercept`.

        Raises:
            FormulaError: A feature is not among the variables, or a number is not finite.
        """
        unknown = set(weights) - set(variables)
        if unknown:
            raise FormulaError(
                f"unknown feature {min(unknown)!r}; accepted are the {len(variables)} given"
            )
        _check_finite(intercept, "intercept")
        for name, weight in weights.items():
            _check_finite(weight, f"weight of {name!r}")
        terms: list[Tokens] = [
            (float(weight), Variable(name), sums.TIMES)
            for name, weight in weights.items()
            if weight != 0
        ]
        return cls(sums.join([*terms, (float(intercept),)]))

    @classmethod
    def sum(cls, first: "Formula", second: "Formula") -> "Formula":
        """The sum of two formulas as one flat sum; their constant terms are merged."""
        return cls(sums.join([*sums.terms_of(first.tokens), *sums.terms_of(second.tokens)]))

    @cached_property
    def expression(self) -> str:
        """The formula as text; parsing it gives an equal formula."""
        return printing.print_text(self.tokens)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The features that occur, in the order of first occurrence."""
        return features_of(self.tokens)

    @property
    def complexity(self) -> int:
        """Number of nodes as PySR counts them: `0.5*x` is three, a negative constant is one."""
        return len(self.tokens)

    @property
    def constants(self) -> tuple[float, ...]:
        """The constants, in the order of occurrence."""
        return constants_of(self.tokens)

    def with_constants(self, values: Sequence[float]) -> "Formula":
        """The same tree with other constants, as many, in the order of `constants`.

        Raises:
            FormulaError: Another count of numbers, or one that is not finite.
        """
        count = len(self.constants)
        if len(values) != count:
            raise FormulaError(f"got {len(values)} constants; the formula takes {count}")
        for position, value in enumerate(values):
            _check_finite(value, f"constant {position}")
        fresh = iter(values)
        kept = Variable | Operation
        return Formula(tuple(t if isinstance(t, kept) else float(next(fresh)) for t in self.tokens))

    def renamed(self, names: Mapping[str, str]) -> "Formula":
        """The same tree over other feature names; names that are not in the map stay."""
        fresh = {name: Variable(new) for name, new in names.items()}
        return Formula(
            tuple(fresh.get(t.name, t) if isinstance(t, Variable) else t for t in self.tokens)
        )

    def round(self, digits: int) -> "Formula":
        """The same tree with constants rounded to significant digits."""
        return self.with_constants([float(f"{value:.{digits}g}") for value in self.constants])

    def evaluate(self, X: NDArray[np.floating], names: Sequence[str]) -> NDArray[np.float64]:
        """Values on a table, computed in float64.

        Args:
            X: Rows x features.
            names: The features, in the order of the columns.

        Returns:
            Shape (rows,); NaN where undefined (a pole, log or root of a negative number) or not
            finite.

        Raises:
            FormulaError: A feature is missing, or X has another number of columns than names.
        """
        columns = backends.numpy_columns(X, names, self.features)
        return backends.evaluate_numpy(self.tokens, columns, len(X))

    def torch(self, x: "Tensor", names: Sequence[str]) -> "Tensor":
        """Values on a tensor as of `evaluate`: differentiable, in the tensor's precision."""
        positions = backends.column_positions(x.shape, names, self.features)
        columns = {name: x[:, position] for name, position in positions.items()}
        constants = x.new_tensor(self.constants)
        return backends.evaluate_torch(self.tokens, columns, constants, x[:, 0])

    def sympy(self) -> "sympy.Expr":
        """The formula over real sympy symbols named as the features."""
        from latent_laws.formulas.sympy_form import to_sympy  # noqa: PLC0415 - loads slowly

        return to_sympy(self.tokens)

    def latex(self, digits: int = 3, units: Units | None = None) -> str:
        """The formula as LaTeX, without dollar signs, constants to significant digits.

        Args:
            digits: Of the constants.
            units: Feature -> unit, written behind it; cos and sin of angles are then written
                without the factor that turns degrees into radians.
        """
        tokens, units = self._shown(units)
        return printing.print_latex(tokens, digits, lambda n: printing.latex_variable(n, units))

    def mathml(self, digits: int = 3, units: Units | None = None) -> str:
        """The formula as a MathML element, units as in `latex`; names are escaped."""
        tokens, units = self._shown(units)
        return printing.print_mathml(tokens, digits, units)

    def printed(self, digits: int = 3, units: Units | None = None) -> str:
        """The formula as text for people: rounded, units as in `latex`."""
        tokens, units = self._shown(units)
        return printing.print_text(Formula(tokens).round(digits).tokens, units)

    def _shown(self, units: Units | None) -> tuple[Tokens, Units]:
        if units is None:
            return self.tokens, printing.NO_UNITS
        return printing.in_degrees(self.tokens, units), units

    def __str__(self) -> str:
        return self.expression

    def __reduce__(self) -> tuple[type["Formula"], tuple[Tokens]]:
        return Formula, (self.tokens,)


def _check_finite(value: float, label: str) -> None:
    if not math.isfinite(value):
        raise FormulaError(f"{label} is {value}; accepted are finite numbers")
