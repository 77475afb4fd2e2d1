"""The reconstruction law: FVU against the latent dimension, over all features and for each.

Three statements a variant: the global law, searched over a grammar of closed forms; the law of
single features, searched by Operon; whether returns diminish, and where the knee is. Each has been
tested on latent dimensions, features or trainings that it has not seen.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from threadpoolctl import threadpool_limits

from latent_laws.errors import LatentLawsError
from latent_laws.findings.law_features import feature_law
from latent_laws.findings.law_forms import VARIABLE, exponential_law, grammar, power_law
from latent_laws.findings.law_points import feature_points
from latent_laws.findings.law_returns import ErrorCurve, diminishing_returns, knee
from latent_laws.findings.law_traits import data_rank, predictability
from latent_laws.findings.law_validation import baselines, choose_law
from latent_laws.search.engines.operon import OperonOptions
from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]

SMALLEST_FVU = 1e-12  # below it lies rounding
FEWEST_DIMS = 4
FEWEST_FEATURES = 5


class LawOptions(BaseModel):
    """Options of the reconstruction law.

    Attributes:
        max_parameters: The most constants a global law may have; fewer where the latent
            dimensions are few.
        max_lengths: Sizes of the per-feature law that are tried, in Operon's nodes.
        generations: Of each search of the per-feature law.
        feature_folds: Groups of features that are left out in turn.
        resamples: Of the bootstrap.
        confidence: The share of resamples from which on returns are said to diminish.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_parameters: int = Field(default=4, ge=1)
    max_lengths: tuple[int, ...] = (8,)
    generations: int = Field(default=10, ge=1)
    feature_folds: int = Field(default=5, ge=2)
    resamples: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, le=1)
    seed: int = Field(default=0, ge=0)


def reconstruction_law(
    errors: pd.DataFrame,
    metrics: Sequence[Mapping[str, object]],
    table: FeatureTable,
    options: LawOptions,
    importance: "pd.Series[float] | None" = None,
    groups: Mapping[str, str | None] | None = None,
) -> dict[str, object]:
    """Find and test the reconstruction laws of every variant with enough latent dimensions.

    Args:
        errors: `reconstruction_errors`: variant, latent_dim, seed, feature, mse, fvu.
        metrics: `training_metrics`: records with variant, latent_dim, seed, fvu_test,
            pca_fvu_test.
        table: The features, for their standard deviation and predictability.
        options: Of the search and the tests.
        importance: Optional importance by feature.
        groups: Optional one-hot group by feature.

    Returns:
        JSON by variant: `global`, `per_feature`, `diminishing_returns`, `knee`; for a variant with
        fewer than four latent dimensions, `reason`.

    Raises:
        LatentLawsError: If a table lacks a column.
    """
    records = pd.DataFrame.from_records(list(metrics))
    _need(
        errors, "reconstruction_errors", ("variant", "latent_dim", "seed", "feature", "mse", "fvu")
    )
    _need(records, "training_metrics", ("variant", "latent_dim", "fvu_test", "pca_fvu_test"))
    traits = {
        "std": pd.Series(table.train.std(axis=0, dtype=np.float64), index=list(table.names)),
        "predictability": predictability(table, groups),
    }
    if importance is not None:
        traits["importance"] = importance
    rank = data_rank(table.train.astype(np.float64))
    with threadpool_limits(1):  # fits this small are many times slower on several threads
        return {
            str(variant): _variant_law(
                own, records[records["variant"] == variant], traits, rank, options
            )
            for variant, own in errors.groupby("variant", sort=False)
        }


def _variant_law(
    errors: pd.DataFrame,
    metrics: pd.DataFrame,
    traits: dict[str, "pd.Series[float]"],
    rank: int,
    options: LawOptions,
) -> dict[str, object]:
    """Search and test the laws of one variant over its latent dimensions below the rank."""
    errors, metrics = errors[errors["latent_dim"] < rank], metrics[metrics["latent_dim"] < rank]
    dims = sorted(int(dim) for dim in metrics["latent_dim"].unique())
    facts: dict[str, object] = {"latent_dims": dims, "rank": rank}
    if len(dims) < FEWEST_DIMS:
        reason = f"a law needs {FEWEST_DIMS} latent dimensions below rank {rank}, here {len(dims)}"
        return facts | {"reason": reason}
    curve = ErrorCurve.from_frame(errors)
    returns = diminishing_returns(curve, options.resamples, options.seed)
    return facts | {
        "n_seeds": int(metrics.groupby("latent_dim").size().min()),
        "global": _global_law(metrics, rank, options),
        "per_feature": _per_feature_law(errors, traits, rank, options),
        "diminishing_returns": returns
        | {"holds": returns["share_all_shrink"] >= options.confidence},
        "knee": knee(curve, options.resamples, options.seed),
    }


def _global_law(metrics: pd.DataFrame, rank: int, options: LawOptions) -> dict[str, object]:
    """Search and test FVU(latent_dim), seeds averaged in log FVU."""
    fvu = metrics.set_index("latent_dim")[["fvu_test", "pca_fvu_test"]].astype(np.float64)
    logs = fvu.clip(lower=SMALLEST_FVU).transform(np.log).groupby(level=0).mean()
    m, log_fvu = logs.index.to_numpy(np.float64), logs["fvu_test"].to_numpy()
    # With two latent dimensions left out, one more must remain than constants.
    most = min(options.max_parameters, len(m) - 3)
    law = choose_law(grammar(rank, most), m, log_fvu)
    others = baselines(m, log_fvu, logs["pca_fvu_test"].to_numpy())
    formula = law.fit.form.formula(law.fit.parameters)
    simple = {"power_law": power_law(), "exponential": exponential_law()}
    points = logs.transform(np.exp).assign(fvu_law=formula.evaluate(m[:, None], [VARIABLE]))
    return {
        "expression": formula.expression,
        "form": law.fit.form.name,
        "complexity": formula.complexity,
        "n_constants": law.fit.form.n_parameters,
        "points": points.reset_index().to_dict("records"),
        "leave_one_latent_dim_out": law.nested.summary(),
        "forms_without_each_latent_dim": list(law.choices),
        "baselines": {name: other.summary() for name, other in others.items()},
        "baseline_expressions": {
            name: form.formula(form.fit(m, log_fvu, np.ones((1, len(m))))[0]).expression
            for name, form in simple.items()
        },
        "beats": {name: law.nested.rmse < other.rmse for name, other in others.items()},
    }


def _per_feature_law(
    errors: pd.DataFrame, traits: dict[str, "pd.Series[float]"], rank: int, options: LawOptions
) -> dict[str, object]:
    """Search and test FVU(latent_dim, traits) where there are features enough."""
    points = feature_points(errors, traits, rank)
    n_features = len(set(points.feature))
    if n_features < FEWEST_FEATURES:
        reason = f"the law of single features needs {FEWEST_FEATURES} features, here {n_features}"
        return {"reason": reason}
    search = OperonOptions(max_lengths=options.max_lengths, generations=options.generations)
    return feature_law(points, search, options.feature_folds, options.seed)


def _need(table: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise LatentLawsError(f"{name} has no column '{missing[0]}'; it needs {', '.join(columns)}")
