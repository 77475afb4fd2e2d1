"""The search against its peers: same latents, same nodes, same CPU seconds, one thread each.

Run: python -m tests.benchmarks.bench_peers [latent_dim] [latents]

Peers: plain pyoperon on all inputs, gplearn, orthogonal matching pursuit, a decision tree. Every
peer's formula is held to 40 nodes as PySR counts them, chosen on the validation rows where the
peer gives a choice, and measured on the test rows.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from gplearn.genetic import SymbolicRegressor as Gplearn
from pyoperon.sklearn import SymbolicRegressor as Operon
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import orthogonal_mp_gram
from sklearn.tree import DecisionTreeRegressor

from latent_laws.encoders.model import latents
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.search.scores import r2_score
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype

NODES = 40
Splits = dict[str, Split]
Result = tuple[float, int]  # test R², nodes


def ours(splits: Splits, table: FeatureTable, ranking: np.ndarray) -> Result:
    """Return the best formula of at most NODES nodes on our front, by validation R²."""
    front = search_latent(splits, table.names, ranking, SearchOptions(), 0)
    row = front[front["complexity"] <= NODES].sort_values("r2_validation").iloc[-1]
    return row["r2_test"], row["complexity"]


def plain_operon(splits: Splits, table: FeatureTable, seconds: float) -> Result:
    """Run pyoperon on all inputs with its own operators, by time; the longest that fits counts.

    Its length is not ours: three lengths share the time, and the best formula of at most NODES
    nodes on the validation rows counts.
    """
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[:2000]
    X, y = splits["train"].X[rows].astype(np.float64), splits["train"].y[rows]
    found: list[tuple[float, float, int]] = []
    for length in (12, 16, 20):
        regressor = Operon(
            allowed_symbols="add,sub,mul,div,exp,sin,tanh,square,constant,variable",
            objectives=["r2"],
            max_length=length,
            optimizer_iterations=5,
            n_threads=1,
            max_time=max(1, round(seconds / 3)),
            max_evaluations=10**9,
            generations=10**6,
            random_state=1,
        )
        regressor.fit(np.ascontiguousarray(X), y)
        for individual in regressor.pareto_front_:
            names = list(table.names)
            text = regressor.get_model_string(individual["tree"], precision=17, names=names)
            try:
                formula = Formula.parse(text, names)
            except FormulaError:
                continue
            if formula.complexity <= NODES:
                validation, test = (
                    r2_score(splits[s].y, formula.evaluate(splits[s].X, names))
                    for s in ("validation", "test")
                )
                found.append((validation, test, formula.complexity))
    return max(found, default=(0.0, 0.0, 0))[1:]


def gplearn(splits: Splits, table: FeatureTable, seconds: float) -> Result:
    """Run gplearn generation by generation until the time is over."""
    del table
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[:2000]
    X, y = splits["train"].X[rows].astype(np.float64), splits["train"].y[rows]
    model = Gplearn(
        population_size=500, generations=1, function_set=("add", "sub", "mul", "div", "sin"),
        parsimony_coefficient=1e-4, warm_start=True, random_state=0, n_jobs=1,
    )  # fmt: skip
    started = time.process_time()
    while time.process_time() - started < seconds:
        model.fit(X, y)
        model.set_params(generations=model.generations + 1)
    return r2_score(splits["test"].y, model.predict(splits["test"].X)), model._program.length_


def matching_pursuit(splits: Splits, table: FeatureTable, seconds: float) -> Result:
    """Run orthogonal matching pursuit with as many inputs as fit, nine."""
    del table, seconds
    X, y = splits["train"].X.astype(np.float64), splits["train"].y
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    centred = (X - X.mean(axis=0)) / scale
    weights = orthogonal_mp_gram(centred.T @ centred, centred.T @ (y - y.mean()), n_nonzero_coefs=9)
    prediction = (splits["test"].X - X.mean(axis=0)) / scale @ weights + y.mean()
    return r2_score(splits["test"].y, prediction), 4 * int((weights != 0).sum()) + 1


def tree(splits: Splits, table: FeatureTable, seconds: float) -> Result:
    """Fit a decision tree of as many nodes: a leaf counts one, a split four."""
    del table, seconds
    model = DecisionTreeRegressor(max_leaf_nodes=(NODES + 4) // 5, random_state=0)
    model.fit(splits["train"].X, splits["train"].y)
    return r2_score(splits["test"].y, model.predict(splits["test"].X)), 5 * model.get_n_leaves() - 4


def main(latent_dim: int, n_latents: int) -> None:
    """Train, search by everyone and print the table."""
    table = covertype()
    standard = train_standard(table, latent_dim, 0, NetworkOptions(), FitOptions()).autoencoder
    models = {"standard": standard, "rotated": rotate(standard, table, RotationOptions())}
    for variant, trained in models.items():
        Z = {s: latents(trained.model, getattr(table, s)) for s in ("train", "validation", "test")}
        ranking = trained.encoder.sensitivity(table.train)
        rows: dict[str, list[tuple[float, int, float]]] = {}
        for latent in np.linspace(0, latent_dim - 1, n_latents).round().astype(int):
            splits = {s: Split(getattr(table, s), z[:, latent]) for s, z in Z.items()}
            seconds = _measure(rows, "latent laws", lambda: ours(splits, table, ranking[latent]))
            for name, peer in PEERS.items():
                _measure(rows, name, lambda: peer(splits, table, seconds))
            _measure(rows, "operon, 10 s", lambda: plain_operon(splits, table, 10))
        _print(f"{latent_dim} latents, {variant}", rows)


def _measure(
    rows: dict[str, list[tuple[float, int, float]]], name: str, run: Callable[[], Result]
) -> float:
    started = time.process_time()
    r2, nodes = run()
    seconds = time.process_time() - started
    rows.setdefault(name, []).append((r2, nodes, seconds))
    return seconds


def _print(title: str, rows: dict[str, list[tuple[float, int, float]]]) -> None:
    report = Table(
        "search", "median R² test", "median nodes", "median CPU s", "ours is higher", title=title
    )
    own = np.array([r[0] for r in rows["latent laws"]])
    for name, results in rows.items():
        r2, nodes, seconds = (np.array(column) for column in zip(*results, strict=True))
        wins = "" if name == "latent laws" else f"{np.mean(own > r2):.0%}"
        figures = (f"{np.median(r2):.3f}", f"{np.median(nodes):.0f}", f"{np.median(seconds):.1f}")
        report.add_row(name, *figures, wins)
    Console(width=110).print(report)


PEERS: dict[str, Callable[[Splits, FeatureTable, float], Result]] = {
    "operon, same CPU": plain_operon,
    "gplearn, same CPU": gplearn,
    "matching pursuit": matching_pursuit,
    "decision tree": tree,
}

if __name__ == "__main__":
    with one_thread():
        main(*(map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (32, 8)))
