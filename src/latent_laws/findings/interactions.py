"""Interactions: pairs of features whose effects on a latent do not add.

Two features interact in f if the mixed second derivative d²f/dx_i dx_j is not zero. Its strength is
the root mean square of that derivative over the rows, times both features' standard deviations,
relative to the standard deviation of the latent that f stands for. For c*x_i*x_j with independent
standardised features, that is the square root of the share of variance the product holds. Where a
formula has an absolute value, whose second derivative is a spike that no row hits, differences over
a standard deviation stand for it.

A search fits products to noise as well. So the strengths stand beside those in formulas as complex
that were fitted to permuted latents, beside those of pairs with noise inputs that the library is
offered, and beside what the encoder itself does with the pair.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from pydantic import Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.curvature import Curvature, curvature, root_mean_square
from latent_laws.findings.distillation import Distillation, believed, stacked
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Rows, Values
from latent_laws.formulas.formula import Formula
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.strict import StrictModel
from latent_laws.tables.groups import group_of_each
from latent_laws.tables.table import SPLITS, FeatureTable

# Inputs of noise that a search is offered beside the real ones.
_NOISE = ("noise 1", "noise 2", "noise 3")


class InteractionOptions(StrictModel):
    """How interactions are measured.

    Attributes:
        rows: Training rows.
        min_strength: Strength from which a pair interacts and a feature is nonlinear.
        null_quantile: Quantile of the strongest pairs of null formulas that is reported.
        search: The search that is offered noise inputs.
        noise_latents: Latents on which it is, those whose formulas have the strongest pairs.
        seed: Of the rows.
    """

    rows: int = Field(default=400, ge=10)
    min_strength: float = Field(default=0.01, ge=0)
    null_quantile: float = Field(default=0.95, ge=0, le=1)
    search: SearchOptions = SearchOptions.model_validate(
        {"engines": ("library",), "library": {"expansions": 10, "rows": 1000}}
    )
    noise_latents: int = Field(default=2, ge=1)
    seed: int = 0


def interactions(
    distillation: Distillation, options: InteractionOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the interacting pairs and class every formula, on training rows.

    Args:
        distillation: The encoders, their formulas and null formulas.
        options: Rows and the least strength.

    Returns:
        `interactions`: a row an encoder and pair, the strongest of an encoder first: `encoder,
        variant, latent_dim, feature_a, feature_b, max_strength` (the largest over the encoder's
        formulas), `encoder_strength` (the largest over latents of the same measure on the encoder
        itself, by differences), and to compare with these `null_strength` (what the strongest pair
        of a null formula reaches; NaN without null searches) and `noise_strength` (what the
        strongest pair with a noise input reaches).
        `formula_classes`: `encoder, variant, latent_dim, latent, formula_class` (linear, additive
        or interacting).
    """
    pairs, classes = {}, {}
    for encoder in distillation.models:
        pairs[encoder], classes[encoder] = _of_encoder(distillation, encoder, options)
    return stacked(pairs), stacked(classes)


def _of_encoder(
    about: Distillation, encoder: str, options: InteractionOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs and the classes of one encoder."""
    table, model = about.table, about.models[encoder]
    X, names = sample_rows(table.train, options.rows, options.seed), table.names
    deviation = model.encode(table.train).std(axis=0)
    groups = group_of_each(about.feature_info)
    found = {
        latent: apart(curvature(formula, X, names, deviation[latent]), groups)
        for latent, formula in about.selected(encoder).items()
    }
    frame = _pairs(found, names, options)
    frame["encoder_strength"] = _in_encoder(frame, model, X, names, deviation)
    null = [
        apart(curvature(formula, X, names, deviation[latent]), groups).strongest
        for latent, formula in dict.fromkeys(
            (latent, formula) for latent, formula, _ in believed(about.null(encoder))
        )
    ]
    # the strongest pair of each null formula; NaN where there is none
    frame["null_strength"] = np.quantile(null, options.null_quantile) if null else np.nan
    frame["noise_strength"] = _noise_strength(model, table, found, options)
    kinds = [(latent, formula_class(one, options)) for latent, one in found.items()]
    return frame, pd.DataFrame(kinds, columns=["latent", "formula_class"])


def apart(found: Curvature, groups: Mapping[str, str]) -> Curvature:
    """Leave out pairs of one one-hot group: only one of its columns is on in any row.

    On such rows their product is a sum of both, so that a search can give it any weight.
    """
    pairs = {
        (a, b): strength
        for (a, b), strength in found.pairs.items()
        if a not in groups or groups[a] != groups.get(b)
    }
    return replace(found, pairs=pairs)


def formula_class(found: Curvature, options: InteractionOptions) -> str:
    """Class a formula: interacting, additive (nonlinear, a feature at a time) or linear."""
    if found.strongest >= options.min_strength:
        return "interacting"
    return (
        "additive"
        if max(found.features.values(), default=0.0) >= options.min_strength
        else "linear"
    )


def _pairs(
    found: Mapping[int, Curvature], names: tuple[str, ...], options: InteractionOptions
) -> pd.DataFrame:
    """Return a row a pair that interacts in some formula, the strongest first."""
    strongest: dict[frozenset[str], float] = {}
    for one in found.values():
        for pair, strength in one.pairs.items():
            strongest[frozenset(pair)] = max(strength, strongest.get(frozenset(pair), 0.0))
    rows = [
        (a, b, strongest[frozenset((a, b))])
        for a, b in combinations(names, 2)
        if strongest.get(frozenset((a, b)), 0.0) >= options.min_strength
    ]
    frame = pd.DataFrame(rows, columns=["feature_a", "feature_b", "max_strength"])
    return frame.sort_values("max_strength", ascending=False, kind="stable")


def _noise_strength(
    model: Encoder,
    table: FeatureTable,
    found: Mapping[int, Curvature],
    options: InteractionOptions,
) -> float:
    """Return what noise reaches in a pair, on the latents whose formulas have the strongest."""
    curved = [latent for latent in found if found[latent].strongest >= options.min_strength]
    curved.sort(key=lambda latent: -found[latent].strongest)
    chosen = curved[: options.noise_latents]
    return max((_noise_in_latent(model, table, one, options) for one in chosen), default=0.0)


def _noise_in_latent(
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
    pairs = curvature(formula, X, names, float(train.y.std())).pairs
    return max((own for pair, own in pairs.items() if {*pair} & {*_NOISE}), default=0.0)


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
        found.append(float((root_mean_square(mixed) / scale).max()))
    return found
