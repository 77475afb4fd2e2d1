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

from latent_laws.analysis.law_features import feature_law, feature_points, predictability
from latent_laws.analysis.law_forms import exponential_law, grammar, power_law
from latent_laws.analysis.law_returns import ErrorCurve, diminishing_returns, knee
from latent_laws.analysis.law_validation import baselines, choose_law
from latent_laws.errors import LatentLawsError
from latent_laws.features.table import FeatureTable
from latent_laws.symbolic.engines.operon import OperonOptions

Array = NDArray[np.float64]

SMALLEST_EIGENVALUE = 1e-10  # of the largest; rounding in float32 stays below
FEWEST_DIMS = 4  # with two left out, two must remain
FEWEST_FEATURES = 5


class LawOptions(BaseModel):
    """Options of the reconstruction law.

    Attributes:
        max_parameters: The most constants a global law may have; fewer where the latent
            dimensions are few.
        max_length: Of the per-feature law, in Operon's nodes.
        feature_folds: Groups of features that are left out in turn.
        resamples: Of the bootstrap.
        confidence: The share of resamples from which on returns are said to diminish.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_parameters: int = Field(default=4, ge=1)
    max_length: int = Field(default=8, ge=3)
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
    groups: Mapping[str, str] | None = None,
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
    _need(errors, "reconstruction_errors", ("variant", "latent_dim", "seed", "feature", "mse", "fvu"))
    _need(records, "training_metrics", ("variant", "latent_dim", "fvu_test", "pca_fvu_test"))
    traits = {
        "std": pd.Series(table.train.std(axis=0, dtype=np.float64), index=list(table.names)),
        "predictability": predictability(table, groups),
    }
    if importance is not None:
        traits["importance"] = importance
    rank = data_rank(table.train.astype(np.float64))
    return {
        str(variant): _variant_law(
            own, records[records["variant"] == variant], traits, rank, options
        )
        for variant, own in errors.groupby("variant", sort=False)
    }


def data_rank(X: Array) -> int:
    """Return the rank of a centred data matrix, rows x features.

    That many latents reconstruct it exactly: one-hot columns add up to one, constants add nothing.
    """
    eigenvalues = np.linalg.eigvalsh(np.cov(X, rowvar=False).reshape(X.shape[1], X.shape[1]))
    return int((eigenvalues > SMALLEST_EIGENVALUE * eigenvalues.max()).sum())


def _variant_law(
    errors: pd.DataFrame,
    metrics: pd.DataFrame,
    traits: dict[str, "pd.Series[float]"],
    rank: int,
    options: LawOptions,
) -> dict[str, object]:
    dims = sorted(int(dim) for dim in metrics["latent_dim"].unique())
    facts: dict[str, object] = {"latent_dims": dims, "rank": rank}
    if len(dims) < FEWEST_DIMS:
        return facts | {"reason": f"a law needs {FEWEST_DIMS} latent dimensions, here {len(dims)}"}
    known_rank = rank if max(dims) < rank else None
    curve = ErrorCurve.from_frame(errors)
    returns = diminishing_returns(curve, options.resamples, options.seed)
    share = returns["share_all_shrink"]
    return facts | {
        "n_seeds": int(metrics.groupby("latent_dim").size().min()),
        "global": _global_law(metrics, known_rank, options),
        "per_feature": _per_feature_law(errors, traits, known_rank, options),
        "diminishing_returns": returns
        | {"holds": isinstance(share, float) and share >= options.confidence},
        "knee": knee(curve, options.resamples, options.seed),
    }


def _global_law(metrics: pd.DataFrame, rank: int | None, options: LawOptions) -> dict[str, object]:
    """Search and test FVU(latent_dim), seeds averaged in log FVU."""
    columns = metrics.set_index("latent_dim")[["fvu_test", "pca_fvu_test"]].astype(np.float64)
    logs = np.log(columns.clip(lower=np.finfo(float).tiny)).groupby(level=0).mean()
    m, log_fvu = logs.index.to_numpy(np.float64), logs["fvu_test"].to_numpy()
    few = max(1, len(m) - FEWEST_DIMS)
    law = choose_law(grammar(rank, min(options.max_parameters, few)), m, log_fvu)
    others = baselines(m, log_fvu, logs["pca_fvu_test"].to_numpy())
    formula = law.fit.form.formula(law.fit.parameters)
    nested = law.nested.summary()
    simple = {"power_law": power_law(), "exponential": exponential_law()}
    return {
        "expression": formula.expression,
        "form": law.fit.form.name,
        "complexity": formula.complexity,
        "n_constants": law.fit.form.n_parameters,
        "points": _points(m, log_fvu, logs["pca_fvu_test"].to_numpy(), formula.evaluate),
        "leave_one_latent_dim_out": nested,
        "forms_without_each_latent_dim": list(law.choices),
        "baselines": {name: other.summary() for name, other in others.items()},
        "baseline_expressions": {
            name: form.formula(form.fit(m, log_fvu)).expression for name, form in simple.items()
        },
        "beats": {
            name: law.nested.rmse < other.rmse for name, other in others.items()
        },
    }
