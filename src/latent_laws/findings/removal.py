"""The test of redundancy: everything that is called redundant is removed at once.

The encoder is trained again without those inputs, and has to reconstruct all of them, the removed
ones as well: from what it sees of the rest. It is held against the same training without any
removal, and without as many random inputs and as many of least variance, with several seeds: what
trainings differ by decides nothing. An encoder that was not trained here keeps its weights;
the removed inputs are predicted from the rest instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.findings.distillation import named
from latent_laws.findings.recoverability import expanded, product_terms
from latent_laws.findings.redundancy import redundant_features
from latent_laws.findings.response import Response
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

NOTHING = "nothing"
_COLUMNS = ["removed", "draw", "n_removed", "fvu_before", "fvu_after", "retrained"]


class RemovalOptions(StrictModel):
    """How redundancy is tested.

    Attributes:
        draws: Random sets of inputs, and trainings of each comparison; one tells nothing of the
            spread.
        effort: Share of the training steps that every encoder of the comparison gets.
        ridge: Penalty of the regression that predicts removed inputs, relative to the rows.
        rows: Training rows of that regression, at most.
        max_products: Numeric inputs up to which it has products of them.
        seed: Of the random sets.
    """

    draws: int = Field(default=2, ge=2)
    effort: float = Field(default=0.3, gt=0, le=1)
    ridge: float = Field(default=1e-5, gt=0)
    rows: int = Field(default=5000, ge=10)
    max_products: int = Field(default=30, ge=0)
    seed: int = 0


class Subject(Protocol):
    """What can be asked for its loss without some inputs: on all inputs, on test rows."""

    def loss(self, removed: Sequence[str], table: FeatureTable, seed: int) -> float: ...


@dataclass(frozen=True)
class AsItIs:
    """An encoder that keeps its weights and sees predictions of what is removed.

    Without a decoder its loss is that of the latents.
    """

    model: Encoder
    options: RemovalOptions

    def loss(self, removed: Sequence[str], table: FeatureTable, seed: int = 0) -> float:
        """Predict some inputs from the rest; return the FVU on all, on test rows."""
        del seed
        response, X = Response.of(self.model, table.train), table.test
        if removed:
            X = X.copy()
            gone = np.isin(table.names, list(removed))
            train = table.train[: self.options.rows].astype(np.float64)
            terms = product_terms(train[:, ~gone], self.options.max_products)
            regression = make_pipeline(StandardScaler(), Ridge(self.options.ridge * len(train)))
            regression.fit(expanded(train[:, ~gone], terms), train[:, gone])
            seen = expanded(X[:, ~gone].astype(np.float64), terms)
            X[:, gone] = regression.predict(seen).reshape(len(X), -1)
        return fvu(response.wanted(table.test), response.to_rows(X))


def redundancy_check(
    models: Mapping[str, Encoder],
    verdicts: pd.DataFrame,
    table: FeatureTable,
    trained: Mapping[str, Subject],
    options: RemovalOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Remove all that is called redundant, and as much of other things.

    Args:
        models: Encoder -> what encodes, and perhaps decodes.
        verdicts: What `findings.redundancy.redundancy` returns.
        table: The features.
        trained: Encoder -> its training; one that is not named keeps its weights.
        options: Random sets, trainings, regression.
        tasks: Workers and cache.

    Returns:
        A row an encoder, set and training: `encoder, variant, latent_dim, removed` (redundant,
        random or least_variance), `draw, n_removed, fvu_before, fvu_after` (on all features of the
        test rows), `retrained`; no row of an encoder for which nothing is redundant.
    """
    jobs: dict[str, dict[str, object]] = {}
    labels: dict[tuple[object, ...], str] = {}
    frames = []
    for encoder, model in models.items():
        again = encoder in trained
        subject = trained.get(encoder) or AsItIs(model, options)
        rows: list[tuple[object, ...]] = []
        for kind, draw, features in removals(redundant_features(verdicts, encoder), table, options):
            # one network in two bases is trained once, and weights that are kept are asked once
            key = (subject, features, draw) if again else (encoder, features)
            label = labels.setdefault(key, f"{encoder} without {kind} features, draw {draw}")
            jobs[label] = {"subject": subject, "removed": features, "table": table, "seed": draw}
            rows.append((kind, draw, len(features), label, again))
        columns = ["removed", "draw", "n_removed", "label", "retrained"]
        frames.append(named(encoder, pd.DataFrame(rows, columns=columns)))
    losses = run_tasks(loss_without, jobs, tasks, "removing redundant features")
    found = pd.concat(frames, ignore_index=True)
    found["fvu_after"] = found["label"].map(losses)
    without_none = found["removed"] == NOTHING
    before = found[without_none].set_index(["encoder", "draw"])["fvu_after"].rename("fvu_before")
    found = found[~without_none].join(before, on=["encoder", "draw"])
    return found[["encoder", "variant", "latent_dim", *_COLUMNS]].reset_index(drop=True)


def loss_without(subject: Subject, removed: Sequence[str], table: FeatureTable, seed: int) -> float:
    """Return the loss without some inputs; one task."""
    return subject.loss(removed, table, seed)


def removals(
    redundant: Sequence[str], table: FeatureTable, options: RemovalOptions
) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield what is removed, the number of the draw, and the features; sets of the same size.

    That is nothing, what is redundant, as many random ones, and as many of least variance; and no
    set at all where nothing is redundant.
    """
    if not redundant:
        return
    n, rng = len(redundant), np.random.default_rng(options.seed)
    least = np.argsort(table.train.var(axis=0), kind="stable")[:n]
    for draw in range(options.draws):
        yield NOTHING, draw, ()
        yield "least_variance", draw, tuple(table.names[column] for column in least)
        yield "redundant", draw, tuple(redundant)
        yield "random", draw, tuple(map(str, rng.choice(table.names, size=n, replace=False)))
