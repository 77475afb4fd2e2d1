from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.datasets import load_digits

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.findings.attribution import AttributionOptions, attributions
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import ImportanceOptions, feature_importance
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import (
    Array,
    distillation_of,
    front_of,
    linear_autoencoder,
    planted_case,
    table_of,
)

NAMES = ["a", "b", "c"]
QUICK = ImportanceOptions(draws=5, rows=200)


def table(rows: int = 1000) -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(rows, 3)), NAMES)


def about(expressions: list[str], encoder: Array, decoder: Array) -> Distillation:
    return distillation_of(linear_autoencoder(encoder, decoder), table(), expressions)


def by_feature(frame: pd.DataFrame, column: str) -> list[float]:
    return frame.set_index("feature")[column].tolist()


def test_shares_have_closed_forms_in_a_linear_autoencoder() -> None:
    # Latent 0 is 2a + b, latent 1 is c; the decoder triples latent 1.
    encoder = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    decoder = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 3.0]])
    frame = feature_importance(about(["2.0*a + b", "1.0*c"], encoder, decoder), QUICK)
    a, b, c = table().train.var(axis=0, dtype=np.float64)
    first = 4 * a + b
    by_output = [4 * a / (first + 9 * c), b / (first + 9 * c), 9 * c / (first + 9 * c)]
    assert by_feature(frame, "importance") == pytest.approx(by_output, abs=0.03)


def test_a_variance_that_no_formula_reads_earns_nothing() -> None:
    # c has a hundred times the variance of the others, and the encoder does not look at it
    X = np.random.default_rng(0).normal(size=(1000, 3)) * [1.0, 1.0, 10.0]
    model = linear_autoencoder(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0], [1.0], [0.0]]))
    for text, expected in (("a + b", [0.5, 0.5, 0.0]), ("1.0*a", [1, 0, 0]), ("1.0", [0, 0, 0])):
        frame = feature_importance(distillation_of(model, table_of(X, NAMES), [text]), QUICK)
        assert by_feature(frame, "importance") == pytest.approx(expected, abs=0.06)


def test_without_a_decoder_every_latent_counts_alike() -> None:
    coded = FunctionEncoder(lambda X: X[:, :2] * np.array([100.0, 1.0]), 2)
    about_coded = distillation_of(coded, table(), ["100.0*a", "1.0*b"])
    frame = feature_importance(about_coded, QUICK)
    assert by_feature(frame, "importance") == pytest.approx([0.5, 0.5, 0], abs=0.05)


def test_the_whole_front_is_asked_as_far_as_it_is_believed() -> None:
    # what the first leaves unexplained is half of what the second leaves, and a tenth of the third
    encoder, decoder = np.array([[1.0, 1.0, 1.0]]), np.array([[1.0], [1.0], [1.0]])
    single = about(["a + b + c"], encoder, decoder)
    front = front_of(0, ["1.0*a", "a + c", "a + b"], NAMES)
    front["r2_validation"] = [0.5, 0.9, 0.95]
    frame = feature_importance(replace(single, fronts=front), ImportanceOptions(draws=60, rows=50))
    assert 0.02 < by_feature(frame, "importance")[2] < by_feature(frame, "importance")[1]


def digits_of(pixels: Array) -> Distillation:
    """Return an encoder of the first components of digits, scaled to unit variance."""
    names = [f"p{i}" for i in range(pixels.shape[1])]
    train = pixels[: int(0.6 * len(pixels))]
    scale = train.std(axis=0)
    digits = table_of((pixels - train.mean(axis=0)) / np.where(scale > 0, scale, 1), names)
    components = LinearBaseline.fit(digits.train).components[:20]
    forms = [Formula.linear(0.0, dict(zip(names, row, strict=True)), names) for row in components]
    model = linear_autoencoder(components, components.T)
    return distillation_of(model, digits, [form.expression for form in forms])


def real_digits() -> Array:
    pixels = load_digits().data.astype(np.float64)
    return pixels[np.random.default_rng(0).permutation(len(pixels))]


def test_columns_that_hardly_vary_do_not_lead() -> None:
    # one that is lit in a few rows is worth thirty deviations there
    pixels = real_digits()
    scores = feature_importance(digits_of(pixels), QUICK).set_index("feature")
    lit = (pixels[: int(0.6 * len(pixels))] > 0).sum(axis=0)
    rare = [f"p{place}" for place, count in enumerate(lit) if count < 10]
    assert len(rare) >= 5
    assert scores.loc[rare, "importance"].tolist() == [0.0] * len(rare)
    # all the others are judged
    assert (scores.drop(index=rare)["importance"] > 0).all()


@pytest.mark.parametrize("dark", [("test",), ("validation", "test")])
def test_columns_that_vary_on_training_rows_alone_do_not_lead(dark: tuple[str, ...]) -> None:
    pixels = real_digits()
    lit = (pixels > 0).sum(axis=0)
    (rare,) = np.flatnonzero(lit == lit[lit >= 30].min())[:1]
    about = digits_of(pixels)
    unlit = about.table.train[:, rare].min()
    parts = {split: getattr(about.table, split).copy() for split in dark}
    for rows in parts.values():
        rows[:, rare] = unlit
    about = replace(about, table=replace(about.table, **parts))
    scores = feature_importance(about, QUICK).merge(
        attributions(about.models, about.table, AttributionOptions(rows=100)),
        on=["encoder", "variant", "latent_dim", "feature"],
    )
    for ranking in ("importance", "permutation", "integrated_gradients"):
        place = scores[ranking].rank(ascending=False)[rare]
        assert place > 10, ranking
    names = ("importance", "permutation", "own_variance")
    options = DeletionOptions(rows=100, points=6, resamples=20)
    curves, areas = delete_features(scores, names, about.models, about.table, options)
    assert np.isfinite(curves["fvu"]).all()
    assert np.isfinite(areas[["area", "low", "high"]].to_numpy()).all()


def test_search_noise_shows_in_the_interval() -> None:
    encoder, decoder = np.eye(3)[:1], np.eye(3)[:, :1]
    sure = about(["1.0*a"], encoder, decoder)
    torn = Distillation(
        sure.models,
        sure.table,
        sure.feature_info,
        sure.formulas,
        pd.concat([sure.fronts, sure.fronts.assign(expression="1.0*b", seed=1)]),
        sure.null_fronts,
    )
    options = ImportanceOptions(draws=40, rows=100)
    for distillation, width in ((sure, 0.0), (torn, 1.0)):
        frame = feature_importance(distillation, options).set_index("feature").loc["a"]
        gap = frame["importance_high"] - frame["importance_low"]
        assert gap == pytest.approx(width, abs=1e-6)
    shares = feature_importance(torn, options).set_index("feature")["importance"]
    assert shares["a"] == pytest.approx(0.5, abs=0.25)


def test_members_of_a_group_do_not_depend_on_how_a_formula_spells_them() -> None:
    rng = np.random.default_rng(0)
    X = np.eye(3)[rng.choice(3, size=2000, p=[0.5, 0.3, 0.2])]
    groups = dict.fromkeys(NAMES, "g")
    # The same function on one-hot rows, once with c and once with a as the reference.
    encoder, decoder = np.array([[1.0, -1.0, 0.0]]), np.array([[1.0], [-1.0], [0.0]])
    model = linear_autoencoder(encoder, decoder)
    frames = [
        feature_importance(distillation_of(model, table_of(X, NAMES), [text], groups=groups), QUICK)
        for text in ("1.0*a - 1.0*b", "1.0 - 2.0*b - 1.0*c")
    ]
    first, second = (by_feature(frame, "importance") for frame in frames)
    assert first == pytest.approx(second, rel=1e-4)


def test_columns_rows_and_sums() -> None:
    case = planted_case(1)
    frame = feature_importance(case.distillation, QUICK)
    assert tuple(frame["feature"]) == case.distillation.table.names
    assert frame["importance"].sum() == pytest.approx(1)
    assert (frame["importance_low"] <= frame["importance_high"]).all()
    assert frame.columns[:3].tolist() == ["encoder", "variant", "latent_dim"]
    ranks = frame.set_index("feature")["importance"].rank(ascending=False)
    unused = [name for name, verdict in case.verdicts.items() if verdict == "ignored"]
    used = [name for name, verdict in case.verdicts.items() if verdict == "used"]
    assert ranks[used].mean() < ranks[unused].mean()
    assert feature_importance(case.distillation, QUICK).equals(frame)


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        ImportanceOptions.model_validate({"row": 3})
