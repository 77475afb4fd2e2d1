"""The law of single features, on errors that follow a known law."""

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.law_features import (
    feature_law,
    log10_fvu,
    r2,
    search_law,
    spelled_out,
)
from latent_laws.findings.law_points import FeatureErrors, feature_points
from latent_laws.search.engines.operon import OperonOptions

DIMS = (2, 4, 8, 16, 32)
RANK = 40
SMALL = OperonOptions(max_lengths=(8,), generations=6, population_size=200)


def traits(n_features: int, seed: int = 0) -> dict[str, "pd.Series[float]"]:
    """Return a standard deviation and an importance by feature."""
    generator = np.random.default_rng(seed)
    names = [f"f{i:02d}" for i in range(n_features)]
    return {
        "std": pd.Series(np.exp(generator.uniform(-3, 0, n_features)), index=names),
        "importance": pd.Series(generator.uniform(-0.5, 1, n_features), index=names),
    }


def planted_fvu(latent_dim: float, std: float) -> float:
    """Return 1 / (1 + exp(g)) with g = 1.5 log(m) + 2 log(std) - 1."""
    return float(1 / (1 + np.exp(1.5 * np.log(latent_dim) + 2 * np.log(std) - 1.0)))


def planted(n_features: int = 24, noise: float = 0.05) -> pd.DataFrame:
    """Return reconstruction errors of two trainings that follow the planted law."""
    generator, std = np.random.default_rng(1), traits(n_features)["std"]
    rows = [
        (dim, seed, name, planted_fvu(dim, value) * np.exp(noise * generator.normal()))
        for dim in DIMS
        for seed in (0, 1)
        for name, value in std.items()
    ]
    return pd.DataFrame(rows, columns=["latent_dim", "seed", "feature", "fvu"])


@pytest.fixture(scope="module")
def points() -> FeatureErrors:
    """Return the planted points."""
    return feature_points(planted(), traits(24), RANK)


@pytest.fixture(scope="module")
def law(points: FeatureErrors) -> dict[str, object]:
    """Return the law of the planted points."""
    return feature_law(points, SMALL, folds=3, seed=0)


def test_points_average_seeds_and_leave_constants_out() -> None:
    errors = planted(n_features=6, noise=0.0)
    own = traits(6) | {"same": pd.Series(1.0, index=traits(6)["std"].index)}
    own["std"]["f03"] = 1e-12
    errors.loc[(errors["feature"] == "f00") & (errors["seed"] == 1), "fvu"] *= 3
    points = feature_points(errors, own, RANK)

    assert "f03" not in points.feature
    assert points.names == (
        "log_latent_dim",
        "latent_dim",
        "log_edge",
        "std",
        "log_std",
        "importance",  # may be negative: no logarithm; what is the same for all is left out
    )
    first = (points.feature == "f00") & (points.latent_dim == 2)
    assert points.fvu[first] == pytest.approx(2 * planted_fvu(2, own["std"]["f00"]))
    np.testing.assert_allclose(points.inputs[:, 2], np.log(1 - points.latent_dim / RANK))


def test_the_planted_law_is_found(law: dict[str, object], points: FeatureErrors) -> None:
    from latent_laws.formulas.formula import Formula

    formula = Formula.parse(str(law["expression"]), ["latent_dim", "std", "importance"])
    X = np.column_stack([points.latent_dim, points.inputs[:, points.names.index("std")]])
    importance = points.inputs[:, points.names.index("importance")]
    predicted = formula.evaluate(
        np.column_stack([X, importance]), ["latent_dim", "std", "importance"]
    )
    truth = np.array([planted_fvu(dim, std) for dim, std in X])
    assert r2(np.log10(truth), np.log10(predicted)) > 0.99
    assert {"latent_dim", "std"} <= set(law["inputs"])  # type: ignore[call-overload]  # JSON


@pytest.mark.parametrize("split", ["leave_one_latent_dim_out", "leave_features_out"])
def test_the_planted_law_predicts_what_is_left_out(law: dict[str, object], split: str) -> None:
    scores = law["validation"][split]  # type: ignore[index]  # JSON
    assert scores["law"]["r2_log10"] > 0.98
    assert scores["law"]["r2_log10"] > scores["gradient_boosting"]["r2_log10"]
    assert scores["share_of_ceiling"] >= 1


def test_what_cannot_be_predicted_is_not(points: FeatureErrors) -> None:
    """Errors dealt out at random: an honest score is not above chance."""
    shuffled = points.where(np.ones(len(points.fvu), dtype=bool))
    generator = np.random.default_rng(0)
    shuffled.fvu[:] = generator.permutation(shuffled.fvu)
    scores = feature_law(shuffled, SMALL, folds=3, seed=0)["validation"]
    for split in scores.values():  # type: ignore[attr-defined]  # JSON
        assert split["law"]["r2_log10"] < 0.1


def test_the_printed_law_is_what_was_found(points: FeatureErrors) -> None:
    g = search_law(points, SMALL, seed=0)
    formula = spelled_out(g, points)
    names = ["latent_dim", "std", "importance"]
    columns = [points.inputs[:, points.names.index(name)] for name in names]
    printed = formula.evaluate(np.column_stack(columns), names)
    np.testing.assert_allclose(
        np.log10(printed), log10_fvu(g.evaluate(points.inputs, points.names)), atol=1e-3
    )


def test_the_same_seed_gives_the_same_law(points: FeatureErrors) -> None:
    assert search_law(points, SMALL, seed=3) == search_law(points, SMALL, seed=3)


def test_log10_fvu_has_limits() -> None:
    values = log10_fvu(np.array([-np.inf, 0.0, 2000.0]))
    np.testing.assert_allclose(values, [0.0, np.log10(0.5), -6.0])
