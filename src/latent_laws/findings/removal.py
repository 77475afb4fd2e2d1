"""The test of redundancy: everything that is called redundant is removed at once.

The autoencoder is trained again without those inputs, and has to reconstruct all of them, the
removed ones as well: from what it sees of the rest. It is held against the same training without
any removal, and without as many random inputs and as many of least variance. An encoder that was
not trained here keeps its weights; the removed inputs are predicted from the rest instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, SkipMLP
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.training import FitOptions, NetworkOptions, fit
from latent_laws.findings.distillation import named
from latent_laws.findings.recoverability import expanded, product_terms
from latent_laws.findings.redundancy import redundant_features
from latent_laws.findings.response import Response, Rows
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

_COLUMNS = ["removed", "draw", "n_removed", "fvu_before", "fvu_after", "retrained"]


class RemovalOptions(BaseModel):
    """How redundancy is tested.

    Attributes:
        draws: Random sets of inputs.
        effort: Share of the training steps that every network of the comparison gets.
        ridge: Penalty of the regression that predicts removed inputs, relative to the rows.
        rows: Training rows of that regression, at most.
        max_products: Numeric inputs up to which it has products of them.
        seed: Of the random sets.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draws: int = Field(default=2, ge=1)
    effort: float = Field(default=0.3, gt=0, le=1)
    ridge: float = Field(default=1e-5, gt=0)
    rows: int = Field(default=5000, ge=10)
    max_products: int = Field(default=30, ge=0)
    seed: int = 0


@dataclass(frozen=True)
class Removal:
    """A set of features that is removed: which kind, and the number of the draw."""

    kind: str
    draw: int = 0
    features: tuple[str, ...] = ()


NOTHING = Removal("nothing")


@dataclass(frozen=True)
class Retraining:
    """How encoders of this project are trained again.

    Attributes:
        networks: Encoder -> its network; an encoder that is not named keeps its weights.
        fit: The training of each.
        seed: Of weights and minibatches.
    """

    networks: Mapping[str, NetworkOptions]
    fit: FitOptions
    seed: int


def redundancy_check(
    models: Mapping[str, Encoder],
    verdicts: pd.DataFrame,
    table: FeatureTable,
    retraining: Retraining,
    options: RemovalOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Remove all that is called redundant, and as much of other things.

    Args:
        models: Encoder -> what encodes, and perhaps decodes.
        verdicts: What `findings.redundancy.redundancy` returns.
        table: The features.
        retraining: How, and which encoders are trained again.
        options: Random sets, effort, regression.
        tasks: Workers and cache.

    Returns:
        A row an encoder and set: `encoder, variant, latent_dim, removed` (redundant, random or
        least_variance), `draw, n_removed, fvu_before, fvu_after` (on all features of the test
        rows), `retrained`; no row of an encoder for which nothing is redundant.
    """
    sets = {
        encoder: removals(redundant_features(verdicts, encoder), table, options)
        for encoder in models
    }
    asked = [(encoder, one) for encoder, own in sets.items() if own for one in (NOTHING, *own)]
    anew = [(encoder, one) for encoder, one in asked if encoder in retraining.networks]
    kept = {
        f"{encoder} without {one.kind} features, draw {one.draw}": (encoder, one)
        for encoder, one in asked
        if encoder not in retraining.networks
    }
    jobs = {
        label: {
            **{"removed": one.features, "model": models[encoder], "table": table},
            "options": options,
        }
        for label, (encoder, one) in kept.items()
    }
    imputed = run_tasks(imputed_loss, jobs, tasks, "predicting redundant features")
    losses = _retrained(anew, models, table, retraining, options, tasks)
    losses |= {kept[label]: loss for label, loss in imputed.items()}
    frames = []
    for encoder, own in sets.items():
        before = losses.get((encoder, NOTHING))
        rows = [
            (
                *(one.kind, one.draw, len(one.features), before, losses[encoder, one]),
                encoder in retraining.networks,
            )
            for one in own
        ]
        frames.append(named(encoder, pd.DataFrame(rows, columns=_COLUMNS)))
    return pd.concat(frames, ignore_index=True)


def _retrained(
    asked: Sequence[tuple[str, Removal]],
    models: Mapping[str, Encoder],
    table: FeatureTable,
    retraining: Retraining,
    options: RemovalOptions,
    tasks: TaskOptions,
) -> dict[tuple[str, Removal], float]:
    """Train anew; encoders that are one network in two bases share their trainings."""
    shorter = {"steps": max(1, round(options.effort * retraining.fit.steps))}
    jobs: dict[str, dict[str, object]] = {}
    label_of = {}
    for encoder, one in asked:
        job: dict[str, object] = {
            "removed": one.features,
            "table": table,
            "latent_dim": models[encoder].latent_dim,
            "network": retraining.networks[encoder],
            "options": retraining.fit.model_copy(update=shorter),
            "seed": retraining.seed,
        }
        same = (label for label, other in jobs.items() if _same(job, other))
        label = next(same, f"{encoder} without {one.kind} features, draw {one.draw}")
        jobs[label], label_of[encoder, one] = job, label
    losses = run_tasks(retrained_loss, jobs, tasks, "removing redundant features")
    return {key: losses[label] for key, label in label_of.items()}


def _same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(one[name] == other[name] for name in ("removed", "latent_dim", "network"))


class Blinded(Autoencoder):
    """An autoencoder that never sees some inputs and has to reconstruct all of them.

    Args:
        config: Sizes and kind of the network.
        removed: Which inputs it does not see, features.
        baseline: What it sees in their place, features.
    """

    removed: Tensor
    baseline: Tensor

    def __init__(self, config: AutoencoderConfig, removed: Tensor, baseline: Tensor) -> None:
        super().__init__(config)
        self.register_buffer("removed", removed)
        self.register_buffer("baseline", baseline)

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs, rows x features, to latents, rows x latent_dim."""
        return super().encode(torch.where(self.removed, self.baseline, x))


def removals(
    redundant: Sequence[str], table: FeatureTable, options: RemovalOptions
) -> list[Removal]:
    """Return the sets of features that are removed: `redundant`, `random`, `least_variance`.

    All of the same size; none where nothing is redundant.
    """
    if not redundant:
        return []
    n, rng = len(redundant), np.random.default_rng(options.seed)
    least = np.argsort(table.train.var(axis=0), kind="stable")[:n]
    drawn = [rng.choice(table.names, size=n, replace=False) for _ in range(options.draws)]
    return [
        Removal("redundant", 0, tuple(redundant)),
        *(Removal("random", draw, tuple(map(str, names))) for draw, names in enumerate(drawn)),
        Removal("least_variance", 0, tuple(table.names[column] for column in least)),
    ]


def retrained_loss(
    removed: Sequence[str],
    table: FeatureTable,
    latent_dim: int,
    network: NetworkOptions,
    options: FitOptions,
    seed: int,
) -> float:
    """Train an autoencoder that does not see some inputs; its FVU on all of them, on test rows.

    Where the network has a linear path it starts at the principal components of what it sees.
    """
    gone = np.isin(table.names, list(removed))
    baseline = table.train.mean(axis=0)
    config = network.config(len(table.names), latent_dim)
    torch.manual_seed(seed)
    model = Blinded(config, torch.from_numpy(gone), torch.from_numpy(baseline))
    if network.linear_path:
        _start_at_components(model, np.where(gone, baseline, table.train), table.train)
    fit(model, table.train, table.validation, options, seed)
    with torch.no_grad():
        reconstruction = model(torch.tensor(table.test)).numpy()
    return fvu(table.test, reconstruction)


def _start_at_components(model: Blinded, seen: Rows, wanted: Rows) -> None:
    """Start the encoder at the components of what it sees, the decoder at their regression."""
    found = LinearBaseline.fit(seen)
    V = found.components[: model.config.latent_dim]
    scores = (seen - found.mean) @ V.T
    mean = wanted.mean(axis=0, dtype=np.float64)
    back = np.linalg.lstsq(scores, wanted - mean, rcond=None)[0]
    for part, weight, bias in ((model.encoder, V, -V @ found.mean), (model.decoder, back.T, mean)):
        if isinstance(part, SkipMLP):
            part.start_linear(torch.from_numpy(weight).float(), torch.from_numpy(bias).float())


def imputed_loss(
    removed: Sequence[str], model: Encoder, table: FeatureTable, options: RemovalOptions
) -> float:
    """Predict some inputs from the rest; the FVU of the encoder on all inputs, on test rows.

    Without a decoder it is that of the latents.
    """
    response = Response.of(model, table.train)
    X = table.test
    if removed:
        X = X.copy()
        gone = np.isin(table.names, list(removed))
        train = table.train[: options.rows].astype(np.float64)
        terms = product_terms(train[:, ~gone], options.max_products)
        regression = make_pipeline(StandardScaler(), Ridge(options.ridge * len(train)))
        regression.fit(expanded(train[:, ~gone], terms), train[:, gone])
        seen = expanded(X[:, ~gone].astype(np.float64), terms)
        X[:, gone] = regression.predict(seen).reshape(len(X), -1)
    return fvu(response.wanted(table.test), response.to_rows(X))
