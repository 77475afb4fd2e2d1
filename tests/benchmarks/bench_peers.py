"""The search against its peers on a zoo of plain encoders: equal nodes, one thread each.

Run: python -m tests.benchmarks.bench_peers FOLDER [peer ...]; writes docs/images/peers.png
(pip install -e ".[test,docs]").

FOLDER holds `latents.npz` (latents of encoders of the Covertype records in the order of the
sample, `mean`, `scale`, `split`, and `sens:` a latent) and `peers.csv` (latent, search, inputs,
cpu_seconds, r2_test, nodes): what others reached, PySR on Julia among them. Named peers are run as
well. Every formula is held to 40 nodes as PySR counts them, chosen on the validation rows and
measured on the test rows.
"""

import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from gplearn.genetic import SymbolicRegressor as Gplearn
from pyoperon.sklearn import SymbolicRegressor as Operon
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import orthogonal_mp_gram
from sklearn.tree import DecisionTreeRegressor

from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.scores import r2_score
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.tables.table import SPLITS
from latent_laws.tasks import one_thread
from tests.builders import COVERTYPE_SAMPLE

NODES = (40, 80)
OPERON_SECONDS = 30
KAN_STEPS, KAN_EDGES = 30, (4, 6, 9)
KAN_FUNCTIONS = ["x", "x^2", "x^3", "exp", "log", "sqrt", "tanh", "sin", "abs", "gaussian"]
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "peers.png"
# earlier versions of this project, in the recorded results
DRAFTS = (
    "landed search",
    "library, prototype, <= 40 nodes",
    "library, prototype, <= 80 nodes",
)
LABELS = {
    "Operon population 1000 x 60, with the linear forms": ("Operon, large, with linear forms", 2),
    "Operon 0.6.2": ("Operon", 2),
    "PySR 1.5.10": ("PySR", -8),
    "orthogonal matching pursuit": ("matching pursuit", -3),
    "histogram boosting (ceiling)": ("boosted trees, any size", -3),
}
INSTANT = 0.03  # CPU seconds where none are recorded
Splits = dict[str, Split]


@dataclass(frozen=True)
class Zoo:
    """Encoders' latents on one table."""

    names: list[str]
    X: np.ndarray
    split: np.ndarray
    latents: dict[str, np.ndarray]
    sensitivity: dict[str, np.ndarray]

    @classmethod
    def read(cls, folder: Path) -> "Zoo":
        """Read `latents.npz`."""
        records = pd.read_csv(COVERTYPE_SAMPLE)
        with np.load(folder / "latents.npz") as file:
            arrays = dict(file)
        names = list(records.columns[: len(arrays["mean"])])
        X = (records[names].to_numpy() - arrays["mean"]) / arrays["scale"]
        own = [key for key in arrays if f"sens:{key}" in arrays]
        return cls(
            names,
            X.astype(np.float32),
            arrays["split"],
            {key: arrays[key].astype(np.float64) for key in own},
            {key: arrays[f"sens:{key}"].astype(np.float64) for key in own},
        )

    def splits(self, key: str) -> Splits:
        """Return one latent by split."""
        y = self.latents[key]
        rows = {split: self.split == number for number, split in enumerate(SPLITS)}
        return {split: Split(self.X[own], y[own]) for split, own in rows.items()}


def ours(splits: Splits, names: list[str], ranking: np.ndarray) -> list[float]:
    """Return the test R² of our best formula of each size, by validation R²."""
    front = search_latent(splits, names, ranking, SearchOptions(), 0)
    best = [
        front[front["complexity"] <= nodes].sort_values("r2_validation").iloc[-1] for nodes in NODES
    ]
    return [float(row["r2_test"]) for row in best]


def plain_operon(splits: Splits, names: list[str], _: object) -> float:
    """Run pyoperon on all inputs with its own operators; three lengths share the time.

    Its length is not ours: the best formula of at most 40 nodes on the validation rows counts.
    """
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[:2000]
    X, y = splits["train"].X[rows].astype(np.float64), splits["train"].y[rows]
    found: list[tuple[float, float]] = []
    for length in (12, 16, 20):
        regressor = Operon(
            allowed_symbols="add,sub,mul,div,exp,sin,tanh,square,constant,variable",
            objectives=["r2"],
            max_length=length,
            optimizer_iterations=5,
            n_threads=1,
            max_time=OPERON_SECONDS // 3,
            max_evaluations=10**9,
            generations=10**6,
            random_state=1,
        )
        regressor.fit(np.ascontiguousarray(X), y)
        for individual in regressor.pareto_front_:
            text = regressor.get_model_string(individual["tree"], precision=17, names=names)
            try:
                formula = Formula.parse(text, names)
            except FormulaError:
                continue
            if formula.complexity <= NODES[0]:
                found.append(_validation_and_test(formula, splits, names))
    return max(found, default=(0.0, 0.0))[1]


def gplearn(splits: Splits, *_: object) -> float:
    """Run gplearn generation by generation for as long as Operon."""
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[:2000]
    X, y = splits["train"].X[rows].astype(np.float64), splits["train"].y[rows]
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

    top, rows = np.argsort(-ranking)[:16], slice(0, 2000)
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
            found.append(_validation_and_test(formula, splits, names))
    return max(found, default=(0.0, 0.0))[1]


def _validation_and_test(formula: Formula, splits: Splits, names: list[str]) -> tuple[float, float]:
    validation, test = (
        r2_score(splits[split].y, formula.evaluate(splits[split].X, names))
        for split in ("validation", "test")
    )
    return validation, test


PEERS: dict[str, Callable[[Splits, list[str], np.ndarray], float]] = {
    "operon": plain_operon,
    "gplearn": gplearn,
    "omp": matching_pursuit,
    "tree": tree,
    "boosting": boosting,
    "kan": kan,
}


def draw(recorded: pd.DataFrame, ours: pd.DataFrame) -> None:
    """Draw the variance left over at 40 nodes against CPU seconds, the median over the latents.

    Args:
        recorded: `peers.csv`.
        ours: `latent`, `r2_test` and `cpu_seconds`.
    """
    import matplotlib.pyplot as plt

    known = recorded[recorded["latent"].isin(ours["latent"]) & ~recorded["search"].isin(DRAFTS)]
    best = known.groupby(["search", "cpu_seconds", "latent"])["r2_test"].max().reset_index()
    best["budget"] = best["cpu_seconds"].where(best["search"].str.startswith("PySR"), 0)
    axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
    for (name, _), own in best.groupby(["search", "budget"]):
        seconds = max(float(own["cpu_seconds"].median()), INSTANT)
        left = 1 - float(own["r2_test"].median())
        axes.plot(seconds, left, "o", color="0.45")
        label, lift = LABELS.get(str(name), (str(name), -3))
        side = "right" if seconds > OPERON_SECONDS / 2 else "left"
        shift = (-7 if side == "right" else 7, lift)
        axes.annotate(label, (seconds, left), shift, textcoords="offset points", ha=side)
    seconds, left = ours["cpu_seconds"].median(), 1 - ours["r2_test"].median()
    axes.plot(seconds, left, "D", color="tab:blue")
    axes.annotate(
        "Latent Laws", (seconds, left), (6, -12), textcoords="offset points", weight="bold"
    )
    axes.set(xscale="log", yscale="log", xlabel="CPU seconds a latent")
    axes.set_ylabel(f"share of variance left over, {len(ours)} latents")
    axes.figure.savefig(PICTURE, dpi=110)


def _timed(peer: Callable[..., float], *given: object) -> str:
    started = time.process_time()
    r2 = peer(*given)
    return f"{r2:.4f} ({time.process_time() - started:.0f} s)"


def main(folder: Path, peers: list[str]) -> None:
    """Search every latent and print it beside what others reached."""
    zoo, recorded = Zoo.read(folder), pd.read_csv(folder / "peers.csv")
    head = ("latent", "ours, 40 nodes", "80 nodes", "CPU s", "PySR 120 s", "Operon 30 s")
    report = Table(*head, *peers)
    rows = []
    for key in zoo.latents:
        splits = zoo.splits(key)
        started = time.process_time()
        small, large = ours(splits, zoo.names, zoo.sensitivity[key])
        seconds = time.process_time() - started
        own = recorded[recorded["latent"] == key]
        is_pysr = own["search"].str.startswith("PySR") & (own["cpu_seconds"] == 120)
        pysr, operon = (
            own.loc[chosen, "r2_test"].max()
            for chosen in (is_pysr, own["search"] == "Operon 0.6.2")
        )
        rows.append((small, large, seconds, pysr, operon))
        others = [_timed(PEERS[name], splits, zoo.names, zoo.sensitivity[key]) for name in peers]
        figures = [f"{small:.4f}", f"{large:.4f}", f"{seconds:.1f}", f"{pysr:.4f}", f"{operon:.4f}"]
        report.add_row(key, *figures, *others)
    small, large, seconds, pysr, operon = np.array(rows).T
    own = pd.DataFrame({"latent": list(zoo.latents), "r2_test": small, "cpu_seconds": seconds})
    counts = recorded.groupby("latent")["search"].nunique()
    draw(recorded, own[own["latent"].isin(counts[counts == counts.max()].index)])
    known = np.isfinite(operon)
    Console(width=130).print(
        report,
        f"at least PySR's on {np.sum(small >= pysr)} of {len(small)}, at least Operon's on "
        f"{np.sum(small[known] >= operon[known])} of {known.sum()}; median of 80 nodes "
        f"{np.median(large):.4f}; median CPU seconds {np.median(seconds):.1f}",
    )


if __name__ == "__main__":
    with one_thread():
        main(Path(sys.argv[1]), sys.argv[2:])
