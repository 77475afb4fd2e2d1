import numpy as np

from latent_laws.encoders.pca import LinearBaseline


def table_of_rank(rank: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    rng = np.random.default_rng(0)
    return (rng.normal(size=(300, rank)) @ rng.normal(size=(rank, 8)) + 3).astype(np.float32)


def test_as_many_components_as_the_rank_reconstruct_all() -> None:
    X = table_of_rank(3)
    baseline = LinearBaseline.fit(X)
    assert baseline.fvu(X, 3) < 1e-10
    assert baseline.fvu(X, 2) > 1e-3


def test_training_fvu_is_the_rest_of_the_spectrum() -> None:
    X = np.random.default_rng(1).normal(size=(500, 6)).astype(np.float32)
    baseline = LinearBaseline.fit(X)
    for k in range(1, 6):
        np.testing.assert_allclose(baseline.fvu(X, k), baseline.spectrum[k:].sum(), rtol=1e-6)


def test_signs_are_fixed() -> None:
    components = LinearBaseline.fit(table_of_rank(8)).components
    largest = np.abs(components).argmax(axis=1)
    assert (components[np.arange(8), largest] > 0).all()
