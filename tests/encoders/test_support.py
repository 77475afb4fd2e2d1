import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from latent_laws.encoders.support import (
    SupportOptions,
    exchange,
    explained,
    keep_largest,
    prune,
    sparse_weights,
)

Array = NDArray[np.float64]
CAUSES, SIZE = 4, 3
OPTIONS = SupportOptions(steps=200)


def grouped_covariance() -> Array:
    """Twelve inputs, three copies of each of four causes, with noise of their own."""
    same = np.kron(np.eye(CAUSES), np.ones((SIZE, SIZE)))
    return same + 0.1 * np.eye(CAUSES * SIZE)


def dense_start(covariance: Array, latents: int) -> Array:
    """The principal components, mixed so that every latent reads every input."""
    components = np.linalg.eigh(covariance)[1][:, -latents:].T
    mix = np.linalg.qr(np.random.default_rng(0).normal(size=(latents, latents)))[0]
    return np.asarray(mix @ components)


def test_explained_is_the_r2_of_the_best_linear_decoder() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6))
    X -= X.mean(axis=0)
    W = rng.normal(size=(2, 6))
    Z = X @ W.T
    rest = X - Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
    expected = 1 - (rest**2).sum() / (X**2).sum()
    assert explained(W, X.T @ X / len(X)) == pytest.approx(expected, abs=1e-6)


def test_planted_inputs_are_found() -> None:
    covariance = grouped_covariance()
    weights = sparse_weights(dense_start(covariance, CAUSES), covariance, SIZE, OPTIONS)
    groups = [{int(i) // SIZE for i in np.flatnonzero(row)} for row in weights]
    assert sorted(map(sorted, groups)) == [[0], [1], [2], [3]]
    # three copies of a cause are all that its latent needs
    best = np.linalg.eigvalsh(covariance)[-CAUSES:].sum() / np.trace(covariance)
    assert explained(weights, covariance) == pytest.approx(best, abs=1e-6)


def test_few_inputs_unit_variance_and_no_constant_input() -> None:
    covariance = np.pad(grouped_covariance(), (0, 1))
    start = np.pad(dense_start(covariance[:-1, :-1], CAUSES), ((0, 0), (0, 1)), constant_values=9.0)
    weights = sparse_weights(start, covariance, 2, OPTIONS)
    assert ((weights != 0).sum(axis=1) <= 2).all()
    assert (weights[:, -1] == 0).all()
    np.testing.assert_allclose(np.einsum("ij,jk,ik->i", weights, covariance, weights), 1)


def test_exchange_never_explains_less() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(20, 20))
    covariance = root @ root.T
    weights = prune(rng.normal(size=(3, 20)), covariance, 4, SupportOptions(steps=20))
    for latent in range(3):
        before = explained(weights, covariance)
        exchange(weights, latent, covariance, candidates=8)
        assert explained(weights, covariance) >= before - 1e-9
        assert ((weights != 0).sum(axis=1) <= 4).all()


def test_exchange_finds_the_best_pair() -> None:
    covariance = grouped_covariance()
    covariance[0, 0] = 3.0
    weights = np.zeros((1, 12))
    weights[0, [10, 4]] = 1.0
    for _ in range(3):
        exchange(weights, 0, covariance, candidates=11)
    pairs = [(i, j) for i in range(12) for j in range(i)]
    alone = [np.eye(12)[[i]] + np.eye(12)[[j]] for i, j in pairs]
    for pair in alone:
        exchange(pair, 0, covariance, candidates=1)
    assert explained(weights, covariance) >= max(explained(p, covariance) for p in alone) - 1e-6


def test_keep_largest() -> None:
    strength = torch.tensor([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    assert keep_largest(strength, 2).tolist() == [[1, 0, 1], [0, 0, 1]]
    assert keep_largest(strength, 9).tolist() == [[1, 1, 1], [0, 0, 1]]
