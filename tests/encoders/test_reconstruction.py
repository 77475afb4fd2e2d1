import numpy as np
import pytest

from latent_laws.encoders.reconstruction import feature_errors, fvu, mse

X = np.array([[0.0, 1.0, 5.0], [2.0, 3.0, 5.0]])


def test_mean_has_fvu_one_and_copy_zero() -> None:
    assert fvu(X, np.repeat(X.mean(axis=0)[None], 2, axis=0)) == pytest.approx(1.0)
    assert fvu(X, X) == 0.0


def test_mse_by_hand() -> None:
    assert mse(X, X + np.array([1.0, 0.0, 2.0])) == pytest.approx(5 / 3)


def test_feature_errors_by_hand() -> None:
    errors = feature_errors(X, X + np.array([1.0, 0.0, 2.0]), ("a", "b", "c"))
    assert errors["feature"].tolist() == ["a", "b", "c"]
    assert errors["mse"].tolist() == [1.0, 0.0, 4.0]
    assert errors["fvu"].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(errors["fvu"][2]), "a constant feature has no fraction of variance"
