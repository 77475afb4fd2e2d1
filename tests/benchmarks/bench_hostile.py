"""Hostile input: random and mutated text and files for everything that is read.

Each is to be read or refused with one clear line: no other exception, no code run (Python's own
audit events tell), no run-away time or memory.

    nice python -m tests.benchmarks.bench_hostile           # 100,000 formulas, and all files
    nice python -m tests.benchmarks.bench_hostile 1000      # fewer of each
"""

import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import DatasetError

from latent_laws.datasets.autoencoders import AutoencodersDataset
from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, TrainedAutoencoder
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling
from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.files import find_table
from latent_laws.tables.profile import profile_table

FORMULAS = 100_000
NAMES = ("x", "y", "Höhe (m)", "a`b", "__class__", "lambda")
WORDS = (
    *("x", "y", "`Höhe (m)`", "`a``b`", "`", "+", "-", "*", "/", "**", "^", "(", ")", ",", "."),
    *("1", "2", "0", "1e308", "1e999", "0x1F", "1_0", "1j", "nan", "inf", "True", "None", "'a'"),
    *("sin", "exp", "log", "sqrt", "square", "cube", "inv", "neg", "tanh", "abs", "max"),
    *("__import__('os').system('id')", "exec('1')", "().__class__", "lambda: 0", "[x]", "{}"),
    *(
        "x if x else y",
        "f'{x}'",
        "open('/etc/passwd')",
        "\\",
        "#",
        "\n",
        "\t",
        "\0",
        "é",
        "\N{MATHEMATICAL BOLD DIGIT ONE}",
        "x:=1",
    ),
)
VALID = (
    "0.82*x - tanh(1.3*y)",
    "square(x + 2*y)/(1 + exp(-x)) - 3.5e-2",
    "`Höhe (m)`*sin(2*x + 0.5) + `a``b`**3",
    "-(x - y)**2 + log(abs(x)) - sqrt(y/2)",
)
MONSTERS = (
    "(" * 90_000 + "x" + ")" * 90_000,
    "(" * 150 + "x" + ")" * 150,
    "**".join(["x"] * 20_000),
    "9**" * 30 + "9",
    "-" * 50_000 + "x",
    "sin(" * 20_000 + "x" + ")" * 20_000,
    "+".join(["x"] * 45_000),
    "*".join(["x"] * 45_000),
    "x" * 10_000_000,
    "`" + "y" * 10_000_000 + "`",
    "`" * 99_999,
    "_name" + "_" * 90_000,
    "9" * 99_999,
    "1e" + "9" * 5_000,
    "x" + "." * 99_000,
    "\ud800",
    "'" * 99_999,
    "x[" * 30_000,
    "",
)
# what runs code, or reaches beyond the process
FORBIDDEN = ("exec", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pickle.", "code.")
ALLOWED = (LatentLawsError, DatasetError)
SLOW_SECONDS = 2.0
COLUMNS = ColumnOptions(categorical=("name",), dates=("seen",))
ROWS = np.random.default_rng(0).normal(size=(5, len(NAMES)))


class Watch:
    """Counts audit events that only running code would raise, while it is switched on."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.on = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, _: tuple[object, ...]) -> None:
        if self.on and event.startswith(FORBIDDEN):
            self.events[event] += 1


def try_all(what: str, inputs: Iterator[Any], read: Callable[[Any], object], watch: Watch) -> bool:
    """Read every input, write a row of the table, and tell whether all went well."""
    ends: Counter[str] = Counter()
    crashes, slowest, count = [], 0.0, 0
    for one in inputs:
        started = time.process_time()
        watch.on = what == "formulas"
        try:
            read(one)
            ends["read"] += 1
        except ALLOWED as error:
            lines = str(error).count("\n")
            ends["refused"] += 1
            if lines and not isinstance(error, DatasetError):
                crashes.append(f"{lines + 1} lines for {one!r:.80}")
        except BaseException as error:  # a crash is what is looked for
            crashes.append(f"{type(error).__name__}: {error!s:.100} for {one!r:.200}")
        finally:
            watch.on = False
        slowest, count = max(slowest, time.process_time() - started), count + 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    ran = sum(watch.events.values()) if what == "formulas" else "-"
    sys.stdout.write(
        f"| {what} | {count:,} | {ends['read']:,} | {ends['refused']:,} | {len(crashes)} | {ran} | "
        f"{slowest:.2f} | {memory:.0f} |\n"
    )
    for crash in [*crashes[:5], *(watch.events if what == "formulas" else ())]:
        sys.stderr.write(f"{what}: {crash}\n")
    sys.stdout.flush()
    return not crashes and not watch.events and slowest < SLOW_SECONDS


def mutated(text: str, rng: np.random.Generator) -> str:
    """Change, drop, double or insert some signs or words of a text."""
    signs = list(text)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(0, len(signs) + 1))
        match int(rng.integers(0, 4)):
            case 0:
                signs[place : place + int(rng.integers(1, 5))] = []
            case 1:
                signs[place:place] = signs[max(0, place - 9) : place]
            case 2:
                signs[place : place + 1] = [chr(int(rng.integers(32, rng.choice([127, 0x2FF]))))]
            case _:
                signs[place:place] = [str(rng.choice(WORDS))]
    return "".join(signs)


def formula_texts(count: int) -> Iterator[str]:
    """Yield monsters, random words, and mutated formulas."""
    yield from MONSTERS
    rng = np.random.default_rng(1)
    for number in range(count - len(MONSTERS)):
        if number % 2:
            yield mutated(str(rng.choice(VALID)), rng)
        else:
            yield "".join(rng.choice(WORDS, size=int(rng.integers(1, 20))).tolist())


def read_formula(text: str) -> None:
    """Take a formula as far as a user would."""
    formula = Formula.parse(text, NAMES)
    assert formula.evaluate(ROWS, NAMES).shape == (len(ROWS),)
    if len(text) < 1000:
        again = Formula.parse(formula.expression, NAMES)
        np.testing.assert_array_equal(again.evaluate(ROWS, NAMES), formula.evaluate(ROWS, NAMES))


def documents(count: int) -> Iterator[object]:
    """Yield symbolic encoders as JSON with values changed, dropped or of another type."""
    rng = np.random.default_rng(2)
    scaling = Scaling(NAMES, tuple(range(6)), (1.0,) * 6, ("m",) * 6)
    whole = SymbolicEncoder([Formula.parse(v, NAMES) for v in VALID], NAMES, scaling).to_json()
    odd = [None, -1, 1e308, "x" * 10_000, [], {}, [None], ["x"] * 999, "__import__('os')", True]
    for _ in range(count):
        document = json.loads(json.dumps(whole))
        places = [document, document["scaling"], document["names"], document["formulas"]]
        for _ in range(int(rng.integers(1, 4))):
            place = places[int(rng.integers(0, len(places)))]
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if keys:
                place[keys[int(rng.integers(0, len(keys)))]] = odd[int(rng.integers(0, len(odd)))]
        yield document


def read_document(document: Any) -> None:
    """Read a symbolic encoder and use it."""
    encoder = SymbolicEncoder.from_json(document)
    encoder.on_scaled(np.zeros((3, len(encoder.names))))


def damaged_bytes(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield a file, then the same with parts cut out, with bits turned, and with parts doubled."""
    rng = np.random.default_rng(seed)
    yield content
    for _ in range(count - 1):
        data = bytearray(content)
        for _ in range(int(rng.integers(1, 6))):
            place = int(rng.integers(0, len(data) + 1))
            match int(rng.integers(0, 4)):
                case 0:
                    del data[place : place + int(rng.integers(1, 40))]
                case 1:
                    data[place:place] = rng.bytes(int(rng.integers(1, 20)))
                case 2 if place < len(data):
                    data[place] ^= 1 << int(rng.integers(0, 8))
                case _:
                    data[place:place] = data[: int(rng.integers(1, 60))]
        yield bytes(data)


def table() -> pd.DataFrame:
    """Make a small table with a column of every kind."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "Höhe (m)": rng.normal(size=120),
            "name": rng.choice(["a", "b", "c"], 120),
            "seen": pd.date_range("2020", periods=120).strftime("%Y-%m-%d"),
            "flag": rng.integers(0, 2, 120),
        }
    )


def read_table(path: Path, content: bytes) -> None:
    """Take a file as far as `latent-laws new` and data_processing do."""
    path.write_bytes(content)
    file = find_table(path)
    frame = pd.concat(file.chunks(), ignore_index=True)
    profile_table(frame)
    table_features(file, TableOptions(columns=COLUMNS))


def read_network(folder: Path, name: str, content: bytes) -> None:
    """Read saved networks, one file of which is damaged."""
    path = folder / name
    whole = path.read_bytes()
    try:
        path.write_bytes(content)
        AutoencodersDataset(filepath=str(folder)).load()
    finally:
        path.write_bytes(whole)


def infos(count: int) -> Iterator[pd.DataFrame]:
    """Yield `feature_info` frames with columns dropped and values changed."""
    rng = np.random.default_rng(4)
    info = table_features(table().drop(columns=["name", "seen"]), TableOptions())[1]
    odd = [None, "text", -1.0, 0.0, np.inf, [], "x" * 10_000, b"1"]
    for _ in range(count):
        frame = info.astype(object)
        for _ in range(int(rng.integers(1, 4))):
            column = str(rng.choice(info.columns))
            match int(rng.integers(0, 3)):
                case 0:
                    frame = frame.drop(columns=column, errors="ignore")
                case 1 if column in frame:
                    frame.at[int(rng.integers(0, len(info))), column] = odd[int(rng.integers(0, 8))]
                case _:
                    frame = frame.iloc[: int(rng.integers(0, len(info) + 1))]
            frame = frame.reset_index(drop=True)
        yield frame


def main() -> None:
    """Try everything, and fail if anything else than reading or refusing happened."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FORMULAS
    few, watch = max(count // 50, 20), Watch()
    sys.stdout.write(
        "| what | tried | read | refused in one line | crashes | code run | slowest (CPU s) | "
        "memory so far (MiB) |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for text in (*VALID, "unknown", "1 +", "nothing(x)"):  # whatever is loaded late is loaded now
        with suppress(LatentLawsError):
            read_formula(text)
    good = [try_all("formulas", formula_texts(count), read_formula, watch)]
    good.append(try_all("symbolic encoders", documents(few), read_document, watch))
    good.append(try_all("feature_info", infos(few), Scaling.from_feature_info, watch))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending in (".csv", ".csv.gz", ".parquet"):
            path = folder / f"t{ending}"
            table().to_parquet(path) if ending == ".parquet" else table().to_csv(path, index=False)
            whole = path.read_bytes()
            good.append(
                try_all(
                    f"tables ({ending})",
                    damaged_bytes(whole, few, 5),
                    lambda content, path=path: read_table(path, content),
                    watch,
                )
            )
        networks = folder / "networks"
        model = Autoencoder(AutoencoderConfig(n_features=4, latent_dim=2, hidden=(3,)))
        trained = TrainedAutoencoder("standard", 2, 0, model)
        AutoencodersDataset(filepath=str(networks)).save({trained.key: trained})
        for path in sorted(networks.iterdir()):
            good.append(
                try_all(
                    f"networks ({path.suffix})",
                    damaged_bytes(path.read_bytes(), few, 6),
                    lambda content, path=path: read_network(networks, path.name, content),
                    watch,
                )
            )
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
