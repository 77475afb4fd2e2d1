"""Interactions: pairs of features whose effects on a latent do not add.

Two features interact in f if the mixed second derivative d²f/dx_i dx_j, as sympy gives it, is not
zero. Its strength is the root mean square of that derivative over the rows, times both features'
standard deviations, relative to the standard deviation of f. For c*x_i*x_j with independent
standardised features, that is the square root of the share of variance the product holds.

Sympy is the definition and what the tests hold this module to; it takes seconds a formula, so the
tree rules out the pairs that only meet in sums, and automatic differentiation gives the values of
the rest, which are the same derivatives. Where a formula has an absolute value, whose second
derivative is a spike that no row hits, differences over a standard deviation stand for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.findings.distillation import selected_formulas
from latent_laws.findings.effects import Rows, Values, sample_rows
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Operation, fold
from latent_laws.tables.table import FeatureTable

Pair = frozenset[str]

# Smaller strengths are cancelled terms, as in (a + b)**2 - 2*a*b.
_ROUNDING = 1e-9


class InteractionOptions(BaseModel):
    """How interactions are measured.

    Attributes:
        rows: Test rows.
        min_strength: Strength from which a pair interacts and a feature is nonlinear.
        seed: Of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=500, ge=10)
    min_strength: float = Field(default=0.01, ge=0)
    seed: int = 0


@dataclass(frozen=True)
class Curvature:
    """Second derivatives of one formula that are not zero, by strength.

    Attributes:
        pairs: Pair of features -> strength of the mixed derivative.
        features: Feature -> strength of its own second derivative.
    """

    pairs: Mapping[Pair, float]
    features: Mapping[str, float]


def interactions(
    formulas: Sequence[Mapping[str, object]], table: FeatureTable, options: InteractionOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the interacting pairs and class every formula.

    Args:
        formulas: The catalog's `formulas`.
        table: The features.
        options: Rows and the least strength.

    Returns:
        A row an encoder and pair, the strongest of an encoder first: `encoder, feature_a,
        feature_b, strength` (mean over the encoder's latents, 0 where a formula has none),
        `max_strength, n_latents` (formulas in which the pair interacts); and a row a formula:
        `encoder, latent, formula_class` (linear, additive or interacting).
    """
    X = sample_rows(table.test, options.rows, options.seed)
    pairs, classes = [], []
    for encoder in dict.fromkeys(str(record["encoder"]) for record in formulas):
        own = selected_formulas(formulas, encoder, table.names)
        found = {latent: curvature(formula, X, table.names) for latent, formula in own.items()}
        pairs.append(_summarised(found, table.names, options).assign(encoder=encoder))
        classes += [
            {"encoder": encoder, "latent": latent, "formula_class": formula_class(one, options)}
            for latent, one in found.items()
        ]
    columns = ["encoder", "feature_a", "feature_b", "strength", "max_strength", "n_latents"]
    empty = pd.DataFrame(columns=columns)
    frame = pd.concat(pairs, ignore_index=True)[columns] if pairs else empty
    return frame, pd.DataFrame(classes, columns=["encoder", "latent", "formula_class"])


def formula_class(curvature: Curvature, options: InteractionOptions) -> str:
    """Class a formula: interacting, additive (nonlinear, a feature at a time) or linear."""
    if any(strength >= options.min_strength for strength in curvature.pairs.values()):
        return "interacting"
    if any(strength >= options.min_strength for strength in curvature.features.values()):
        return "additive"
    return "linear"


def curvature(formula: Formula, X: Rows, names: Sequence[str]) -> Curvature:
    """Measure a formula's second derivatives.

    Args:
        formula: The formula.
        X: Rows x features; a row on which a derivative is undefined does not count for it.
        names: The features, in the order of the columns.

    Returns:
        The strengths that are more than rounding.
    """
    wanted = candidates(formula)
    deviation = _deviation(formula.evaluate(X, names))
    if not wanted or not deviation:
        return Curvature({}, {})
    columns = X[:, [list(names).index(name) for name in formula.features]].astype(np.float64)
    has_abs = any(isinstance(t, Operation) and t.name == "abs" for t in formula.tokens)
    measure = _differences if has_abs else _derivatives
    strengths = {
        pair: _root_mean_square(values) / deviation
        for pair, values in measure(formula, columns, wanted).items()
    }
    kept = {pair: strength for pair, strength in strengths.items() if strength > _ROUNDING}
    own = {name: kept[frozenset([name])] for name in formula.features if frozenset([name]) in kept}
    return Curvature({pair: kept[pair] for pair in kept if len(pair) > 1}, own)


def candidates(formula: Formula) -> frozenset[Pair]:
    """Pairs of features (or one feature alone) whose second derivative the tree does not rule out.

    They meet below something that is not a sum or a multiplication by a constant.
    """
    return fold(formula.tokens, _constant, _variable, _apply).curved


@dataclass(frozen=True)
class _Part:
    """Features of a subtree, and which second derivatives by them may differ from zero."""

    features: frozenset[str]
    curved: frozenset[Pair]


def _constant(_: float) -> _Part:
    return _Part(frozenset(), frozenset())


def _variable(name: str) -> _Part:
    return _Part(frozenset([name]), frozenset())


def _apply(name: str, operands: list[_Part]) -> _Part:
    features = frozenset[str]().union(*(part.features for part in operands))
    curved = frozenset[Pair]().union(*(part.curved for part in operands))
    if name in ("+", "-", "neg"):
        return _Part(features, curved)
    if name == "*":
        left, right = operands
        return _Part(features, curved | _crossed(left.features, right.features))
    if name == "/":
        left, right = operands
        crossed = _crossed(left.features, right.features)
        return _Part(features, curved | crossed | _crossed(right.features, right.features))
    return _Part(features, curved | _crossed(features, features))


def _crossed(left: frozenset[str], right: frozenset[str]) -> frozenset[Pair]:
    return frozenset(frozenset(pair) for pair in product(left, right))


def _derivatives(formula: Formula, X: Values, wanted: frozenset[Pair]) -> dict[Pair, Values]:
    """Return second derivatives on the rows, times the deviations of the features.

    Args:
        formula: A formula without absolute values.
        X: Rows x the formula's features, in its order.
        wanted: The pairs.

    Returns:
        Pair -> shape (rows,).
    """
    names, deviations = formula.features, X.std(axis=0)
    x = torch.from_numpy(X).requires_grad_(True)
    (first,) = torch.autograd.grad(formula.torch(x, names).sum(), x, create_graph=True)
    found: dict[Pair, Values] = {}
    for i, name in enumerate(names):
        others = [(j, frozenset([name, names[j]])) for j in range(i, len(names))]
        if not any(pair in wanted for _, pair in others):
            continue
        (second,) = torch.autograd.grad(
            first[:, i].sum(), x, retain_graph=True, materialize_grads=True
        )
        scaled = second.numpy() * deviations * deviations[i]
        found |= {pair: scaled[:, j] for j, pair in others if pair in wanted}
    return found


def _differences(formula: Formula, X: Values, wanted: frozenset[Pair]) -> dict[Pair, Values]:
    """Return second differences on the rows, over half a standard deviation to each side.

    Args:
        formula: The formula.
        X: Rows x the formula's features, in its order.
        wanted: The pairs.

    Returns:
        Pair -> shape (rows,), in the units of `_derivatives`.
    """
    steps = dict(zip(formula.features, np.diag(X.std(axis=0) / 2), strict=True))

    def at(step: NDArray[np.float64]) -> Values:
        return formula.evaluate(X + step, formula.features)

    found: dict[Pair, Values] = {}
    for pair in wanted:
        a, b = (steps[name] for name in (sorted(pair) * 2)[:2])
        if len(pair) == 1:
            found[pair] = 4 * (at(a) - 2 * at(np.zeros_like(a)) + at(-a))
        else:
            found[pair] = at(a + b) - at(a - b) - at(b - a) + at(-a - b)
    return found


def _root_mean_square(values: Values) -> float:
    defined = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(defined**2))) if len(defined) else 0.0


def _deviation(values: Values) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.std()) if len(defined) else 0.0


def _summarised(
    found: Mapping[int, Curvature], names: Sequence[str], options: InteractionOptions
) -> pd.DataFrame:
    """Return a row a pair that interacts in some formula, the strongest first."""
    rows = []
    used = {pair for one in found.values() for pair in one.pairs}
    for a, b in combinations([name for name in names if any(name in pair for pair in used)], 2):
        strengths = [one.pairs.get(frozenset([a, b]), 0.0) for one in found.values()]
        n_latents = sum(strength >= options.min_strength for strength in strengths)
        if n_latents and max(strengths) > 0:
            rows.append((a, b, float(np.mean(strengths)), max(strengths), n_latents))
    columns = ["feature_a", "feature_b", "strength", "max_strength", "n_latents"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("strength", ascending=False, kind="stable")
