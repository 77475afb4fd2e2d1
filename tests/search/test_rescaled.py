import numpy as np

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.search.engines.registry import ENGINES
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.search.rescaled import rescaled_front

NAMES = ("a", "b")
SCALING = Scaling.of({"a": (1000.0, 50.0), "b": (0.0, 1e-3)})


def test_values_stay_and_sizes_are_counted_again() -> None:
    X = np.random.default_rng(0).normal(size=(600, 2))
    y = np.tanh(X[:, 0]) + X[:, 1]
    parts = [slice(0, 400), slice(400, 500), slice(500, 600)]
    splits = {
        name: Split(X[part], y[part])
        for name, part in zip(("train", "validation", "test"), parts, strict=True)
    }
    options = SearchOptions()
    assert set(options.running) <= set(ENGINES)
    searched = search_latent(splits, NAMES, np.ones(2), options, seed=0)
    written = rescaled_front(searched, SCALING, options.selection)
    raw = SCALING.to_raw(X)
    chosen = written[written["selected"]]
    assert len(chosen) == 1
    assert chosen["complexity"].item() <= options.selection.max_complexity
    before = dict(zip(searched["r2_test"], searched["expression"], strict=True))
    for _, row in written.iterrows():
        formula = Formula.parse(row["expression"], NAMES)
        assert row["complexity"] == formula.complexity
        was = Formula.parse(before[row["r2_test"]], NAMES).evaluate(X, NAMES)
        np.testing.assert_allclose(formula.evaluate(raw, NAMES), was, rtol=1e-6, atol=1e-8)
