"""Chosen inputs explain what was planted; random ones explain their share of it."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, OrthogonalMatchingPursuit

from latent_laws.errors import LatentLawsError
from latent_laws.findings.input_budget import LinearForms, median_r2, random_drop_control

Values = NDArray[np.float64]
N_INPUTS = 20


def planted(n_rows: int, seed: int) -> tuple[Values, Values]:
    """Six latents of three independent inputs each, all weights 1, no noise."""
    X = np.random.default_rng(seed).normal(size=(n_rows, N_INPUTS))
    Z = np.column_stack([X[:, start : start + 3].sum(axis=1) for start in range(6)])
    return X, Z


@pytest.fixture(scope="module")
def curve() -> pd.DataFrame:
    (X, Z), (X_test, Z_test) = planted(2000, 0), planted(1000, 1)
    curve = random_drop_control(
        "standard", X, Z, X_test, Z_test, [1, 2, 3, 10, N_INPUTS], range(20)
    )
    return curve.set_index("n_inputs")


def test_chosen_inputs_explain_a_third_each(curve: pd.DataFrame) -> None:
    np.testing.assert_allclose(curve["r2_sparse_linear"][:3], [1 / 3, 2 / 3, 1], atol=0.04)
    assert curve["r2_sparse_linear"][3] == pytest.approx(1)


def test_random_inputs_explain_their_share(curve: pd.DataFrame) -> None:
    assert curve["r2_random"][10] == pytest.approx(0.5, abs=0.08)
    assert (curve["r2_random"][[1, 2, 3, 10]] < curve["r2_sparse_linear"][[1, 2, 3, 10]]).all()
    assert (curve["r2_random_low"] <= curve["r2_random"]).all()
    assert (curve["r2_random"] <= curve["r2_random_high"]).all()


def test_all_inputs_explain_everything(curve: pd.DataFrame) -> None:
    np.testing.assert_allclose(curve["r2_all_inputs"], 1)
    assert curve["r2_random"][N_INPUTS] == pytest.approx(1)


def test_the_variant_is_named(curve: pd.DataFrame) -> None:
    assert set(curve["encoder"]) == {"standard"}


def test_forms_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8))
    Z = rng.normal(size=(300, 2))
    X, Z = X - X.mean(axis=0), Z - Z.mean(axis=0)
    forms = LinearForms(X, Z)
    chosen = np.array([1, 4, 6])
    expected = LinearRegression(fit_intercept=False).fit(X[:, chosen], Z).coef_.T
    np.testing.assert_allclose(forms.on(chosen)[chosen], expected)
    scale = X.std(axis=0)
    for number, weights in forms.pursued([2, 5]).items():
        model = OrthogonalMatchingPursuit(n_nonzero_coefs=number, fit_intercept=False)
        expected = model.fit(X / scale, Z).coef_.T / scale[:, None]
        np.testing.assert_allclose(weights, expected, atol=1e-10)


def test_shifted_and_scaled_rows_give_the_same(curve: pd.DataFrame) -> None:
    (X, Z), (X_test, Z_test) = planted(2000, 0), planted(1000, 1)
    shifted = random_drop_control(
        "standard", 3 * X + 7, Z - 5, 3 * X_test + 7, Z_test - 5, [1, 2, 3, 10, N_INPUTS], range(20)
    )
    pd.testing.assert_frame_equal(shifted.set_index("n_inputs"), curve)


def test_constant_inputs_and_latents_do_not_count() -> None:
    X, Z = planted(500, 0)
    X[:, 19], Z[:, 5] = 1e-33, 2.0
    curve = random_drop_control("standard", X, Z, X, Z, [3, 19], [0])
    np.testing.assert_allclose(curve["r2_sparse_linear"], 1)
    with pytest.raises(LatentLawsError, match="n_inputs has 20: accepted is 1 to 19"):
        random_drop_control("standard", X, Z, X, Z, [20], [0])


@pytest.mark.parametrize("number", [0, -3, 21])
def test_an_impossible_number_is_named(number: int) -> None:
    X, Z = planted(50, 0)
    with pytest.raises(LatentLawsError, match=f"n_inputs has {number}: accepted is 1 to 20"):
        random_drop_control("standard", X, Z, X, Z, [number], [0])


def test_r2_is_one_minus_the_share_left() -> None:
    Z = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert median_r2(Z, Z) == 1
    assert median_r2(Z, np.broadcast_to(Z.mean(axis=0), Z.shape)) == 0
    assert median_r2(Z, Z[::-1]) == -3
