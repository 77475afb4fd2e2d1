"""Whether formulas keep what matters: accuracy on a label that nobody trained them for."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from latent_laws.errors import LatentLawsError
from latent_laws.tables.table import SPLITS

Values = NDArray[np.float64]


class ProbeOptions(BaseModel):
    """How a representation is probed.

    Attributes:
        strengths: Inverse regularisation strengths of the logistic regression, from which the
            validation rows choose.
        random_draws: Draws of random dimensions.
        confidence: Coverage of the intervals.
        seed: Of the random dimensions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strengths: tuple[float, ...] = Field(default=(0.001, 0.01, 0.1, 1.0), min_length=1)
    random_draws: int = Field(default=10, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)


class ProbeRecord(TypedDict):
    """Test accuracy of one representation.

    `ci_low` and `ci_high` are Wilson's interval; for random dimensions all three are means over
    the draws, and `accuracy_low`, `accuracy_high` the lowest and highest draw.
    """

    representation: str
    encoder: str | None
    n_columns: int
    accuracy: float
    ci_low: float
    ci_high: float
    accuracy_low: float
    accuracy_high: float


class TaskProbe(TypedDict, total=False):
    """What the probe found; without a label to predict, only `applicable` and `reason`."""

    applicable: bool
    reason: str
    n_test: int
    majority_accuracy: float
    records: list[ProbeRecord]


def task_probe(
    X: Values,
    encoder_latents: Mapping[str, Values],
    formula_latents: Mapping[str, Values],
    labels: NDArray[np.int_] | NDArray[np.str_],
    splits: NDArray[np.str_],
    options: ProbeOptions,
) -> TaskProbe:
    """Predict the label by logistic regression from several representations of the same rows.

    Args:
        X: The features, rows x features.
        encoder_latents: Encoder -> the encoder's latents, rows x latents.
        formula_latents: Encoder -> the formulas' values, rows x latents; undefined ones are nan.
        labels: A class a row; none at all if the records have no label.
        splits: `train` (fitted on), `validation` (chooses the regularisation) or `test`
            (reported) a row.
        options: Strengths, draws, confidence.

    Returns:
        Records of `features`, `encoder` and `formulas` an encoder, and `random_features`: as many
        randomly chosen features as an encoder has latents.

    Raises:
        LatentLawsError: If there are labels, but not one a row.
    """
    if len(labels) == 0:
        return {"applicable": False, "reason": "the records have no label"}
    if len(labels) != len(X):
        raise LatentLawsError(
            f"there are {len(labels)} labels and {len(X)} rows: they have to be of the same reviews"
        )
    classes = np.unique(labels[splits == "train"])
    if len(classes) == 1:
        return {
            "applicable": False,
            "reason": f"the training rows have one label only: {classes[0]}",
        }
    probe = _Probe(labels, splits, options)
    records = [probe.record("features", None, [X])]
    for representation, latents in (("encoder", encoder_latents), ("formulas", formula_latents)):
        records += [probe.record(representation, name, [Z]) for name, Z in latents.items()]
    rng = np.random.default_rng(options.seed)
    for n_columns in sorted({Z.shape[1] for Z in encoder_latents.values()}):
        columns = [
            rng.choice(X.shape[1], size=min(n_columns, X.shape[1]), replace=False)
            for _ in range(options.random_draws)
        ]
        records.append(probe.record("random_features", None, (X[:, some] for some in columns)))
    return {
        "applicable": True,
        "n_test": probe.n_test,
        "majority_accuracy": probe.majority_accuracy(),
        "records": records,
    }


class _Probe:
    """Logistic regressions on one label."""

    def __init__(
        self,
        labels: NDArray[np.int_] | NDArray[np.str_],
        splits: NDArray[np.str_],
        options: ProbeOptions,
    ) -> None:
        self._rows = {split: np.flatnonzero(splits == split) for split in SPLITS}
        self._labels = {split: labels[rows] for split, rows in self._rows.items()}
        self._options = options
        self.n_test = len(self._rows["test"])

    def majority_accuracy(self) -> float:
        """Accuracy of always answering the most frequent label of the training rows."""
        classes, counts = np.unique(self._labels["train"], return_counts=True)
        return float(np.mean(self._labels["test"] == classes[counts.argmax()]))

    def record(
        self, representation: str, encoder: str | None, draws: Iterable[Values]
    ) -> ProbeRecord:
        """Probe a representation, or several draws of it; each rows x columns."""
        accuracies, intervals, n_columns = [], [], 0
        for Z in draws:
            n_correct, n_columns = self._n_correct(Z), Z.shape[1]
            test = binomtest(n_correct, self.n_test)
            interval = test.proportion_ci(self._options.confidence, method="wilson")
            accuracies.append(n_correct / self.n_test)
            intervals.append((interval.low, interval.high))
        low, high = np.mean(intervals, axis=0)
        return {
            "representation": representation,
            "encoder": encoder,
            "n_columns": n_columns,
            "accuracy": float(np.mean(accuracies)),
            "ci_low": float(low),
            "ci_high": float(high),
            "accuracy_low": min(accuracies),
            "accuracy_high": max(accuracies),
        }

    def _n_correct(self, Z: Values) -> int:
        """Count the test rows whose label is predicted from Z, rows x columns."""
        parts = self._parts(Z)
        models = [self._fitted(parts["train"], strength) for strength in self._options.strengths]
        best = max(
            models, key=lambda model: model.score(parts["validation"], self._labels["validation"])
        )
        return int(np.sum(best.predict(parts["test"]) == self._labels["test"]))

    def _parts(self, Z: Values) -> dict[str, Values]:
        """Cut Z into splits; an undefined value counts as the mean of the training rows."""
        train = Z[self._rows["train"]]
        defined = np.isfinite(train)
        total = np.where(defined, train, 0).sum(axis=0)
        mean = total / np.maximum(defined.sum(axis=0), 1)
        filled = np.where(np.isfinite(Z), Z, mean)
        return {split: filled[rows] for split, rows in self._rows.items()}

    def _fitted(self, Z: Values, strength: float) -> Pipeline:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
        return model.fit(Z, self._labels["train"])
