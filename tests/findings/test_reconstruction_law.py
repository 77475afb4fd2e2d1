"""The reconstruction law on planted curves, among them some that are no law of the network's."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from latent_laws.findings.reconstruction_law import (
    FVUS,
    Form,
    LawOptions,
    ReconstructionLaw,
    candidates,
    closed_form,
    reconstruction_law,
)
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable
from tests.builders import gaussian_table

OPTIONS = LawOptions(resamples=50)
DIMS = (1, 2, 3, 5, 8, 12, 20)
RANK = 25
M = np.array(DIMS, dtype=np.float64)


def planted_errors(
    table: FeatureTable, dims: tuple[int, ...] = DIMS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return errors and metrics with FVU = exp(-0.7 m) + 0.001 for every feature."""
    variance = table.test.var(axis=0, dtype=np.float64)
    rows, metrics = [], []
    for dim in dims:
        for seed in (0, 1):
            fvu = (np.exp(-0.7 * dim) + 1e-3) * (1 + 0.01 * seed)
            name = {"latent_dim": dim, "seed": seed}
            pca = dict.fromkeys(FVUS[2:], (1 - dim / RANK) ** 2)
            metrics.append(name | dict.fromkeys(FVUS[:2], fvu) | pca)
            rows += [
                name | {"feature": feature, "mse": fvu * own, "fvu": fvu}
                for feature, own in zip(table.names, variance, strict=True)
            ]
    return pd.DataFrame(rows), pd.DataFrame(metrics)


def law_of(table: FeatureTable, dims: tuple[int, ...] = DIMS) -> ReconstructionLaw:
    return reconstruction_law(*planted_errors(table, dims), table, OPTIONS, {})


def curves(
    fvu: Callable[[np.ndarray], np.ndarray], pca: Callable[[np.ndarray], np.ndarray]
) -> pd.DataFrame:
    """Return logarithms of a network's and of PCA's FVU, the same on validation and test rows."""
    values = dict.fromkeys(FVUS[:2], np.log(fvu(M))) | dict.fromkeys(FVUS[2:], np.log(pca(M)))
    return pd.DataFrame(values, index=pd.Index(M, name="latent_dim"))


def slow(m: np.ndarray) -> np.ndarray:
    """Return a curve that falls as the eigenvalues of independent inputs do."""
    return np.asarray(1 - m / RANK) ** 1.5


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Return independent features."""
    return gaussian_table(n_features=RANK)


@pytest.fixture(scope="module")
def found(table: FeatureTable) -> ReconstructionLaw:
    """Return the law of the planted errors."""
    return law_of(table)


def test_the_planted_law_is_found(found: ReconstructionLaw) -> None:
    assert found.law is not None
    assert found.law.form == "exponential with floor"
    constants = Formula.parse(found.law.expression, ["latent_dim"]).constants
    assert np.abs(constants) == pytest.approx([0.7, 1.005e-3], rel=0.01)
    assert found.law.rmse_log10 < 0.01
    assert found.law.r2_log10 > 0.99
    assert min(found.law.baselines.values()) > 0.1
    for point in found.law.points:
        assert point["fvu_law"] == pytest.approx(point["fvu_test"], rel=0.01)


def test_every_statement_is_there(found: ReconstructionLaw) -> None:
    assert found.latent_dims == list(DIMS)
    assert (found.rank, found.n_seeds) == (RANK, 2)
    assert found.returns is not None
    assert found.returns.share == 1.0
    assert [own.loss for own in found.latents_for] == [0.1, 0.01, 0.001]
    assert found.latents_for[0].latents == pytest.approx(np.log(10) / 0.7, rel=0.03)
    assert found.latents_for[2].latents is None
    assert len(found.variables) == RANK


def test_it_is_json_and_repeats(found: ReconstructionLaw, table: FeatureTable) -> None:
    text = json.dumps(found.model_dump(), allow_nan=False)
    again = law_of(table)
    assert again.model_dump_json() == found.model_dump_json()
    assert ReconstructionLaw.model_validate_json(text) == found


@pytest.mark.parametrize("form", candidates(RANK), ids=lambda form: form.name)
def test_every_form_finds_its_own_constants_and_prints_them(form: Form) -> None:
    constants = np.log([0.3, 0.01] if len(form.starts[0]) == 2 else [0.8, 0.5, 2.0])
    y = form.log_fvu(M, constants)
    np.testing.assert_allclose(form.fit(M, y), constants, atol=1e-4)
    printed = form.formula(constants).evaluate(M[:, None], ["latent_dim"])
    np.testing.assert_allclose(printed, np.exp(y), rtol=1e-4)
    assert (np.diff(y) < 0).all()


def test_a_law_of_the_network_is_told_from_pcas() -> None:
    law = closed_form(
        curves(lambda m: np.exp(-0.7 * m) + 1e-3, lambda m: 1 / (1 + np.exp(m - 9))), RANK
    )
    assert law.rmse_log10 < 0.01 < law.pca_rmse_log10


def test_a_law_that_is_pcas_is_shown_as_such() -> None:
    law = closed_form(curves(lambda m: 0.5 * slow(m), slow), RANK)
    assert law.baselines["scaled_pca_spectrum"] <= law.rmse_log10 + 1e-9
    assert law.pca_rmse_log10 == pytest.approx(law.rmse_log10, abs=0.02)


def test_a_curve_without_a_law_is_not_predicted() -> None:
    jagged = np.array([0.9, 0.001, 0.7, 0.002, 0.5, 0.004, 0.6])
    law = closed_form(curves(lambda m: jagged, slow), RANK)
    assert law.r2_log10 < 0.5


def test_the_form_is_chosen_on_validation_rows_alone() -> None:
    logs = curves(lambda m: np.exp(-0.7 * m) + 1e-3, slow)
    logs["fvu_test"] = np.log(0.5 * slow(M) / M)
    assert closed_form(logs, RANK).form == "exponential with floor"


def test_latent_dims_from_the_rank_on_are_left_out(table: FeatureTable) -> None:
    assert law_of(table, (*DIMS, RANK, 30)).latent_dims == list(DIMS)


def test_few_latent_dims_have_no_law(table: FeatureTable) -> None:
    few = law_of(table, (2, 4))
    assert (few.law, few.returns) == (None, None)
    assert few.latents_for[0].latents is not None


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValidationError, match="resamples"):
        LawOptions(resamples=0)
