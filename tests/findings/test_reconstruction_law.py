"""The whole reconstruction law on planted errors, as the catalog keeps it."""

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.findings.reconstruction_law import LawOptions, reconstruction_law
from latent_laws.tables.table import FeatureTable
from tests.builders import gaussian_table

OPTIONS = LawOptions(max_parameters=3, generations=3, feature_folds=2, resamples=50)
DIMS = (1, 2, 3, 5, 8)
N_FEATURES = 9


def planted_errors(
    table: FeatureTable, dims: tuple[int, ...] = DIMS, variant: str = "standard"
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Return errors and metrics with FVU = exp(-0.7 m) + 0.001 for every feature."""
    variance = table.test.var(axis=0, dtype=np.float64)
    rows, metrics = [], []
    for dim in dims:
        for seed in (0, 1):
            fvu = (np.exp(-0.7 * dim) + 1e-3) * (1 + 0.01 * seed)
            name = {"variant": variant, "latent_dim": dim, "seed": seed}
            metrics.append(name | {"fvu_test": fvu, "pca_fvu_test": 1 - dim / len(table.names)})
            rows += [
                name | {"feature": feature, "mse": fvu * own, "fvu": fvu}
                for feature, own in zip(table.names, variance, strict=True)
            ]
    return pd.DataFrame(rows), metrics


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Return nine independent features."""
    return gaussian_table(n_features=N_FEATURES)


@pytest.fixture(scope="module")
def found(table: FeatureTable) -> dict[str, object]:
    """Return the law of the planted errors."""
    return reconstruction_law(*planted_errors(table), table, OPTIONS)


def test_the_planted_global_law_is_found(found: dict[str, dict[str, object]]) -> None:
    law = found["standard"]["global"]
    assert law["form"] == "exponential + floor"
    assert law["leave_one_latent_dim_out"]["rmse_log10"] < 0.05
    assert law["beats"] == dict.fromkeys(law["baselines"], True)
    for point in law["points"]:
        assert point["fvu_law"] == pytest.approx(point["fvu_test"], rel=0.02)


def test_every_statement_is_there(found: dict[str, dict[str, object]]) -> None:
    law = found["standard"]
    assert law["latent_dims"] == list(DIMS)
    assert law["rank"] == N_FEATURES
    assert law["n_seeds"] == 2
    assert law["diminishing_returns"]["holds"] is True
    assert law["knee"]["fvu"]["latent_dim"] == 3
    assert law["per_feature"]["n_points"] == N_FEATURES * len(DIMS)


def test_it_is_json_and_repeats(found: dict[str, object], table: FeatureTable) -> None:
    text = json.dumps(found, allow_nan=False)
    again = reconstruction_law(*planted_errors(table), table, OPTIONS)
    assert json.dumps(again, allow_nan=False) == text


def test_importance_may_enter_the_law_of_single_features(table: FeatureTable) -> None:
    errors, metrics = planted_errors(table)
    importance = pd.Series(np.linspace(0.1, 1, N_FEATURES), index=list(table.names))
    share = errors["feature"].map(importance)
    errors["fvu"] /= 1 + 9 * share
    errors["mse"] /= 1 + 9 * share
    law = reconstruction_law(errors, metrics, table, OPTIONS, importance)["standard"]
    assert "importance" in law["per_feature"]["inputs"]  # type: ignore[index]  # JSON


def test_latent_dims_from_the_rank_on_are_left_out(table: FeatureTable) -> None:
    errors, metrics = planted_errors(table, (*DIMS, N_FEATURES, 12))
    law = reconstruction_law(errors, metrics, table, OPTIONS)["standard"]
    assert law["latent_dims"] == list(DIMS)  # type: ignore[index]  # JSON


def test_few_latent_dims_give_a_reason(table: FeatureTable) -> None:
    many, metrics = planted_errors(table)
    few, others = planted_errors(table, (2, 4), variant="distillable")
    both = reconstruction_law(pd.concat([few, many]), [*others, *metrics], table, OPTIONS)
    assert list(both) == ["distillable", "standard"]
    assert both["distillable"] == {
        "latent_dims": [2, 4],
        "rank": N_FEATURES,
        "reason": f"a law needs 4 latent dimensions below rank {N_FEATURES}, here 2",
    }


def test_few_features_give_a_reason() -> None:
    table = gaussian_table(n_features=20)
    errors, metrics = planted_errors(table)
    errors = errors[errors["feature"].isin(table.names[:3])]
    law = reconstruction_law(errors, metrics, table, OPTIONS)["standard"]
    assert law["per_feature"] == {  # type: ignore[index]  # JSON
        "reason": "the law of single features needs 5 features, here 3"
    }


def test_a_missing_column_is_named(table: FeatureTable) -> None:
    errors, metrics = planted_errors(table)
    with pytest.raises(LatentLawsError, match="reconstruction_errors has no column 'fvu'"):
        reconstruction_law(errors.drop(columns="fvu"), metrics, table, OPTIONS)
    with pytest.raises(LatentLawsError, match="training_metrics has no column 'variant'"):
        reconstruction_law(errors, [], table, OPTIONS)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValidationError, match="resamples"):
        LawOptions(resamples=0)
