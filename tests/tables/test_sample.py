"""Samples of a table: without bias, the same however the table is cut."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.tables.sample import draw_rows


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 60), st.integers(0, 9))
def test_rows_are_drawn_in_order_however_the_table_is_cut(
    lengths: list[int], max_rows: int, seed: int
) -> None:
    table = pd.DataFrame({"x": np.arange(sum(lengths))})
    cuts = np.cumsum([0, *lengths])
    parts = [table.iloc[cuts[i] : cuts[i + 1]] for i in range(len(lengths))]
    drawn, n_rows = draw_rows(parts, max_rows, seed)
    assert n_rows == len(table)
    assert len(drawn) == min(max_rows, len(table))
    whole, _ = draw_rows([table], max_rows, seed)
    if lengths:
        pd.testing.assert_frame_equal(drawn, whole)
        # a row keeps its number, and comes once
        assert (drawn["x"].to_numpy() == drawn.index.to_numpy()).all()
        assert drawn["x"].is_monotonic_increasing and drawn["x"].is_unique


def test_a_smaller_sample_lies_within_a_larger_one() -> None:
    table = pd.DataFrame({"x": np.arange(5000)})
    small, large = (set(draw_rows([table], count, 0)[0]["x"]) for count in (100, 1000))
    assert small < large


def test_every_row_is_as_likely() -> None:
    table = pd.DataFrame({"x": np.arange(50)})
    parts = [table.iloc[start : start + 10] for start in range(0, 50, 10)]
    counts = np.zeros(50)
    for seed in range(2000):
        counts[draw_rows(parts, 10, seed)[0]["x"].to_numpy()] += 1
    # binomial of 2,000 draws at a fifth: 400 with a standard deviation of 18
    assert np.abs(counts - 400).max() < 4 * 18
