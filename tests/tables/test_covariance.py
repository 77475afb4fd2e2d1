import numpy as np
import pytest

from latent_laws.tables.covariance import covariance, rank, shrinkage, shrunk
from latent_laws.tables.table import FeatureTable


def test_covariance_is_that_of_numpy() -> None:
    X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    np.testing.assert_allclose(covariance(X), np.cov(X, rowvar=False, bias=True), rtol=1e-6)


def test_correlations_shrink_where_rows_are_few() -> None:
    rng = np.random.default_rng(0)
    root = np.eye(20) + 0.2 * rng.normal(size=(20, 20))
    root /= np.linalg.norm(root, axis=1)[:, None]
    correlations = root @ root.T
    errors = []
    for _ in range(10):
        few = rng.normal(size=(30, 20)) @ root.T
        share = shrinkage(few)
        assert share > 0.05
        measured = np.corrcoef(few, rowvar=False)
        errors.append(
            [np.linalg.norm(m - correlations) for m in (measured, shrunk(measured, share))]
        )
    plain, better = np.mean(errors, axis=0)
    assert better < 0.9 * plain
    assert shrinkage(rng.normal(size=(20_000, 20)) @ root.T) == 0


def test_scales_and_constants_play_no_part() -> None:
    X = np.random.default_rng(1).normal(size=(60, 5))
    rescaled = np.column_stack([X * [1, 10, 100, 0.1, 5], np.full(60, 3.0)])
    assert shrinkage(rescaled) == pytest.approx(shrinkage(X))
    assert shrinkage(np.ones((9, 2))) == 0


def test_shrunk_keeps_variances() -> None:
    moments = np.array([[4.0, 2.0], [2.0, 9.0]])
    np.testing.assert_allclose(shrunk(moments, 0.25), [[4.0, 1.5], [1.5, 9.0]])


def test_rank_counts_what_is_free() -> None:
    generator = np.random.default_rng(0)
    free = generator.normal(size=(300, 3))
    one_hot = np.eye(4)[generator.integers(0, 4, 300)]
    X = np.column_stack([free, free @ [1.0, 2.0, 0.0], one_hot, np.full(300, 7.0)])
    assert rank(X.astype(np.float32)) == 3 + 3


def test_rank_of_real_records(covertype_table: FeatureTable) -> None:
    never = int((covertype_table.train.std(axis=0) == 0).sum())
    assert rank(covertype_table.train) == 54 - never - 2
