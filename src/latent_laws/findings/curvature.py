"""Second derivatives of one formula: the strength of each of its pairs, and of each input alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from latent_laws.findings.response import Rows, Values
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Operation

Pair = tuple[str, str]

# Smaller strengths are cancelled terms, as in (a + b)**2 - 2*a*b.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Curvature:
    """Second derivatives of one formula that are not zero, by strength.

    Attributes:
        pairs: Two features, in the formula's order -> strength of the mixed derivative.
        features: Feature -> strength of its own second derivative.
    """

    pairs: Mapping[Pair, float]
    features: Mapping[str, float]

    @property
    def strongest(self) -> float:
        """Strength of the strongest pair, 0 where there is none."""
        return max(self.pairs.values(), default=0.0)


def curvature(formula: Formula, X: Rows, names: tuple[str, ...], deviation: float) -> Curvature:
    """Measure a formula's second derivatives.

    Args:
        formula: The formula.
        X: Rows x features; a row on which a derivative is undefined does not count for it.
        names: The features, in the order of the columns.
        deviation: Standard deviation of the latent that the formula stands for.

    Returns:
        The strengths that are more than rounding.
    """
    own = formula.features
    if not own or not deviation:
        return Curvature({}, {})
    columns = X[:, [names.index(name) for name in own]].astype(np.float64)
    has_abs = any(isinstance(t, Operation) and t.name == "abs" for t in formula.tokens)
    values = (_differences if has_abs else _derivatives)(formula, columns)
    strength = root_mean_square(values) / deviation
    found = {
        (own[i], own[j]): float(strength[i, j])
        for i in range(len(own))
        for j in range(i, len(own))
        if strength[i, j] > _ROUNDING
    }
    return Curvature(
        {pair: value for pair, value in found.items() if pair[0] != pair[1]},
        {pair[0]: value for pair, value in found.items() if pair[0] == pair[1]},
    )


def _derivatives(formula: Formula, X: Values) -> Values:
    """Return second derivatives on the rows, times the deviations of the features.

    Args:
        formula: A formula without absolute values.
        X: Rows x the formula's features, in its order.

    Returns:
        Rows x features x features.
    """
    x = torch.from_numpy(X).requires_grad_(True)
    value = formula.torch(x, formula.features).sum()
    (first,) = torch.autograd.grad(value, x, create_graph=True)
    rows = [
        torch.autograd.grad(first[:, i].sum(), x, retain_graph=True, materialize_grads=True)[0]
        if first.requires_grad
        else torch.zeros_like(x)
        for i in range(X.shape[1])
    ]
    scale = X.std(axis=0)
    return np.asarray(torch.stack(rows, dim=1).numpy() * np.outer(scale, scale))


def _differences(formula: Formula, X: Values) -> Values:
    """Return second differences on the rows, over half a standard deviation to each side.

    Args:
        formula: The formula.
        X: Rows x the formula's features, in its order.

    Returns:
        Rows x features x features, in the units of `_derivatives`.
    """
    steps = np.diag(X.std(axis=0) / 2)

    def at(step: NDArray[np.float64]) -> Values:
        return formula.evaluate(X + step, formula.features)

    found = np.zeros((len(X), len(steps), len(steps)))
    for i, a in enumerate(steps):
        found[:, i, i] = 4 * (at(a) - 2 * at(0 * a) + at(-a))
        for j in range(i + 1, len(steps)):
            b = steps[j]
            found[:, i, j] = at(a + b) - at(a - b) - at(b - a) + at(-a - b)
    return found


def root_mean_square(values: Values) -> Values:
    """Return the root mean square over the rows that are defined; 0 where there is none."""
    defined = np.isfinite(values)
    total = np.where(defined, values, 0) ** 2
    return np.asarray(np.sqrt(total.sum(axis=0) / np.maximum(defined.sum(axis=0), 1)))
