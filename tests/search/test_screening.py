import numpy as np

from latent_laws.search.screening import data_sensitivity


def test_inputs_that_matter_come_first_even_without_correlation() -> None:
    X = np.random.default_rng(0).normal(size=(1500, 30))
    Z = np.stack([X[:, 3] ** 2 + X[:, 7], X[:, 1] * X[:, 2]], axis=1)
    found = data_sensitivity(X, Z)
    assert set(np.argsort(-found[0])[:2]) == {3, 7}
    assert set(np.argsort(-found[1])[:2]) == {1, 2}


def test_a_wide_table_hides_no_input() -> None:
    X = np.random.default_rng(1).normal(size=(4000, 384))
    z = X[:, 300] * X[:, 20] + X[:, 7] - 0.5 * X[:, 150] + 0.5 * np.abs(X[:, 250])
    (found,) = data_sensitivity(X, z[:, None])
    assert {300, 20, 7, 150, 250} <= set(np.argsort(-found)[:16])
