"""The hardest test of formulas: run the autoencoder on them in place of its encoder."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import nn

from latent_laws.checks.target import NAME_COLUMNS
from latent_laws.encoders.naming import NamedEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.strict import StrictModel
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

SCORES = (
    *("undefined_rows", "fvu_encoder", "fvu_formulas", "fvu_encoder_validation"),
    *("fvu_formulas_validation", "fvu_finetuned"),
)

Array = NDArray[np.float64]

# Variance lost in another's place, as a multiple of what it loses itself: the one scale of losses.
# Half as much again is the spread between trainings of a good and a poor seed; above it the
# stand-in is another model.
STANDS_IN = 1.5


class SubstitutionOptions(StrictModel):
    """How the decoder is fine-tuned on the formulas.

    Attributes:
        epochs: Passes over the training rows; the best epoch on the validation rows is kept.
        learning_rate: Of Adam, falling to zero on a cosine.
        batch_size: Rows a step.
        seed: Of the order of the rows.
    """

    epochs: int = Field(default=15, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    batch_size: int = Field(default=512, ge=1)
    seed: int = Field(default=0, ge=0)


def substitute_all(
    encoders: Sequence[NamedEncoder],
    formulas: Mapping[str, SymbolicEncoder],
    table: FeatureTable,
    options: SubstitutionOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Substitute the formulas of every encoder that has a decoder.

    Returns:
        The catalog's `substitution`: a row an encoder, `encoder, variant, latent_dim, seed` and
        what `substitute` finds; no row where there is no decoder.
    """
    named = {one.name: one for one in encoders if one.encoder.can_decode}
    jobs = {
        name: {
            "encoder": one.encoder,
            "formulas": formulas[name],
            "table": table,
            "options": options,
        }
        for name, one in named.items()
    }
    found = run_tasks(substitute, jobs, tasks, "substituting formulas")
    rows = [
        (name, named[name].variant, named[name].latent_dim, named[name].seed, *row.values())
        for name, row in found.items()
    ]
    return pd.DataFrame(rows, columns=[*NAME_COLUMNS, "seed", *SCORES])


def substitute(
    encoder: Encoder, formulas: SymbolicEncoder, table: FeatureTable, options: SubstitutionOptions
) -> dict[str, object]:
    """Measure the reconstruction with the formulas in the encoder's place.

    Args:
        encoder: Has a decoder.
        formulas: One a latent.
        table: The features.
        options: Of the decoder's tuning.

    Returns:
        FVU on the test rows of decoder(encoder(x)) as `fvu_encoder`, of decoder(formulas(x)) as
        `fvu_formulas`, and as `fvu_finetuned` after only the decoder was trained on the formulas'
        outputs (NaN where it cannot be trained); the first two also on validation rows, with
        `_validation`; `undefined_rows`, test rows where a formula has no value (its mean on the
        training rows stands in).
    """
    Z = {split: formulas.on_scaled(getattr(table, split)) for split in SPLITS}
    undefined = int(np.isnan(Z["test"]).any(axis=1).sum())
    mean = np.nan_to_num(np.nanmean(Z["train"], axis=0))
    inputs = {split: np.where(np.isnan(z), mean, z) for split, z in Z.items()}
    found: dict[str, object] = {"undefined_rows": undefined}
    for split, ending in (("test", ""), ("validation", "_validation")):
        X = getattr(table, split)
        found[f"fvu_encoder{ending}"] = fvu(X, encoder.reconstruct(X))
        found[f"fvu_formulas{ending}"] = fvu(X, encoder.decode(inputs[split]))
    return {**found, "fvu_finetuned": _tuned_fvu(encoder, inputs, table, options)}


def _tuned_fvu(
    encoder: Encoder,
    inputs: Mapping[str, Array],
    table: FeatureTable,
    options: SubstitutionOptions,
) -> float:
    """Return the FVU after the decoder was trained on formulas; NaN where it cannot be."""
    decoder = encoder.trainable_decoder()
    if decoder is None:
        return float("nan")
    tensors = {split: _tensor(Z) for split, Z in inputs.items()}
    tuned = fine_tune(decoder, tensors, table, options)
    return fvu(table.test, _decoded(tuned, tensors["test"]))


def fine_tune(
    decoder: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    table: FeatureTable,
    options: SubstitutionOptions,
) -> nn.Module:
    """Train a copy of a decoder on given latents, and return the best on the validation rows.

    The untrained one stays unless it is worse by more than the standard error of the difference: on
    few rows, some epoch always looks better.

    Args:
        decoder: Latents to features.
        inputs: `train` and `validation` latents, each rows x latents.
        table: The features to reconstruct.
        options: Of the training.
    """
    tuned = copy.deepcopy(decoder)
    target, held_out = torch.tensor(table.train), torch.tensor(table.validation)
    batch = min(options.batch_size, len(target))
    steps = options.epochs * (len(target) // batch)
    optimiser = torch.optim.Adam(tuned.parameters(), options.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator().manual_seed(options.seed)
    before = _errors(decoder, inputs["validation"], held_out)
    best, best_weights = before, decoder.state_dict()
    for _ in range(options.epochs):
        order = torch.randperm(len(target), generator=generator)
        for i in range(len(target) // batch):
            rows = order[i * batch : (i + 1) * batch]
            loss = nn.functional.mse_loss(tuned(inputs["train"][rows]), target[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        errors = _errors(tuned, inputs["validation"], held_out)
        if errors.mean() < best.mean():
            best, best_weights = errors, copy.deepcopy(tuned.state_dict())
    gain = before - best
    if gain.mean() <= gain.std(correction=0) / len(gain) ** 0.5:
        return decoder
    tuned.load_state_dict(best_weights)
    return tuned


def _tensor(Z: Array) -> torch.Tensor:
    return torch.from_numpy(Z.astype(np.float32))


@torch.no_grad()
def _decoded(decoder: nn.Module, z: torch.Tensor) -> NDArray[np.float32]:
    x: NDArray[np.float32] = decoder(z).numpy()
    return x


@torch.no_grad()
def _errors(decoder: nn.Module, z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the squared error of each row."""
    errors: torch.Tensor = ((decoder(z) - x) ** 2).mean(dim=1)
    return errors
