"""The grammar of closed forms for the global law FVU(latent_dim).

A form is a product of decaying factors, with or without an amplitude, and with or without a floor
under it: FVU(m) = A · f1(m) · f2(m) + c. A form without amplitude is 1 at m = 0, which is the FVU
of the mean. Parameters are logarithms of positive numbers, so that every fit decays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from latent_laws.findings.law_fitting import least_squares, residuals
from latent_laws.formulas.formula import Formula

Array = NDArray[np.float64]

VARIABLE = "latent_dim"
DIGITS = 6  # of the constants in printed laws
STARTS = 2  # points of the grid from which a fit begins
AMPLITUDE_GRID = ((-1.5,), (0.0,), (1.5,))
FLOORS_BELOW_LOWEST = (0.05, 0.7, 3.0)
RATES = tuple((rate,) for rate in (-5.0, -4.0, -3.0, -2.0, -1.0, 0.0))
EXPONENTS = tuple((exponent,) for exponent in (-1.0, 0.0, 1.0, 2.0))
SCALES_AND_EXPONENTS = tuple(product((0.5, 1.5, 2.5, 3.5, 4.5), (-0.5, 0.25, 1.0, 2.0)))


@dataclass(frozen=True)
class Factor:
    """One decaying factor of a law.

    Attributes:
        name: What the factor is called in the field.
        n_parameters: Parameters of its own.
        log_value: (m, parameters) -> log of the factor; parameters are fits x parameters, the
            result fits x latent dimensions.
        text: The factor as a formula; `{0}`, `{1}` stand for exp(parameter).
        grid: Parameters among which fits begin.
    """

    name: str
    n_parameters: int
    log_value: Callable[[Array, Array], Array]
    text: str
    grid: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Form:
    """A law's form: its factors, an amplitude or none, a floor or none."""

    factors: tuple[Factor, ...]
    amplitude: bool
    floor: bool

    @property
    def name(self) -> str:
        """The factors' names, for example `exponential * edge + floor`."""
        return " * ".join(factor.name for factor in self.factors) + " + floor" * self.floor

    @property
    def n_parameters(self) -> int:
        """The number of fitted constants."""
        return sum(factor.n_parameters for factor in self.factors) + self.amplitude + self.floor

    def log_fvu(self, m: Array, parameters: Array) -> Array:
        """Return the natural logarithm of the FVU.

        Args:
            m: Latent dimensions, n.
            parameters: Fits x parameters: those of the factors in turn, then log A, then log c.

        Returns:
            Fits x n; NaN where the form is undefined.
        """
        value, rest = np.zeros((len(parameters), len(m))), parameters
        for factor in self.factors:
            value = value + factor.log_value(m, rest)
            rest = rest[:, factor.n_parameters :]
        if self.amplitude:
            value = value + rest[:, :1]
        return np.logaddexp(value, rest[:, -1:]) if self.floor else value

    def formula(self, parameters: Array) -> Formula:
        """Return the FVU as a formula in `latent_dim`, constants rounded to six digits.

        Args:
            parameters: Of one fit.
        """
        values = [f"{value:.{DIGITS}g}" for value in np.exp(parameters)]
        parts = []
        for factor in self.factors:
            parts.append(factor.text.format(*values))
            values = values[factor.n_parameters :]
        amplitude = f"{values[0]}*" if self.amplitude else ""
        floor = f" + {values[-1]}" if self.floor else ""
        return Formula.parse(amplitude + "*".join(parts) + floor, [VARIABLE])

    def fit(self, m: Array, log_fvu: Array, weights: Array, start: Array | None = None) -> Array:
        """Fit the parameters by weighted least squares on log FVU.

        Args:
            m: Latent dimensions, n.
            log_fvu: Natural logarithm of the measured FVU, n.
            weights: Fits x n; 0 leaves a latent dimension out.
            start: Fits x parameters; without it each fit begins at the best points of a grid.

        Returns:
            Fits x parameters.
        """

        def curve(parameters: Array) -> Array:
            return self.log_fvu(m, parameters)

        if start is not None:
            return least_squares(curve, log_fvu, weights, start)[0]
        grid = self._grid(log_fvu)
        # A floor makes local minima, so one start is not enough.
        errors = weights @ (residuals(curve, log_fvu, grid) ** 2).T
        nearest = np.argsort(errors, axis=1, kind="stable")[:, :STARTS]
        fits = [least_squares(curve, log_fvu, weights, grid[points]) for points in nearest.T]
        best = np.argmin([error for _, error in fits], axis=0)
        parameters = np.stack([parameters for parameters, _ in fits])
        return np.asarray(parameters[best, np.arange(len(weights))])

    def _grid(self, log_fvu: Array) -> Array:
        """Return the parameters among which fits begin, points x parameters."""
        choices = [factor.grid for factor in self.factors]
        if self.amplitude:
            choices.append(AMPLITUDE_GRID)
        if self.floor:
            lowest = float(log_fvu.min())
            choices.append(tuple((lowest - below,) for below in FLOORS_BELOW_LOWEST))
        return np.array([np.concatenate(point) for point in product(*choices)])


def exponential() -> Factor:
    """Return exp(-b·m)."""
    return Factor(
        "exponential", 1, lambda m, p: -np.exp(p[:, :1]) * m, f"exp(-{{0}}*{VARIABLE})", RATES
    )


def stretched_exponential() -> Factor:
    """Return exp(-b·m^c)."""
    return Factor(
        "stretched exponential",
        2,
        lambda m, p: -np.exp(p[:, :1]) * m ** np.exp(p[:, 1:2]),
        f"exp(-{{0}}*{VARIABLE}**{{1}})",
        tuple(product((-5.0, -3.0, -2.0, -1.0, 0.0), (-1.0, -0.4, 0.0, 0.4))),
    )


def power() -> Factor:
    """Return m^-b."""
    return Factor(
        "power", 1, lambda m, p: -np.exp(p[:, :1]) * np.log(m), f"{VARIABLE}**(-{{0}})", EXPONENTS
    )


def shifted_power() -> Factor:
    """Return (1 + m/k)^-b."""
    return Factor(
        "shifted power",
        2,
        lambda m, p: -np.exp(p[:, 1:2]) * np.log1p(m / np.exp(p[:, :1])),
        f"(1 + {VARIABLE}/{{0}})**(-{{1}})",
        SCALES_AND_EXPONENTS,
    )


def hill() -> Factor:
    """Return 1 / (1 + (m/k)^b), flat at first, then a power law."""
    return Factor(
        "Hill",
        2,
        lambda m, p: -np.logaddexp(0.0, np.exp(p[:, 1:2]) * (np.log(m) - p[:, :1])),
        f"(1/(1 + ({VARIABLE}/{{0}})**{{1}}))",
        SCALES_AND_EXPONENTS,
    )


def edge(rank: int) -> Factor:
    """Return (1 - m/rank)^b, which is 0 where the latents span all the data."""
    return Factor(
        "edge",
        1,
        lambda m, p: np.exp(p[:, :1]) * np.log(1.0 - m / rank),
        f"(1 - {VARIABLE}/{rank})**{{0}}",
        EXPONENTS,
    )


def power_law() -> Form:
    """Return A·m^-b."""
    return Form((power(),), amplitude=True, floor=False)


def exponential_law() -> Form:
    """Return A·exp(-b·m)."""
    return Form((exponential(),), amplitude=True, floor=False)


def grammar(rank: int, max_parameters: int) -> list[Form]:
    """Return all forms of the grammar, those with fewer parameters first.

    Args:
        rank: Rank of the data matrix, above every latent dimension.
        max_parameters: The most parameters a form may have.

    Returns:
        The forms.
    """
    decays: list[tuple[Factor, ...]] = [
        (exponential(),),
        (power(),),
        (stretched_exponential(),),
        (shifted_power(),),
        (hill(),),
        (exponential(), power()),
    ]
    decays += [(*decay, edge(rank)) for decay in decays[:-1]]
    forms = [
        Form(decay, amplitude, floor)
        for decay, amplitude, floor in product(decays, (False, True), (False, True))
        # m^-b has no value at 0, so its scale is free.
        if amplitude or all(factor.name != "power" for factor in decay)
    ]
    return sorted(
        (form for form in forms if form.n_parameters <= max_parameters),
        key=lambda form: form.n_parameters,
    )
