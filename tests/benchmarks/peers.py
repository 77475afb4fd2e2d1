"""Our search and its peers, each on one latent: one thread, about as much time."""

import os
import re
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import product
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from gplearn.genetic import SymbolicRegressor as Gplearn
from pyoperon.sklearn import SymbolicRegressor as Operon
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import orthogonal_mp_gram
from sklearn.tree import DecisionTreeRegressor

from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.scores import r2_score
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split

NODES = (40, 80)
ROWS = 2000
OPERON_SECONDS = 30
KAN_STEPS, KAN_EDGES = 30, (4, 6, 9)
KAN_FUNCTIONS = ["x", "x^2", "x^3", "exp", "log", "sqrt", "tanh", "sin", "abs", "gaussian"]
EGGP_GENERATIONS, EGGP_JUDGED = 25, 200
Splits = dict[str, Split]


def ours(splits: Splits, names: list[str], ranking: np.ndarray) -> list[float]:
    """Return the test R² of our best formula of each size, by validation R²."""
    front = search_latent(splits, names, ranking, SearchOptions(), 0)
    best = [
        front[front["complexity"] <= nodes].sort_values("r2_validation").iloc[-1] for nodes in NODES
    ]
    return [float(row["r2_test"]) for row in best]


def timed(search: Callable[..., Any], *given: object) -> tuple[Any, float]:
    """Return what a search finds, and the CPU seconds that it took."""
    started = time.process_time()
    found = search(*given)
    return found, time.process_time() - started


def few_inputs(
    splits: Splits, names: list[str], ranking: np.ndarray, count: int
) -> tuple[Splits, list[str]]:
    """Return the inputs of highest sensitivity only, and their names."""
    top = np.argsort(-ranking, kind="stable")[:count]
    few = {name: Split(np.ascontiguousarray(own.X[:, top]), own.y) for name, own in splits.items()}
    return few, [names[place] for place in top]


def _few_rows(splits: Splits) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y of at most 2,000 training rows."""
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[:ROWS]
    X = splits["train"].X[rows].astype(np.float64)
    return np.ascontiguousarray(X), splits["train"].y[rows]


def _measured(formula: Formula, splits: Splits, names: list[str]) -> tuple[float, float]:
    """Return the R² on the validation rows and on the test rows."""
    validation, test = (
        r2_score(splits[split].y, formula.evaluate(splits[split].X, names))
        for split in ("validation", "test")
    )
    return validation, test


def plain_operon(splits: Splits, names: list[str], _: object) -> float:
    """Run pyoperon on the given inputs with its own operators; three lengths share the time.

    Its length is not ours: the best formula of at most 40 nodes on the validation rows counts.
    """
    X, y = _few_rows(splits)
    found: list[tuple[float, float]] = []
    for length in (12, 16, 20):
        regressor = _operon(length, X, y)
        for individual in regressor.pareto_front_:
            text = regressor.get_model_string(individual["tree"], precision=17, names=names)
            try:
                formula = Formula.parse(text, names)
            except FormulaError:
                continue
            if formula.complexity <= NODES[0]:
                found.append(_measured(formula, splits, names))
    return max(found, default=(0.0, 0.0))[1]


def _operon(length: int, X: np.ndarray, y: np.ndarray) -> Operon:
    """Return Operon fitted for a third of its time, in CPU seconds: it reads the clock itself."""
    regressor = Operon(
        allowed_symbols="add,sub,mul,div,exp,sin,tanh,square,constant,variable",
        objectives=["r2"],
        max_length=length,
        optimizer_iterations=5,
        n_threads=1,
        max_evaluations=10**9,
        generations=10**6,
        random_state=0,
        warm_start=True,
    )
    left = float(OPERON_SECONDS // 3)
    while left >= 1:  # more than once on busy cores
        regressor.set_params(max_time=round(left), random_state=regressor.random_state + 1)
        left -= timed(regressor.fit, X, y)[1]
    return regressor


def gplearn(splits: Splits, *_: object) -> float:
    """Run gplearn generation by generation for as long as Operon."""
    X, y = _few_rows(splits)
    model = Gplearn(
        population_size=500, generations=1, function_set=("add", "sub", "mul", "div", "sin"),
        parsimony_coefficient=1e-4, warm_start=True, random_state=0, n_jobs=1,
    )  # fmt: skip
    started = time.process_time()
    while time.process_time() - started < OPERON_SECONDS:
        model.fit(X, y)
        model.set_params(generations=model.generations + 1)
    return r2_score(splits["test"].y, model.predict(splits["test"].X))


def matching_pursuit(splits: Splits, *_: object) -> float:
    """Run orthogonal matching pursuit with as many inputs as fit, nine."""
    X, y = splits["train"].X.astype(np.float64), splits["train"].y
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    centred = (X - X.mean(axis=0)) / scale
    weights = orthogonal_mp_gram(centred.T @ centred, centred.T @ (y - y.mean()), n_nonzero_coefs=9)
    prediction = (splits["test"].X - X.mean(axis=0)) / scale @ weights + y.mean()
    return r2_score(splits["test"].y, prediction)


def tree(splits: Splits, *_: object) -> float:
    """Fit a decision tree of as many nodes: a leaf counts one, a split four."""
    model = DecisionTreeRegressor(max_leaf_nodes=(NODES[0] + 4) // 5, random_state=0)
    model.fit(splits["train"].X, splits["train"].y)
    return r2_score(splits["test"].y, model.predict(splits["test"].X))


def boosting(splits: Splits, *_: object) -> float:
    """Fit boosted trees of any size: the ceiling."""
    model = HistGradientBoostingRegressor(max_iter=300, random_state=0)
    model.fit(splits["train"].X, splits["train"].y)
    return r2_score(splits["test"].y, model.predict(splits["test"].X))


def kan(splits: Splits, names: list[str], ranking: np.ndarray) -> float:
    """Run pykan (pip install pykan) as its guide does, on the 16 inputs of highest sensitivity.

    A network of splines with a sum, or a sum and a function of it, is fitted, cut to a few edges,
    fitted again, each edge is replaced by a function of the library, and the constants are fitted.
    The best formula of at most 40 nodes on the validation rows counts.
    """
    import torch
    from kan import KAN

    top, rows = np.argsort(-ranking)[:16], slice(0, ROWS)
    X, y = splits["train"].X[rows, top], splits["train"].y[rows, None]
    data = dict.fromkeys(("train_input", "test_input"), torch.tensor(X, dtype=torch.float32))
    data |= dict.fromkeys(("train_label", "test_label"), torch.tensor(y, dtype=torch.float32))
    found: list[tuple[float, float]] = []
    for width, edges in product(([16, 1], [16, 1, 1]), KAN_EDGES):
        with (
            TemporaryDirectory() as folder,
            redirect_stdout(StringIO()),
            redirect_stderr(StringIO()),
        ):
            model = KAN(width=width, grid=3, k=3, seed=0, auto_save=False, ckpt_path=folder)
            model.fit(data, opt="LBFGS", steps=KAN_STEPS, lamb=1e-3)
            model.attribute(plot=False)
            scores = model.edge_scores[0]
            model.act_fun[0].mask.data = (scores >= scores.ravel().sort().values[-edges]).T.float()
            model.fit(data, opt="LBFGS", steps=KAN_STEPS)
            model(data["train_input"][:500])  # on these the functions are chosen
            model.auto_symbolic(lib=KAN_FUNCTIONS, verbose=0)
            model.fit(data, opt="LBFGS", steps=KAN_STEPS)
            written = model.symbolic_formula(var=[names[place] for place in top])[0][0]
        formula = Formula.parse(str(written).replace("Abs", "abs"), names)
        if formula.complexity <= NODES[0]:
            found.append(_measured(formula, splits, names))
    return max(found, default=(0.0, 0.0))[1]


def eggp(splits: Splits, names: list[str], ranking: np.ndarray) -> float:
    """Run eggp (pip install eggp), genetic programming with an e-graph of all that it visited.

    On the 16 inputs of highest sensitivity; its generations take about as long as Operon. Of the
    visited formulas of at most 40 nodes that fit best, the best on the validation rows counts.
    """
    os.environ.setdefault("GHCRTS", "-N1")  # threads, read when it is imported
    from eggp import EGGP

    few, own = few_inputs(splits, names, ranking, 16)
    model = EGGP(
        gen=EGGP_GENERATIONS, nPop=100, maxSize=NODES[0], optIter=10, optRepeat=1, trace=True,
        nonterminals="add,sub,mul,div,exp,sin,tanh,square",
    )  # fmt: skip
    visited = model.fit(*_few_rows(few)).results
    losses = pd.to_numeric(visited["loss_train"], errors="coerce")
    best = visited.loc[losses.nsmallest(EGGP_JUDGED).index]
    found: list[tuple[float, float]] = []
    for code, constants in zip(best["Numpy"], best["theta"], strict=True):
        try:
            formula = Formula.parse(_without_arrays(code, constants.split(";"), own), own)
        except FormulaError:
            continue
        if formula.complexity <= NODES[0]:
            found.append(_measured(formula, few, own))
    return max(found, default=(0.0, 0.0))[1]


def _without_arrays(code: str, constants: list[str], names: list[str]) -> str:
    """Return eggp's numpy code, inputs `x[:, 3]` and constants `t[0]`, as a formula."""
    code = re.sub(r"x\[:, (\d+)\]", lambda match: f"`{names[int(match[1])]}`", code)
    code = re.sub(r"t\[(\d+)\]", lambda match: f"({constants[int(match[1])]})", code)
    return code.replace("np.reciprocal", "inv").replace("np.", "")


PEERS: dict[str, Callable[[Splits, list[str], np.ndarray], float]] = {
    "operon": plain_operon,
    "gplearn": gplearn,
    "omp": matching_pursuit,
    "tree": tree,
    "boosting": boosting,
    "kan": kan,
    "eggp": eggp,
}
