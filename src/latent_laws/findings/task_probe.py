"""Whether formulas keep what matters: accuracy on a label that nobody trained them for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel

Values = NDArray[np.float64]
Labels = NDArray[np.int_] | NDArray[np.str_]


class ProbeOptions(StrictModel):
    """How a representation is probed.

    Attributes:
        strengths: Inverse regularisation strengths of the logistic regression, from which the
            validation rows choose.
        confidence: Coverage of the intervals.
    """

    strengths: tuple[float, ...] = Field(default=(0.001, 0.01, 0.1, 1.0), min_length=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)


def task_probe(
    X: Values,
    encoder_latents: Mapping[str, Values],
    formula_latents: Mapping[str, Values],
    labels: Labels,
    splits: NDArray[np.str_],
    options: ProbeOptions,
) -> dict[str, Any]:
    """Predict the label by logistic regression from several representations of the same rows.

    Args:
        X: The features, rows x features.
        encoder_latents: Encoder -> the encoder's latents, rows x latents.
        formula_latents: Encoder -> the formulas' values, rows x latents; undefined ones are nan.
        labels: A class a row; none at all if the records have no label.
        splits: `train` (fitted on), `validation` (chooses the regularisation) or `test`
            (reported) a row.
        options: Strengths, confidence.

    Returns:
        `applicable`, and `reason` where there is no label to predict; else `n_test`,
        `majority_accuracy` and `records` of the features, and of latents and formulas of every
        encoder: `representation, encoder, n_columns, accuracy` with Wilson's interval `ci_low,
        ci_high`.

    Raises:
        LatentLawsError: If there are labels, but not one a row.
    """
    if len(labels) == 0:
        return {"applicable": False, "reason": "the records have no label"}
    if len(labels) != len(X):
        raise LatentLawsError(
            f"there are {len(labels)} labels and {len(X)} rows: they have to be of the same reviews"
        )
    classes, counts = np.unique(labels[splits == "train"], return_counts=True)
    if len(classes) == 1:
        reason = f"the training rows have one label only: {classes[0]}"
        return {"applicable": False, "reason": reason}
    probed = [
        ("features", None, X),
        *(("encoder", name, Z) for name, Z in encoder_latents.items()),
        *(("formulas", name, Z) for name, Z in formula_latents.items()),
    ]
    n_test = int((splits == "test").sum())
    records = []
    for representation, encoder, Z in probed:
        n_correct = _n_correct(Z, labels, splits, options.strengths)
        interval = binomtest(n_correct, n_test).proportion_ci(options.confidence, method="wilson")
        ends = {"ci_low": float(interval.low), "ci_high": float(interval.high)}
        name = {"representation": representation, "encoder": encoder, "n_columns": Z.shape[1]}
        records.append({**name, "accuracy": n_correct / n_test, **ends})
    return {
        "applicable": True,
        "n_test": n_test,
        "majority_accuracy": float(np.mean(labels[splits == "test"] == classes[counts.argmax()])),
        "records": records,
    }


def _n_correct(
    Z: Values, labels: Labels, splits: NDArray[np.str_], strengths: tuple[float, ...]
) -> int:
    """Count the test rows whose label is predicted from Z, rows x columns.

    An undefined value counts as the mean of the training rows.
    """
    train, validation, test = (splits == split for split in ("train", "validation", "test"))
    defined = np.isfinite(Z)
    total = np.where(defined, Z, 0)[train].sum(axis=0)
    filled = np.where(defined, Z, total / np.maximum(defined[train].sum(axis=0), 1))
    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000)).fit(
            filled[train], labels[train]
        )
        for strength in strengths
    ]
    best = max(models, key=lambda model: model.score(filled[validation], labels[validation]))
    return int(np.sum(best.predict(filled[test]) == labels[test]))
