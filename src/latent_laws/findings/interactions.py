"""Interactions: pairs of features whose effects on a latent do not add.

Two features interact in f if the mixed second derivative d²f/dx_i dx_j is not zero. Its strength is
the root mean square of that derivative over the rows, times both features' standard deviations,
relative to the standard deviation of the latent that f stands for. For c*x_i*x_j with independent
standardised features, that is the square root of the share of variance the product holds. Where a
formula has an absolute value, whose second derivative is a spike that no row hits, differences over
a standard deviation stand for it.

A search fits products to noise as well. So the strengths stand beside those in formulas as complex
that were fitted to permuted latents, beside those of pairs with a noise input where the search is
offered some, and beside what the encoder itself does with the pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.distillation import Distillation, Readings, believed, named
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Rows, Values
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Operation
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.tables.table import SPLITS, FeatureTable

Pair = tuple[str, str]

# Smaller strengths are cancelled terms, as in (a + b)**2 - 2*a*b.
_ROUNDING = 1e-9
_PAIR_COLUMNS = [
    *("feature_a", "feature_b", "strength", "max_strength", "n_latents"),
    *("encoder_strength", "null_strength", "noise_strength"),
]
# Inputs of noise that a search is offered beside the real ones.
_NOISE = ("noise 1", "noise 2", "noise 3")


class InteractionOptions(BaseModel):
    """How interactions are measured.

    Attributes:
        rows: Training rows.
        min_strength: Strength from which a pair interacts and a feature is nonlinear.
        null_quantile: Quantile of the strongest pairs of null formulas that is reported.
        search: The search that is offered noise inputs.
        seed: Of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=400, ge=10)
    min_strength: float = Field(default=0.01, ge=0)
    null_quantile: float = Field(default=0.95, ge=0, le=1)
    search: SearchOptions = SearchOptions.model_validate(
        {"engines": ("library",), "library": {"expansions": 10, "rows": 1000}}
    )
    seed: int = 0


@dataclass(frozen=True)
class Curvature:
    """Second derivatives of one formula that are not zero, by strength.

    Attributes:
        pairs: Two features, in the formula's order -> strength of the mixed derivative.
        features: Feature -> strength of its own second derivative.
    """

    pairs: Mapping[Pair, float]
    features: Mapping[str, float]


def interactions(
    distillation: Distillation, options: InteractionOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the interacting pairs and class every formula, on training rows.

    Args:
        distillation: The encoders, their formulas and null formulas.
        options: Rows and the least strength.

    Returns:
        `interactions`: a row an encoder and pair, the strongest of an encoder first: `encoder,
        variant, latent_dim, feature_a, feature_b, strength` (mean over the encoder's latents, 0
        where a formula has none), `max_strength, n_latents` (formulas in which the pair
        interacts), `encoder_strength` (the largest over latents of the same measure on the encoder
        itself, by differences), and to compare with these `null_strength` (what the strongest pair
        of a null formula reaches; NaN without null searches) and `noise_strength` (what the
        strongest pair with a noise input reaches in a formula of the latent of the strongest pair).
        `formula_classes`: `encoder, variant, latent_dim, latent, formula_class` (linear, additive
        or interacting).
    """
    X = sample_rows(distillation.table.train, options.rows, options.seed)
    names = distillation.table.names
    pairs, classes = [], []
    for encoder, model in distillation.models.items():
        deviation = model.encode(distillation.table.train).std(axis=0)
        found = {
            latent: curvature(formula, X, names, deviation[latent])
            for latent, formula in distillation.selected(encoder).items()
        }
        frame = _summarised(found, names, options)
        frame["encoder_strength"] = _in_encoder(frame, model, X, names, deviation)
        null = distillation.readings(encoder).null
        frame["null_strength"] = _null_strength(null, X, names, deviation, options)
        frame["noise_strength"] = (
            _noise_strength(model, distillation.table, _strongest_latent(found), options)
            if len(frame)
            else 0.0
        )
        pairs.append(named(encoder, frame))
        kinds = [(latent, formula_class(one, options)) for latent, one in found.items()]
        classes.append(named(encoder, pd.DataFrame(kinds, columns=["latent", "formula_class"])))
    return pd.concat(pairs, ignore_index=True), pd.concat(classes, ignore_index=True)


def formula_class(curvature: Curvature, options: InteractionOptions) -> str:
    """Class a formula: interacting, additive (nonlinear, a feature at a time) or linear."""
    if any(strength >= options.min_strength for strength in curvature.pairs.values()):
        return "interacting"
    if any(strength >= options.min_strength for strength in curvature.features.values()):
        return "additive"
    return "linear"


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
    strength = _root_mean_square(values) / deviation
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


def _root_mean_square(values: Values) -> Values:
    """Return the root mean square over the rows that are defined; 0 where there is none."""
    defined = np.isfinite(values)
    total = np.where(defined, values, 0) ** 2
    return np.asarray(np.sqrt(total.sum(axis=0) / np.maximum(defined.sum(axis=0), 1)))


def _summarised(
    found: Mapping[int, Curvature], names: tuple[str, ...], options: InteractionOptions
) -> pd.DataFrame:
    """Return a row a pair that interacts in some formula, the strongest first."""
    by_pair: dict[frozenset[str], list[float]] = {}
    for one in found.values():
        for pair, strength in one.pairs.items():
            by_pair.setdefault(frozenset(pair), []).append(strength)
    rows = []
    for a, b in combinations([name for name in names if any(name in p for p in by_pair)], 2):
        strengths = by_pair.get(frozenset((a, b)), [0.0])
        n_latents = sum(strength >= options.min_strength for strength in strengths)
        if n_latents:
            rows.append((a, b, sum(strengths) / len(found), max(strengths), n_latents))
    frame = pd.DataFrame(rows, columns=_PAIR_COLUMNS[:5])
    return frame.sort_values("strength", ascending=False, kind="stable")


def _null_strength(
    null: Readings,
    X: Rows,
    names: tuple[str, ...],
    deviation: Values,
    options: InteractionOptions,
) -> float:
    """Return a quantile of the strongest pair of each null formula; NaN where there is none."""
    strongest = {
        (latent, formula): max(
            curvature(formula, X, names, deviation[latent]).pairs.values(), default=0.0
        )
        for latent, formula, _ in believed(null)
    }
    values = list(strongest.values())
    return float(np.quantile(values, options.null_quantile)) if values else float("nan")


def _strongest_latent(found: Mapping[int, Curvature]) -> int:
    """Return the latent whose formula has the strongest pair."""
    return max(found, key=lambda latent: max(found[latent].pairs.values(), default=0.0))


def _noise_strength(
    model: Encoder, table: FeatureTable, latent: int, options: InteractionOptions
) -> float:
    """Search a latent with noise among the inputs; return what noise reaches in a pair.

    The noise inputs are the inputs that the latent depends on most, shuffled, and are offered as
    highly as those.
    """
    rng, sensitivity = np.random.default_rng(options.seed), model.sensitivity(table.train)[latent]
    shuffled = np.argsort(-sensitivity, kind="stable")[: len(_NOISE)]
    names = (*table.names, *_NOISE[: len(shuffled)])
    splits = {}
    for split in SPLITS:
        X = getattr(table, split)
        noise = rng.permuted(X[:, shuffled], axis=0)
        splits[split] = Split(np.hstack([X, noise]), model.encode(X)[:, latent])
    offered = np.concatenate([sensitivity, sensitivity[shuffled]])
    front = search_latent(splits, names, offered, options.search, options.seed)
    formula = Formula.parse(front.loc[front["selected"], "expression"].item(), names)
    train = splits["train"]
    X = sample_rows(train.X.astype(np.float32), options.rows, options.seed)
    found = curvature(formula, X, names, float(train.y.std())).pairs
    return max((own for pair, own in found.items() if {*pair} & {*_NOISE}), default=0.0)


def _in_encoder(
    pairs: pd.DataFrame, model: Encoder, X: Rows, names: tuple[str, ...], deviation: Values
) -> list[float]:
    """Return, for every pair, the largest strength over the latents of the encoder itself."""
    steps = np.diag(X.std(axis=0, dtype=np.float64) / 2).astype(np.float32)
    scale = np.where(deviation > 0, deviation, np.inf)
    found = []
    for a, b in zip(pairs["feature_a"], pairs["feature_b"], strict=True):
        up, side = steps[names.index(a)], steps[names.index(b)]
        mixed = model.encode(X + up + side) - model.encode(X + up - side)
        mixed -= model.encode(X - up + side) - model.encode(X - up - side)
        found.append(float((_root_mean_square(mixed) / scale).max()))
    return found
