"""Saturated columns, and columns that only look so."""

import numpy as np

from latent_laws.findings.saturation import Saturation


def test_a_clipped_column_has_bounds() -> None:
    y = np.random.default_rng(0).normal(size=2000)
    found = Saturation.of(np.clip(y, -1.0, 2.0))
    assert (found.low, found.high) == (-1.0, 2.0)
    assert found.is_free(np.array([-1.0, 0.0, 2.0])).tolist() == [False, True, False]
    np.testing.assert_array_equal(found.clip(np.array([-3.0, 0.5, 9.0])), [-1.0, 0.5, 2.0])


def test_other_columns_have_none() -> None:
    generator = np.random.default_rng(0)
    for y in (
        generator.normal(size=2000),
        generator.integers(0, 2, 2000).astype(float),
        generator.poisson(2.0, 2000).astype(float),
        np.round(generator.exponential(20.0, 2000)),
        np.zeros(100),
    ):
        found = Saturation.of(y)
        assert (found.low, found.high) == (-np.inf, np.inf)
        np.testing.assert_array_equal(found.clip(y), y)
