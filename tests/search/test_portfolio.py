import numpy as np
import pandas as pd
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.operon import OperonOptions
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Knowledge, Split

NAMES = [f"x{i}" for i in range(10)]
QUICK = SearchOptions(operon=OperonOptions(population_size=300, generations=15, rows=400))


def splits(text: str, noise: float = 0.0) -> dict[str, Split]:
    rng = np.random.default_rng(0)
    truth = Formula.parse(text, NAMES)
    parts = {}
    for name, rows in (("train", 800), ("validation", 400), ("test", 400)):
        X = rng.normal(size=(rows, len(NAMES)))
        parts[name] = Split(X, truth.evaluate(X, NAMES) + noise * rng.normal(size=rows))
    return parts


def run(
    parts: dict[str, Split], options: SearchOptions = QUICK, seed: int = 0, resample: bool = False
) -> pd.DataFrame:
    return search_latent(parts, NAMES, np.ones(len(NAMES)), options, seed, resample=resample)


def chosen(table: pd.DataFrame) -> "pd.Series[object]":
    (row,) = [row for _, row in table[table["selected"]].iterrows()]
    return row


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("0.5*x1 - 2.0*x7 + 1.0", {"x1", "x7"}),
        ("x2*x3", {"x2", "x3"}),
        ("x1 + 0.5*square(x4)", {"x1", "x4"}),
    ],
)
def test_recovers_planted_formulas(text: str, features: set[str]) -> None:
    row = chosen(run(splits(text)))
    assert float(str(row["r2_test"])) > 0.9999
    assert set(Formula.parse(str(row["expression"]), NAMES).features) == features


def test_the_formula_that_an_encoder_is_leads_its_front() -> None:
    own = Formula.parse("tanh(x1*x2 - 0.3*x3) + 0.2*sin(x4)*x5 - 0.1*x6", NAMES)
    parts = splits(own.expression)
    table = search_latent(
        parts, NAMES, np.ones(len(NAMES)), QUICK, 0, knowledge=Knowledge(formula=own)
    )
    assert set(table["engine"]) <= {"encoder", "sparse_linear"}
    row = chosen(table)
    assert (row["engine"], row["complexity"]) == ("encoder", own.complexity)
    assert float(str(row["r2_test"])) > 1 - 1e-9
    assert (table["complexity"] < own.complexity).sum() > 3


def test_a_class_that_the_first_rows_lack_stays_in_the_formula() -> None:
    rng = np.random.default_rng(3)
    parts = {}
    for name, rows in (("train", 3000), ("validation", 1500), ("test", 1500)):
        X = rng.normal(size=(rows, len(NAMES)))
        X[:, 9] = np.arange(rows) % 1000 == 999  # a rare class
        parts[name] = Split(X, X[:, 0] + 5 * X[:, 9])
    row = chosen(run(parts, SearchOptions(engines=())))
    assert set(Formula.parse(str(row["expression"]), NAMES).features) == {"x0", "x9"}
    assert float(str(row["r2_test"])) > 1 - 1e-9


def test_a_permuted_latent_selects_the_constant() -> None:
    parts = splits("0.5*x1 - 2.0*x7 + x2*x3")
    rng = np.random.default_rng(1)
    null = {name: Split(part.X, rng.permutation(part.y)) for name, part in parts.items()}
    row = chosen(run(null))
    assert row["complexity"] == 1
    assert abs(float(str(row["r2_test"]))) < 0.01


def test_the_front_holds_no_formula_beaten_by_a_linear_one() -> None:
    parts = splits("x0 + 0.7*x1 - 0.4*x2 + 0.3*x3*x4", noise=0.1)
    whole, linear = run(parts), run(parts, SearchOptions(engines=()))
    for _, row in linear.iterrows():
        at_most = whole[whole["complexity"] <= row["complexity"]]
        assert at_most["r2_validation"].max() >= row["r2_validation"] - 1e-9


def test_seeds_draw_other_rows_and_repeat() -> None:
    parts = splits("x0 + 0.7*x1 - 0.4*x2 + 0.3*x3*x4", noise=0.5)
    first, again, other = run(parts), run(parts), run(parts, seed=1, resample=True)
    pd.testing.assert_frame_equal(first, again)
    assert not first["expression"].equals(other["expression"])


def test_a_seed_other_than_zero_searches_all_rows_as_well() -> None:
    parts = splits("x0 + 0.7*x1 - 0.4*x2", noise=0.5)
    linear = SearchOptions(engines=("tied_linear",))
    pd.testing.assert_frame_equal(run(parts, linear, seed=0), run(parts, linear, seed=7))


def test_a_constant_latent_is_a_constant() -> None:
    parts = {n: Split(p.X, np.full(len(p.y), 3.0)) for n, p in splits("x0").items()}
    row = chosen(run(parts))
    assert row["expression"] == "3"
    assert row["r2_test"] == 1.0
