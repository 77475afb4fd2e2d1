"""The global law: chosen and judged by leaving latent dimensions out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent_laws.findings.law_forms import Form, exponential_law, power_law

Array = NDArray[np.float64]
LOG_10 = float(np.log(10.0))
TOLERANCE = 0.1  # a more complex form must predict better by more than this share,
SMALLEST_DIFFERENCE = 1e-3  # and by more than this in log10 FVU


@dataclass(frozen=True)
class Validation:
    """Errors of a prediction for latent dimensions that it has not seen.

    Attributes:
        errors: Predicted minus measured log10 FVU, one a latent dimension.
    """

    errors: Array

    @property
    def rmse(self) -> float:
        """Return the root mean square, infinite if a prediction is undefined."""
        return _rmse(self.errors)

    def summary(self) -> dict[str, object]:
        """Return the errors as JSON: on log10 FVU, and relative to the FVU (0.1 is 10 %)."""
        relative = np.abs(10.0**self.errors - 1.0)
        return {
            "rmse_log10": self.rmse,
            "median_relative_error": float(np.median(relative)),
            "max_relative_error": float(np.max(relative)),
            "errors_log10": self.errors.tolist(),
        }


@dataclass(frozen=True)
class FormFit:
    """A form fitted on all latent dimensions, on all but one, and on all but two.

    Attributes:
        form: The form.
        parameters: Of the fit on all latent dimensions.
        held_out: Errors at each latent dimension when it alone is left out.
        inner: Row i has the errors at every other latent dimension j when i and j are left out;
            NaN on the diagonal.
    """

    form: Form
    parameters: Array
    held_out: Array
    inner: Array


@dataclass(frozen=True)
class GlobalLaw:
    """The chosen form and how well its kind of choice predicts.

    Attributes:
        fit: The simplest of the forms with the least held-out error, fitted on everything.
        nested: Errors of the whole procedure: at each latent dimension the form is chosen, and
            fitted, without it.
        choices: The form's name chosen without each latent dimension.
    """

    fit: FormFit
    nested: Validation
    choices: tuple[str, ...]


def fit_form(form: Form, m: Array, log_fvu: Array) -> FormFit:
    """Fit a form with every latent dimension, and every two, left out.

    Args:
        form: The form.
        m: Latent dimensions.
        log_fvu: Natural logarithm of the FVU.

    Returns:
        The fits' errors on log10 FVU.
    """
    n = len(m)
    one_out = 1.0 - np.eye(n)
    # Starts from scratch: nothing of what is left out reaches the fit.
    without_one = form.fit(m, log_fvu, one_out)
    held_out = np.diagonal(_errors(form, without_one, m, log_fvu)).copy()
    inner = np.full((n, n), np.nan)
    i, j = np.nonzero(one_out)
    without_two = form.fit(m, log_fvu, one_out[i] * one_out[j], start=without_one[i])
    inner[i, j] = _errors(form, without_two, m, log_fvu)[np.arange(len(j)), j]
    return FormFit(form, form.fit(m, log_fvu, np.ones((1, n)))[0], held_out, inner)


def choose_law(forms: Sequence[Form], m: Array, log_fvu: Array) -> GlobalLaw:
    """Choose the form that predicts left-out latent dimensions best.

    Args:
        forms: The candidates, simpler first; of nearly equally good ones the first wins.
        m: Latent dimensions, n.
        log_fvu: Natural logarithm of the FVU, n.

    Returns:
        The law with its nested leave-one-latent-dim-out errors.
    """
    fits = [fit_form(form, m, log_fvu) for form in forms]
    held_out = np.array([fit.held_out for fit in fits])
    inner = np.array(
        [[_rmse(np.delete(row, i)) for i, row in enumerate(fit.inner)] for fit in fits]
    )
    picked = [_simplest_of_the_best(errors) for errors in inner.T]
    best = _simplest_of_the_best(np.array([_rmse(errors) for errors in held_out]))
    return GlobalLaw(
        fit=fits[best],
        nested=Validation(held_out[picked, np.arange(len(m))]),
        choices=tuple(fits[i].form.name for i in picked),
    )


def _simplest_of_the_best(errors: Array) -> int:
    """Return the first form, so the simplest, whose error is nearly the least."""
    return int(np.argmax(errors <= errors.min() * (1.0 + TOLERANCE) + SMALLEST_DIFFERENCE))


def baselines(m: Array, log_fvu: Array, pca_log_fvu: Array) -> dict[str, Validation]:
    """Return the leave-one-latent-dim-out errors of the usual candidates.

    Args:
        m: Latent dimensions.
        log_fvu: Natural logarithm of the FVU.
        pca_log_fvu: The same of PCA with as many components.

    Returns:
        `constant` (mean of the others), `power_law`, `exponential`, `pca_spectrum` (PCA's own FVU)
        and `scaled_pca_spectrum` (A · PCA's FVU ^ b).
    """
    power, exponential = power_law(), exponential_law()
    return {
        "constant": _leave_one_out(lambda _, y, __: y.mean(), m, log_fvu),
        "power_law": _leave_one_out(_predictor(power), m, log_fvu),
        "exponential": _leave_one_out(_predictor(exponential), m, log_fvu),
        "pca_spectrum": Validation((pca_log_fvu - log_fvu) / LOG_10),
        "scaled_pca_spectrum": _leave_one_out(_straight_line, pca_log_fvu, log_fvu),
    }


def _predictor(form: Form) -> Callable[[Array, Array, float], float]:
    def predict(m: Array, log_fvu: Array, at: float) -> float:
        parameters = form.fit(m, log_fvu, np.ones((1, len(m))))
        return float(form.log_fvu(np.array([at]), parameters)[0, 0])

    return predict


def _straight_line(x: Array, y: Array, at: float) -> float:
    slope = ((x - x.mean()) @ y) / max(((x - x.mean()) ** 2).sum(), np.finfo(float).tiny)
    return float(y.mean() + slope * (at - x.mean()))


def _leave_one_out(
    predict: Callable[[Array, Array, float], float], x: Array, log_fvu: Array
) -> Validation:
    errors = [
        predict(np.delete(x, i), np.delete(log_fvu, i), float(x[i])) - log_fvu[i]
        for i in range(len(x))
    ]
    return Validation(np.array(errors) / LOG_10)


def _errors(form: Form, parameters: Array, m: Array, log_fvu: Array) -> Array:
    """Return predicted minus measured log10 FVU, fits x latent dimensions."""
    with np.errstate(all="ignore"):
        return (form.log_fvu(m, parameters) - log_fvu) / LOG_10


def _rmse(errors: Array) -> float:
    """Return the root mean square, infinite if a prediction is undefined."""
    return float(np.sqrt(np.mean(errors**2))) if np.isfinite(errors).all() else np.inf
