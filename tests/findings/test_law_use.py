"""Encoders that use a law and encoders that copy, and the latents that dependent inputs cost."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.training import FitOptions, NetworkOptions
from latent_laws.findings.law_cost import LawCostOptions, dependent_inputs, law_cost
from latent_laws.findings.law_use import USE_COLUMNS, law_use, moved_together
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
from tests.builders import as_table

Array = NDArray[np.float64]
NAMES = ("a", "b", "free", "y")


class Planted(Encoder):
    """Decodes the last input as some mixture of what it was given and what the law says."""

    def __init__(self, share_of_law: float) -> None:
        self.share = share_of_law

    @property
    def latent_dim(self) -> int:
        return len(NAMES)

    @property
    def can_decode(self) -> bool:
        return True

    def encode(self, X: NDArray[np.floating]) -> Array:
        Z = X.astype(np.float64)
        Z[:, 3] = self.share * Z[:, 0] * Z[:, 1] + (1 - self.share) * Z[:, 3]
        return Z

    def decode(self, Z: Array) -> Array:
        return Z


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Return y = a·b, and a column beside it."""
    X = np.random.default_rng(0).normal(size=(1000, 4))
    X[:, 3] = X[:, 0] * X[:, 1]
    return as_table(X, NAMES)


@pytest.fixture(scope="module")
def info() -> pd.DataFrame:
    """Return the frame of columns that were not scaled."""
    return pd.DataFrame({"feature": NAMES, "unit": None, "mean": 0.0, "scale": 1.0})


LAWS = pd.DataFrame(
    {
        **{"feature": ["y"], "kind": ["law"], "expression": ["a*b"], "inputs": ["a|b"]},
        **{"clipped_low": [np.nan], "clipped_high": [np.nan]},
    }
)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_of_the_law_is_read_off(
    table: FeatureTable, info: pd.DataFrame, share: float
) -> None:
    found = law_use({"planted": Planted(share)}, LAWS, table, info)
    assert list(found.columns) == USE_COLUMNS
    row = found.iloc[0]
    assert row["follows_law"] == pytest.approx(share, abs=1e-6)
    assert row["fvu_rows"] == pytest.approx(0.0, abs=1e-9)
    assert row["fvu_along"] == pytest.approx(0.0, abs=1e-9)
    assert row["fvu_off"] == pytest.approx(2 * share**2, abs=0.3 * share)


def test_a_decoder_that_knows_nothing_uses_no_law(table: FeatureTable, info: pd.DataFrame) -> None:
    class Blank(Planted):
        """Decodes the mean, as near to the law as to what was given."""

        def decode(self, Z: Array) -> Array:
            return 0 * Z

    found = law_use({"blank": Blank(1.0)}, LAWS, table, info).iloc[0]
    assert found["follows_law"] == 0


def test_a_law_is_clipped_where_the_column_is(table: FeatureTable, info: pd.DataFrame) -> None:
    low = LAWS.assign(clipped_low=10.0)
    found = law_use({"copies": Planted(0.0)}, low, table, info).iloc[0]
    assert found["follows_law"] == pytest.approx(0.0, abs=1e-9)
    used = law_use({"uses": Planted(1.0)}, low, table, info).iloc[0]
    assert used["follows_law"] < 0.5  # what is said is 10 throughout, what is answered is not


def test_what_cannot_decode_or_has_no_law_has_no_row(
    table: FeatureTable, info: pd.DataFrame
) -> None:
    class Half(Planted):
        """An encoder without a way back."""

        @property
        def can_decode(self) -> bool:
            return False

    assert law_use({"half": Half(1.0)}, LAWS, table, info).empty
    assert law_use({"planted": Planted(1.0)}, LAWS.iloc[:0], table, info).empty


def test_all_that_follows_from_the_same_inputs_moves_together() -> None:
    laws = pd.DataFrame({"feature": ["y", "z", "w"], "inputs": ["a|b", "b", "d|c"]})
    assert moved_together("z", laws) == ["a", "b", "y", "z"]
    assert moved_together("w", laws) == ["c", "d", "w"]


def test_of_inputs_that_follow_from_each_other_one_depends() -> None:
    laws = pd.DataFrame(
        {
            "feature": ["a", "copy", "sum", "sum of sums", "kind"],
            "inputs": ["copy", "a", "a|b", "sum|c", "kind_0|kind_1"],
            "kind": [*["law"] * 4, "sum_rule"],
            "r2_validation": [0.98, 0.99, 0.97, 0.96, 1.0],
        }
    )
    assert dependent_inputs(laws) == ["copy", "sum"]
    assert dependent_inputs(laws[:0]) == []


def test_dependent_inputs_cost_fewer_latents_than_others() -> None:
    generator = np.random.default_rng(1)
    free = generator.normal(size=(1500, 4))
    sums = free @ np.array([[1, 1, 0, 0], [0, 1, 1, 0]]).T / np.sqrt(2)
    table = as_table(np.column_stack([free, sums]), (*"abcd", "p", "q"))
    options = LawCostOptions(
        network=NetworkOptions(hidden=(16,)), fit=FitOptions(steps=60, batch_size=256)
    )
    laws = pd.DataFrame({"feature": ["p", "q"], "inputs": "a|b", "kind": "law", "r2_validation": 1})
    found = law_cost(table, laws, 3, options, TaskOptions(workers=1, cache=None))
    # what the laws read could be told from the inputs that stay
    assert set(found.control) == set("cd")
    assert found.latents is not None
    assert found.latents < 0.5
    assert found.control_latents is None or found.control_latents > found.latents
