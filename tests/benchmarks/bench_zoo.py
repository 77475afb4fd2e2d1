"""The search against Operon on encoders that are trained here: plain ones, of many shapes.

Run: python -m tests.benchmarks.bench_zoo FOLDER (pip install -e ".[test]"); about half an hour
of one core. FOLDER takes embeddings, latents, and a row a latent and search, so that a run that was
ended goes on where it was.

Encoders of Covertype and of IMDB reviews, multilayer perceptrons without a linear path: ReLU,
tanh, GELU, some with batch normalisation, one to three hidden layers, 2 to 32 latents. Formulas of
at most 40 nodes are compared, chosen on the validation rows and measured on the test rows. Operon
searches on at most 2,000 of the training rows, as more would leave it time for fewer formulas, once
with all inputs and once with those of highest sensitivity, for 30 CPU seconds each; the better of
both on the test rows counts.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from latent_laws.atomic import replacing
from latent_laws.checks.target import Target
from latent_laws.datasets.reviews import PackagedReviewsDataset
from latent_laws.encoders.model import Activation, Widths
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.pipelines.text_processing.nodes import draw_texts, embed
from latent_laws.pipelines.text_processing.parameters import TextProcessingOptions
from latent_laws.search.problem import Split
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype
from tests.benchmarks.peers import Splits, few_inputs, ours, plain_operon, timed

REVIEWS = 2000
FIRST_SEED = 100
LATENTS_EACH = 2
SCREENED = 20
OURS = ["40 nodes", "80 nodes"]
NAMES = ["data", "kind", "encoder", "latent", "searcher"]
FITS = {
    "covertype": FitOptions(),
    # as the environment `text` trains: few rows for 384 inputs
    "imdb": FitOptions(steps=240, optimiser="adamw", learning_rate=0.002, weight_decay=4),
}


@dataclass(frozen=True)
class Plain:
    """A plain encoder: its table and shape."""

    data: str
    activation: Activation
    hidden: Widths
    latent_dim: int
    batch_norm: bool = False

    @property
    def kind(self) -> str:
        """What its neurons do."""
        return f"{self.activation}, normed" if self.batch_norm else self.activation

    @property
    def name(self) -> str:
        """Its name in every file."""
        widths = "-".join(map(str, self.hidden))
        norm = "_norm" if self.batch_norm else ""
        return f"{self.data}_{self.activation}{norm}_{widths}_m{self.latent_dim}"


ENCODERS = (
    Plain("covertype", "relu", (64,), 2),
    Plain("covertype", "tanh", (48,), 4),
    Plain("covertype", "gelu", (128, 64, 32), 8),
    Plain("covertype", "relu", (96, 48), 32),
    Plain("covertype", "tanh", (64, 64), 16),
    Plain("covertype", "gelu", (32,), 16),
    Plain("covertype", "relu", (128, 64), 8, batch_norm=True),
    Plain("covertype", "tanh", (64, 32, 32), 2, batch_norm=True),
    Plain("covertype", "gelu", (96,), 32, batch_norm=True),
    Plain("imdb", "relu", (256,), 16),
    Plain("imdb", "tanh", (128, 64), 4),
    Plain("imdb", "gelu", (256, 128, 64), 32),
    Plain("imdb", "relu", (128,), 8, batch_norm=True),
)


def imdb(folder: Path) -> FeatureTable:
    """Return the embeddings of a few reviews, processed as any other table."""
    options = TextProcessingOptions.model_validate(
        {
            "reviews": {"n_reviews": REVIEWS},
            "embedding": {"workers": 1},
            "embedding_cache": str(folder / "embeddings.sqlite"),
        }
    )
    records = embed(draw_texts(PackagedReviewsDataset().load(), options), options)
    columns = TableOptions.model_validate({"columns": {"embedding": ["embedding_*"]}})
    return FeatureTable.from_frame(table_features(records, columns)[0])


def target(plain: Plain, table: FeatureTable, folder: Path) -> Target:
    """Return the latents of an encoder, trained unless it was before."""
    file = folder / f"{plain.name}.npz"
    if not file.exists():
        seed = FIRST_SEED + ENCODERS.index(plain)
        network = NetworkOptions(
            hidden=plain.hidden,
            activation=plain.activation,
            batch_norm=plain.batch_norm,
            linear_path=False,
        )
        trained = train_standard(table, plain.latent_dim, seed, network, FITS[plain.data])
        made = Target.of("standard", trained.autoencoder.encoder, table)
        with replacing(file, "wb") as whole:
            np.savez(whole, sensitivity=made.sensitivity, **made.latents)
    with np.load(file) as arrays:
        return Target("standard", {name: arrays[name] for name in SPLITS}, arrays["sensitivity"])


def cases(folder: Path) -> Iterator[tuple[Plain, int, Splits, list[str], np.ndarray]]:
    """Yield encoder, latent, its rows by split, the names of the inputs, their sensitivity."""
    tables = {"covertype": covertype(), "imdb": imdb(folder)}
    for plain in ENCODERS:
        table = tables[plain.data]
        found = target(plain, table, folder)
        for latent in np.linspace(0, plain.latent_dim - 1, LATENTS_EACH).round().astype(int):
            y = found.values(latent)
            splits = {split: Split(getattr(table, split), y[split]) for split in SPLITS}
            yield plain, int(latent), splits, list(table.names), found.sensitivity[latent]


def search(splits: Splits, names: list[str], ranking: np.ndarray) -> dict[str, float]:
    """Run our search."""
    return dict(zip(OURS, ours(splits, names, ranking), strict=True))


def operon_screened(splits: Splits, names: list[str], ranking: np.ndarray) -> dict[str, float]:
    """Run Operon on the inputs of highest sensitivity."""
    few = few_inputs(splits, names, ranking, SCREENED)
    return {f"Operon, {SCREENED} inputs": plain_operon(*few, ranking)}


def operon(splits: Splits, names: list[str], ranking: np.ndarray) -> dict[str, float]:
    """Run Operon on all inputs."""
    return {"Operon, all inputs": plain_operon(splits, names, ranking)}


def run(folder: Path) -> pd.DataFrame:
    """Run every search on every latent where it has no row yet; return all rows."""
    file = folder / "results.csv"
    known = pd.read_csv(file)[NAMES] if file.exists() else pd.DataFrame(columns=NAMES)
    done = set(known.itertuples(index=False, name=None))
    # one latent of every encoder first: a run that is ended early has something of each
    everything = sorted(cases(folder), key=lambda case: case[1] > 0)
    for searcher, (plain, latent, *given) in product((search, operon_screened, operon), everything):
        name = (plain.data, plain.kind, plain.name, latent, searcher.__name__)
        if name not in done:
            found, seconds = timed(searcher, *given)
            rows = [(*name, figure, r2, seconds) for figure, r2 in found.items()]
            frame = pd.DataFrame(rows, columns=[*NAMES, "figure", "r2_test", "cpu_seconds"])
            frame.to_csv(file, mode="a", header=not file.exists(), index=False)
    return pd.read_csv(file)


def side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a latent: its figures, the better of Operon's, our CPU seconds and Operon's."""
    table = rows.pivot_table("r2_test", NAMES[:-1], "figure")
    seconds = rows.pivot_table("cpu_seconds", NAMES[:-1], "searcher")
    theirs = table.columns.difference(OURS)
    return table.assign(
        operon=table[theirs].max(axis=1),
        seconds=seconds["search"],
        operon_seconds=seconds.drop(columns="search").mean(axis=1),
    ).dropna(subset=["operon"])


def summary(table: pd.DataFrame) -> str:
    """Say how often the search is at least Operon's equal, and at which cost."""
    wins = int((table[OURS[0]] >= table["operon"]).sum())
    small, large, theirs, seconds = table[[*OURS, "operon", "seconds"]].median()
    return (
        f"at least Operon's on {wins} of {len(table)}; median at 40 nodes {small:.4f}, at 80 nodes "
        f"{large:.4f}, Operon's {theirs:.4f}; median CPU seconds {seconds:.1f}"
    )


def main(folder: Path) -> None:
    """Print all latents, and what they come to by data and kind of encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    table, console = side_by_side(run(folder)), Console(width=130)
    report = Table("latent", *table.columns)
    for (_, _, encoder, latent), row in table.iterrows():
        report.add_row(f"{encoder}:{latent}", *(f"{value:.4g}" for value in row))
    console.print(report)
    for keys in (["data", "kind"], ["data"]):
        for group, own in table.groupby(keys):
            console.print(f"{', '.join(group)}: {summary(own)}")
    console.print(summary(table))


if __name__ == "__main__":
    with one_thread():
        main(Path(sys.argv[1]))
