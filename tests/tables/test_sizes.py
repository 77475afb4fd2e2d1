"""Sizes that suit a table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError
from latent_laws.tables.profile import ColumnProfile, TableProfile, profile_table
from latent_laws.tables.sizes import Sizes, fitting_sizes
from tests.builders import read_covertype


def sizes_of(n_rows: int, n_columns: int) -> Sizes:
    columns = tuple(ColumnProfile(f"x{i}", "numeric", "") for i in range(n_columns))
    return fitting_sizes(TableProfile(n_rows, n_rows, columns, "ISO8601", 0))


@given(st.integers(53, 10**7), st.integers(2, 2000))
def test_sizes_fit_any_table(n_rows: int, n_columns: int) -> None:
    sizes = sizes_of(n_rows, n_columns)
    train = round(n_rows * (1 - 2 * sizes.fraction))
    assert set(sizes.distilled_dims) <= set(sizes.latent_dims)
    assert 1 <= len(sizes.distilled_dims) <= 2
    assert list(sizes.latent_dims) == sorted(set(sizes.latent_dims))
    assert max(sizes.latent_dims) < n_columns
    assert max(sizes.latent_dims) <= max(1, train / 5)
    assert 16 <= sizes.batch_size <= 256
    # what is distilled has 40 nodes; sizes end with the first that takes all inputs
    assert 40 in sizes.max_nodes
    assert all(nodes < 4 * n_columns for nodes in sizes.max_nodes[1:-1])


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "distilled"),
    [(60, 3, (2,)), (178, 13, (2, 4)), (1797, 61, (2, 8)), (300, 400, (2, 8)), (60, 2, (1,))],
)
def test_dims_that_are_distilled_are_tight(
    n_rows: int, n_columns: int, distilled: tuple[int, ...]
) -> None:
    assert sizes_of(n_rows, n_columns).distilled_dims == distilled


def test_a_group_counts_as_one_column() -> None:
    sizes = fitting_sizes(profile_table(read_covertype(3000)))
    assert sizes.distilled_dims == (2, 4)
    assert max(sizes.latent_dims) == 8
    assert sizes.fraction == 0.1


def test_too_few_rows_or_columns_are_refused() -> None:
    with pytest.raises(LatentLawsError, match=r"the table has 52 rows: .* at least 53 together"):
        sizes_of(52, 4)
    alone = pd.DataFrame({"x": np.random.default_rng(0).normal(size=99)})
    with pytest.raises(LatentLawsError, match="one usable column, 'x'"):
        fitting_sizes(profile_table(alone))
