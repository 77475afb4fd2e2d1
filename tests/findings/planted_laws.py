"""Thirty tables of raw columns with a law, or none, for the column `y`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
Truth = Callable[[Columns], Array]

N_ROWS = 2500
NOISE = 0.01  # of the law's spread


@dataclass(frozen=True)
class Planted:
    """A law `y = truth`, read from `inputs`; without inputs there is none."""

    name: str
    truth: Truth
    inputs: frozenset[str]


def _sine(x: Array) -> Array:
    return np.asarray(np.sin(np.radians(x)))


def _cosine(x: Array) -> Array:
    return np.asarray(np.cos(np.radians(x)))


def _noise(seed: int) -> Truth:
    return lambda c: np.random.default_rng(seed).normal(size=len(c["a"]))


LAWS = [
    Planted(name, truth, frozenset(name.split(": ")[1].split(" ")))
    for name, truth in (
        ("product: a b", lambda c: c["a"] * c["b"]),
        ("product of signed: p q", lambda c: c["p"] * c["q"]),
        ("product with a constant: p a", lambda c: c["p"] * (c["a"] - 3)),
        ("volume: a b c", lambda c: 2 * c["a"] * c["b"] * c["c"]),
        ("energy: a b", lambda c: 0.5 * c["a"] * c["b"] ** 2),
        ("square: p", lambda c: c["p"] ** 2 - 3 * c["p"]),
        ("ratio: a b", lambda c: c["a"] / c["b"]),
        ("signed ratio: p b", lambda c: c["p"] / c["b"]),
        ("inverse: c", lambda c: 7 / c["c"]),
        ("body mass: a b", lambda c: c["a"] / c["b"] ** 2),
        ("gas law: a b c", lambda c: 8.3 * c["a"] * c["b"] / c["c"]),
        ("ratio and more: a b p", lambda c: 5 * c["a"] / c["b"] + c["p"]),
        ("cosine: angle", lambda c: 3 * _cosine(c["angle"] - 40) + 1),
        ("shade: angle tilt", lambda c: 0.8 * _cosine(c["tilt"])
            + 0.5 * _sine(c["tilt"]) * _cosine(c["angle"] - 114)),
        ("low sun: angle tilt", lambda c: 0.5 * _cosine(c["tilt"])
            + 0.85 * _sine(c["tilt"]) * _cosine(c["angle"] - 269)),
        ("eastward: a angle", lambda c: c["a"] * _sine(c["angle"])),
        ("work: a b angle", lambda c: c["a"] * c["b"] * _cosine(c["angle"])),
        ("sine: tilt", lambda c: 9.8 * _sine(c["tilt"])),
        ("sum: p q", lambda c: c["p"] + c["q"]),
        ("weighted sum: p q r", lambda c: 2 * c["p"] - 3 * c["q"] + 0.5 * c["r"] + 4),
        ("total: a b c p q", lambda c: c["a"] + c["b"] + c["c"] + c["p"] + c["q"]),
        ("copy: r", lambda c: 1.8 * c["r"] + 32),
        ("difference: a c", lambda c: c["a"] - c["c"]),
        ("perimeter: a b", lambda c: 2 * (c["a"] + c["b"])),
    )
]  # fmt: skip
NO_LAWS = [
    Planted(name, truth, frozenset())
    for name, truth in (
        ("noise", _noise(1)),
        ("heavy tails", lambda c: _noise(2)(c) ** 3),
        ("half a law", lambda c: c["a"] * c["b"] / 40 + _noise(3)(c)),
        ("half a sum", lambda c: c["p"] + _noise(4)(c)),
        ("two mixed populations", lambda c: np.where(_noise(5)(c) > 0, c["p"], -c["p"])),
        ("hash", lambda c: np.sin(1e4 * c["p"]) + np.sin(1e4 * c["a"])),
    )
]


def planted_table(planted: Planted) -> tuple[FeatureTable, pd.DataFrame, Array]:
    """Return a table with the law and columns beside it, its `feature_info`, and the true y.

    The true y is that of the test rows, without noise.
    """
    generator = np.random.default_rng(0)
    columns = {
        "a": generator.uniform(1, 9, N_ROWS),
        "b": generator.uniform(0.5, 4, N_ROWS),
        "c": generator.uniform(2, 5, N_ROWS),
        "p": 3 * generator.normal(size=N_ROWS),
        "q": 4 * generator.normal(size=N_ROWS),
        "r": 10 + generator.normal(size=N_ROWS),
        "angle": generator.uniform(0, 360, N_ROWS),
        "tilt": generator.uniform(0, 60, N_ROWS),
    }
    truth = planted.truth(columns)
    y = truth + NOISE * truth.std() * generator.normal(size=N_ROWS)
    frame = pd.DataFrame({**columns, "y": y})
    mean, scale = frame[:2000].mean(), frame[:2000].std(ddof=0)
    scaled = ((frame - mean) / scale).to_numpy(np.float32)
    table = FeatureTable(tuple(frame), scaled[:2000], scaled[2000:2250], scaled[2250:])
    info = pd.DataFrame({"feature": list(frame), "kind": "numeric", "group": None})
    info["unit"] = info["feature"].map({"angle": "degree", "tilt": "degree"})
    return table, info.assign(mean=mean.to_numpy(), scale=scale.to_numpy()), truth[2250:]
