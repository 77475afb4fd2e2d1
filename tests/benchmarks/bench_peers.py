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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from latent_laws.search.problem import Split
from latent_laws.tables.table import SPLITS
from latent_laws.tasks import one_thread
from tests.benchmarks.peers import OPERON_SECONDS, PEERS, Splits, ours, timed
from tests.builders import COVERTYPE_SAMPLE

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


def _figure(r2: float, seconds: float) -> str:
    return f"{r2:.4f} ({seconds:.0f} s)"


def main(folder: Path, peers: list[str]) -> None:
    """Search every latent and print it beside what others reached."""
    zoo, recorded = Zoo.read(folder), pd.read_csv(folder / "peers.csv")
    head = ("latent", "ours, 40 nodes", "80 nodes", "CPU s", "PySR 120 s", "Operon 30 s")
    report = Table(*head, *peers)
    rows = []
    for key in zoo.latents:
        splits = zoo.splits(key)
        given = (splits, zoo.names, zoo.sensitivity[key])
        (small, large), seconds = timed(ours, *given)
        own = recorded[recorded["latent"] == key]
        is_pysr = own["search"].str.startswith("PySR") & (own["cpu_seconds"] == 120)
        pysr, operon = (
            own.loc[chosen, "r2_test"].max()
            for chosen in (is_pysr, own["search"] == "Operon 0.6.2")
        )
        rows.append((small, large, seconds, pysr, operon))
        others = [_figure(*timed(PEERS[name], *given)) for name in peers]
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
