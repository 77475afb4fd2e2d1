"""The reconstruction law: FVU (fraction of variance unexplained) in the latent dimension.

A closed form, chosen and fitted on validation rows, judged on test rows at latent dimensions that
it has not seen, beside what a reader would guess without it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import least_squares

from latent_laws.findings.latents_needed import (
    SMALLEST_FVU,
    ErrorCurve,
    LossLatents,
    Returns,
    VariableLatents,
    latents_for,
    returns,
    variables_by_lateness,
)
from latent_laws.formulas.formula import Formula
from latent_laws.strict import StrictModel
from latent_laws.tables.covariance import rank
from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]
Predict = Callable[[Array, Array, Array], Array]  # seen x, seen log FVU, unseen x -> log FVU

VARIABLE = "latent_dim"
FVUS = ("fvu_validation", "fvu_test", "pca_fvu_validation", "pca_fvu_test")
LOSSES = (0.1, 0.01, 0.001)
FEWEST_DIMS = 4
TOLERANCE = 0.1  # a form with more constants must predict better by more than this share
DIGITS = 6  # of the constants in the printed law


class LawOptions(StrictModel):
    """How often trainings and variables are resampled, and the seed of that."""

    resamples: int = Field(default=1000, ge=10)
    seed: int = Field(default=0, ge=0)


class ClosedForm(StrictModel):
    """The law, and its errors at latent dimensions left out of choice and fit.

    Attributes:
        expression: FVU in `latent_dim`, constants fitted to the validation curve.
        form: In words.
        complexity: Nodes.
        points: `latent_dim`, the columns `FVUS` (geometric means over seeds) and `fvu_law`.
        r2_log10, rmse_log10: Of log10 FVU, each latent dimension predicted from the others.
        baselines: `rmse_log10` of `power_law`, `exponential`, `scaled_pca_spectrum` (A · PCA ^ b).
        pca_rmse_log10: `rmse_log10` of the same search on PCA's curve. A form that predicts that
            curve as well is PCA's law.
    """

    expression: str
    form: str
    complexity: int
    points: list[dict[str, float]]
    r2_log10: float
    rmse_log10: float
    baselines: dict[str, float]
    pca_rmse_log10: float


class ReconstructionLaw(StrictModel):
    """The law of one variant, at latent dimensions below the rank.

    Attributes:
        latent_dims: Those dimensions.
        rank: Of the data; as many latents reconstruct everything, linearly.
        n_seeds: The fewest trainings of a latent dimension.
        latents_for: For losses of 10 %, 1 % and 0.1 %.
        variables: Those that come late first.
        returns, law: None with fewer than four latent dimensions.
    """

    latent_dims: list[int]
    rank: int
    n_seeds: int
    latents_for: list[LossLatents]
    variables: list[VariableLatents]
    returns: Returns | None
    law: ClosedForm | None


@dataclass(frozen=True)
class Form:
    """A closed form; its constants are logarithms of positive numbers, so that every fit decays.

    Attributes:
        name: In words.
        text: The FVU as a formula; `{0}` stands for exp(first constant).
        log_fvu: From latent dimensions and constants to log FVU.
        starts: Constants from which fits begin.
    """

    name: str
    text: str
    log_fvu: Callable[[Array, Array], Array]
    starts: tuple[tuple[float, ...], ...]

    def fit(self, m: Array, log_fvu: Array) -> Array:
        """Return the constants of least squared error of log FVU."""

        def error(constants: Array) -> Array:
            return np.nan_to_num(self.log_fvu(m, constants) - log_fvu, nan=1e3, neginf=-1e3)

        with np.errstate(all="ignore"):
            fits = [least_squares(error, start, x_scale="jac") for start in self.starts]
        return np.asarray(min(fits, key=lambda fit: float(fit.cost)).x)

    def predict(self, m: Array, log_fvu: Array, unseen: Array) -> Array:
        """Return log FVU at latent dimensions that the fit has not seen."""
        return self.log_fvu(unseen, self.fit(m, log_fvu))

    def formula(self, constants: Array) -> Formula:
        """Return the FVU as a formula in `latent_dim`."""
        values = [f"{value:.{DIGITS}g}" for value in np.exp(constants)]
        return Formula.parse(self.text.format(*values), [VARIABLE])


POWER = Form(
    "power law",
    f"{{0}}*{VARIABLE}**(-{{1}})",
    lambda m, c: c[0] - np.exp(c[1]) * np.log(m),
    ((0.0, 0.0),),
)
EXPONENTIAL = Form(
    "exponential",
    f"{{0}}*exp(-{{1}}*{VARIABLE})",
    lambda m, c: c[0] - np.exp(c[1]) * m,
    ((0.0, -2.0),),
)


def candidates(end: int) -> tuple[Form, ...]:
    """Return the forms that a law may have; `end` is the rank, above every latent dimension."""
    starts = ((-3.0, -12.0), (-1.0, -12.0), (-1.0, -5.0))
    return (
        Form(
            "exponential with floor",
            f"exp(-{{0}}*{VARIABLE}) + {{1}}",
            lambda m, c: np.logaddexp(-np.exp(c[0]) * m, c[1]),
            starts,
        ),
        Form(
            "exponential, then a straight tail to the rank",
            f"exp(-{{0}}*{VARIABLE}) + {{1}}*(1 - {VARIABLE}/{end})",
            lambda m, c: np.logaddexp(-np.exp(c[0]) * m, c[1] + np.log(1 - m / end)),
            starts,
        ),
        Form(
            "power law that ends at the rank",
            f"{{0}}*{VARIABLE}**(-{{1}})*(1 - {VARIABLE}/{end})**{{2}}",
            lambda m, c: c[0] - np.exp(c[1]) * np.log(m) + np.exp(c[2]) * np.log(1 - m / end),
            ((0.0, 0.0, 0.0), (0.0, -2.0, 1.0)),
        ),
    )


def reconstruction_law(
    errors: pd.DataFrame,
    metrics: pd.DataFrame,
    table: FeatureTable,
    options: LawOptions,
    groups: Mapping[str, str],
) -> ReconstructionLaw:
    """Find and test the reconstruction law of one variant.

    Args:
        errors: `reconstruction_errors`: latent_dim, seed, feature, mse, fvu (test rows).
        metrics: `training_metrics`: latent_dim and the columns `FVUS`.
        table: The features, for their rank; latent dimensions from it on are left out.
        options: Of the bootstrap.
        groups: Feature -> one-hot group.
    """
    end = rank(table.train)
    curve = ErrorCurve.from_frame(errors[errors[VARIABLE] < end], groups)
    fvu = metrics[metrics[VARIABLE] < end].set_index(VARIABLE)[list(FVUS)].astype(np.float64)
    logs = fvu.clip(lower=SMALLEST_FVU).apply(np.log).groupby(level=0).mean()
    sampled = curve.resampled(options.resamples, options.seed)
    enough = len(curve.dims) >= FEWEST_DIMS
    return ReconstructionLaw(
        latent_dims=[int(dim) for dim in curve.dims],
        rank=end,
        n_seeds=min(len(rows) for rows in curve.mse),
        latents_for=[latents_for(loss, curve, sampled) for loss in LOSSES],
        variables=variables_by_lateness(curve),
        returns=returns(curve, sampled) if enough else None,
        law=closed_form(logs, end) if enough else None,
    )


def closed_form(logs: pd.DataFrame, end: int) -> ClosedForm:
    """Choose a form on validation rows and measure what it is worth on test rows.

    Args:
        logs: Natural logarithms of the columns `FVUS`, a row a latent dimension (the index).
        end: The rank of the data.
    """
    m = logs.index.to_numpy(np.float64)
    chosen_on, y, pca_chosen_on, pca = (logs[name].to_numpy() for name in FVUS)
    # one latent dimension is left out of the choice, one more of each fit in it
    forms = [form for form in candidates(end) if len(form.starts[0]) <= len(m) - 2]
    best = _choose(forms, m, chosen_on)
    formula = best.formula(best.fit(m, chosen_on))
    errors = _search_errors(forms, m, chosen_on, y)
    points = logs.apply(np.exp).assign(fvu_law=formula.evaluate(m[:, None], [VARIABLE]))
    guesses = {
        "power_law": _left_out(POWER.predict, m, chosen_on, y),
        "exponential": _left_out(EXPONENTIAL.predict, m, chosen_on, y),
        "scaled_pca_spectrum": _left_out(_line, pca_chosen_on, chosen_on, y),
    }
    return ClosedForm(
        expression=formula.expression,
        form=best.name,
        complexity=formula.complexity,
        points=points.reset_index().to_dict("records"),
        r2_log10=1.0 - float((errors**2).sum() / ((y - y.mean()) ** 2).sum()),
        rmse_log10=_rmse_log10(errors),
        baselines={name: _rmse_log10(own) for name, own in guesses.items()},
        pca_rmse_log10=_rmse_log10(_search_errors(forms, m, pca_chosen_on, pca)),
    )


def _choose(forms: Sequence[Form], m: Array, log_fvu: Array) -> Form:
    """Return the form with the fewest constants of those that predict (nearly) best."""
    errors = np.array([_rmse_log10(_left_out(form.predict, m, log_fvu, log_fvu)) for form in forms])
    return forms[int(np.argmax(errors <= errors.min() * (1.0 + TOLERANCE)))]


def _search_errors(forms: Sequence[Form], m: Array, seen: Array, wanted: Array) -> Array:
    """Return the errors of log FVU at each latent dimension, kept from choice and fit alike."""

    def predict(x: Array, log_fvu: Array, unseen: Array) -> Array:
        return _choose(forms, x, log_fvu).predict(x, log_fvu, unseen)

    return _left_out(predict, m, seen, wanted)


def _left_out(predict: Predict, x: Array, seen: Array, wanted: Array) -> Array:
    """Return the errors of what is wanted at each point, predicted from what is seen at others."""
    others = [np.arange(len(x)) != i for i in range(len(x))]
    predicted = [predict(x[rest], seen[rest], x[~rest])[0] for rest in others]
    return np.asarray(predicted) - wanted


def _line(x: Array, y: Array, unseen: Array) -> Array:
    return np.asarray(np.polyval(np.polyfit(x, y, 1), unseen))


def _rmse_log10(errors: Array) -> float:
    return float(np.sqrt(np.mean(errors**2)) / np.log(10.0))
