"""The random split."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.tables.split import MINIMUM_ROWS, SplitOptions, assign_splits


def count(n_rows: int, options: SplitOptions) -> dict[str, int]:
    names, counts = np.unique(assign_splits(n_rows, options), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def test_the_default_is_eight_to_one_to_one() -> None:
    assert count(20_000, SplitOptions()) == {"train": 16_000, "validation": 2_000, "test": 2_000}


def test_a_seed_gives_the_same_split_and_another_seed_another() -> None:
    first, again = (assign_splits(300, SplitOptions(seed=1)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != assign_splits(300, SplitOptions(seed=2))).any()


def test_every_row_is_as_likely_to_be_a_test_row() -> None:
    hits = sum(assign_splits(200, SplitOptions(seed=seed)) == "test" for seed in range(400))
    # 400 draws at 0.1: standard deviation 6
    assert 15 < hits.min() and hits.max() < 70
    assert abs(hits[:100].mean() - hits[100:].mean()) < 2


@given(st.floats(0.05, 0.45), st.floats(0.05, 0.45), st.integers(0, 300))
def test_every_accepted_table_fills_each_part(
    validation: float, test: float, more_rows: int
) -> None:
    options = SplitOptions(validation_fraction=validation, test_fraction=test)
    counts = count(options.least_rows + more_rows, options)
    assert min(counts.values()) >= MINIMUM_ROWS
    assert len(counts) == 3


def test_too_few_rows_are_counted() -> None:
    options = SplitOptions(validation_fraction=0.2, test_fraction=0.1)
    with pytest.raises(LatentLawsError) as caught:
        assign_splits(12, options)
    assert str(caught.value) == (
        "the table has 12 rows: a split with validation_fraction 0.2 and test_fraction 0.1 needs "
        "at least 105"
    )
    assign_splits(105, options)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"validation_fraction": 0}, "validation_fraction"),
        ({"test_fraction": 1.5}, "test_fraction"),
        ({"test_fraction": -0.1}, "test_fraction"),
        ({"validation_fraction": 0.6, "test_fraction": 0.5}, "sum to 1.1"),
        ({"seed": -1}, "seed"),
        ({"seed": "one"}, "seed"),
        ({"train_fraction": 0.8}, "train_fraction"),
    ],
)
def test_bad_options_are_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        SplitOptions.model_validate(given)
