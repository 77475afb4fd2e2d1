"""Tables that nobody prepared, from the file to the claims.

Each table goes through `latent-laws new` and `kedro run` as a user would start them. What is
claimed is printed, to be read: no claim should make a person laugh.

    python -m tests.benchmarks.bench_tables              # all tables
    python -m tests.benchmarks.bench_tables wine narrow  # some
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets

from tests.builders import COVERTYPE_SAMPLE
from tests.runs import make_project

MANY_VALUES = 60  # more of them than categories have

NEW = "from latent_laws.cli import main; main()"


def penguins() -> pd.DataFrame:
    """Make three species of birds of two sexes on three islands, with gaps."""
    rng = np.random.default_rng(0)
    species = rng.integers(0, 3, 344)
    male = rng.random(344) < 0.5
    body = np.array([3.7, 3.7, 5.1])[species] + 0.6 * male + rng.normal(0, 0.3, 344)
    table = pd.DataFrame(
        {
            "species": np.array(["Adelie", "Chinstrap", "Gentoo"])[species],
            "island": rng.choice(["Biscoe", "Dream", "Torgersen"], 344),
            "bill length (mm)": np.array([39, 49, 47])[species] + 3 * male + rng.normal(0, 2, 344),
            "flipper length (mm)": 150 + 12 * body + rng.normal(0, 4, 344),
            "body mass (kg)": body,
            "sex": np.where(male, "male", "female"),
        }
    )
    table.loc[rng.random(344) < 0.03, "sex"] = None
    table.loc[[3, 271], ["bill length (mm)", "body mass (kg)"]] = np.nan
    return table


def deliveries() -> pd.DataFrame:
    """Make orders with dates, weights and gaps; a delivery follows its order after some days."""
    rng = np.random.default_rng(1)
    ordered = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 700, 900), unit="D")
    days, weight = rng.poisson(5, 900), rng.gamma(2, 3, 900)
    table = pd.DataFrame(
        {
            "order_id": np.arange(900) + 10_000,
            "ordered": ordered.strftime("%d.%m.%Y"),
            "delivered": (ordered + pd.to_timedelta(days, unit="D")).strftime("%d.%m.%Y"),
            "weight": weight,
            "price": 4 + 1.2 * weight + 0.5 * days + rng.normal(0, 0.5, 900),
            "express": days < 4,
        }
    )
    table.loc[rng.random(900) < 0.1, "weight"] = np.nan
    return table


def wide() -> pd.DataFrame:
    """Make 400 rows of 300 columns that mix 10 factors."""
    rng = np.random.default_rng(2)
    mixed = rng.normal(size=(400, 10)) @ rng.normal(size=(10, 300))
    return _named(mixed + rng.normal(size=mixed.shape))


def narrow() -> pd.DataFrame:
    """Make 60 rows of 3 columns, of which the third is a product."""
    a, b = np.random.default_rng(3).normal(2, 0.5, (2, 60))
    return pd.DataFrame({"width": a, "height": b, "area": a * b})


def repeated() -> pd.DataFrame:
    """Make a table with copied columns, constant ones, and each row twice."""
    table = _named(np.random.default_rng(4).normal(size=(400, 5)))
    table = table.assign(copy=table["x0"], negative=-table["x1"], flat=3.5, empty=np.nan)
    return pd.concat([table, table], ignore_index=True)


def long() -> pd.DataFrame:
    """Make 300,000 rows of 20 columns: eight free ones, and functions of them."""
    rng = np.random.default_rng(5)
    free = rng.normal(size=(300_000, 8))
    made = [free[:, i] * free[:, i + 1] for i in range(4)]
    made += [np.tanh(free[:, i]) + free[:, i + 2] for i in range(4)]
    made += [free[:, i] - free[:, 7 - i] for i in range(4)]
    return _named(np.column_stack([free, *made]).astype(np.float32))


def jittered() -> pd.DataFrame:
    """Draw the Covertype sample again to its full length; move its measurements by 2 %."""
    rng, sample = np.random.default_rng(0), pd.read_csv(COVERTYPE_SAMPLE)
    table = sample.iloc[rng.integers(0, len(sample), 581_012)].reset_index(drop=True)
    for name in [name for name in table if table[name].nunique() > MANY_VALUES]:
        moved = rng.normal(0, 0.02 * table[name].std(), len(table))
        table[name] += np.round(moved, 2)
    return table


def _named(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"x{number}" for number in range(values.shape[1])])


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "wine": lambda: datasets.load_wine(as_frame=True).frame,
    "diabetes": lambda: datasets.load_diabetes(as_frame=True).frame,
    "cancer": lambda: datasets.load_breast_cancer(as_frame=True).frame,
    "digits": lambda: datasets.load_digits(as_frame=True).frame,
    "penguins": penguins,
    "deliveries": deliveries,
    "wide": wide,
    "narrow": narrow,
    "repeated": repeated,
    "long": long,
    "jittered": jittered,
}


def run(name: str, project: Path) -> str:
    """Take one table through both commands; return seconds, memory and claims."""
    TABLES[name]().to_csv(project / "data" / f"{name}.csv", index=False)
    told = _call(project, "-c", NEW, "new", name, f"data/{name}.csv")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = _call(project, "-m", "kedro", "run", "--env", name)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # the largest process so far, of any table
    memory = f"largest process {after.ru_maxrss / 2**20:.1f} GiB"
    head = f"== {name}: {seconds:.0f} CPU seconds, {memory}\n{told.strip().splitlines()[-2:]}"
    versions = sorted((project / "data/08_reporting" / name / "results.json").glob("*/*.json"))
    if not versions:
        return f"{head}\n{output[-2000:]}"
    claims = json.loads(versions[-1].read_text())["claims"]
    parts = ("encoder", "statement", "verdict", "figure", "check")
    return "\n".join([head, *(" | ".join(claim[part] for part in parts) for claim in claims)])


def _call(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "DO_NOT_TRACK": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def main() -> None:
    """Run the tables named on the command line, or all."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        for name in sys.argv[1:] or TABLES:
            sys.stdout.write(f"{run(name, project)}\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
