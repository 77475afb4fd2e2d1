"""The hardest test of formulas: run the autoencoder on them in place of its encoder."""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from latent_laws.encoders.model import TrainedAutoencoder, reconstructions
from latent_laws.encoders.reconstruction import fvu
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]


class SubstitutionOptions(BaseModel):
    """How the decoder is fine-tuned on the formulas.

    Attributes:
        epochs: Passes over the training rows; the best epoch on the validation rows is kept.
        learning_rate: Of Adam, falling to zero on a cosine.
        batch_size: Rows a step.
        seed: Of the order of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=15, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    batch_size: int = Field(default=512, ge=1)
    seed: int = Field(default=0, ge=0)


def substitute(
    trained: TrainedAutoencoder,
    formulas: SymbolicEncoder,
    table: FeatureTable,
    options: SubstitutionOptions,
) -> dict[str, object]:
    """Measure the reconstruction with the formulas in the encoder's place.

    Returns:
        `variant`, `latent_dim`, `seed`; FVU on the test rows of decoder(encoder(x)) as
        `fvu_encoder`, of decoder(formulas(x)) as `fvu_formulas`, and as `fvu_finetuned` after
        only the decoder was trained on the formulas' outputs; `undefined_rows`, test rows where
        a formula has no value (its mean on the training rows stands in).
    """
    model = trained.model
    Z = {split: formulas(getattr(table, split)) for split in ("train", "validation", "test")}
    undefined = int(np.isnan(Z["test"]).any(axis=1).sum())
    mean = np.nan_to_num(np.nanmean(Z["train"], axis=0))
    inputs = {split: _tensor(np.where(np.isnan(z), mean, z)) for split, z in Z.items()}
    tuned = fine_tune(model.decoder, inputs, table, options)
    return {
        "variant": trained.variant,
        "latent_dim": trained.latent_dim,
        "seed": trained.seed,
        "fvu_encoder": fvu(table.test, reconstructions(model, table.test)),
        "fvu_formulas": fvu(table.test, _decoded(model.decoder, inputs["test"])),
        "fvu_finetuned": fvu(table.test, _decoded(tuned, inputs["test"])),
        "undefined_rows": undefined,
    }


def fine_tune(
    decoder: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    table: FeatureTable,
    options: SubstitutionOptions,
) -> nn.Module:
    """Train a copy of a decoder on given latents; the untrained one counts as epoch 0.

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
    best, best_weights = _mse(tuned, inputs["validation"], held_out), copy.deepcopy(tuned)
    for _ in range(options.epochs):
        order = torch.randperm(len(target), generator=generator)
        for i in range(len(target) // batch):
            rows = order[i * batch : (i + 1) * batch]
            loss = nn.functional.mse_loss(tuned(inputs["train"][rows]), target[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        error = _mse(tuned, inputs["validation"], held_out)
        if error < best:
            best, best_weights = error, copy.deepcopy(tuned)
    return best_weights


def _tensor(Z: Array) -> torch.Tensor:
    return torch.from_numpy(Z.astype(np.float32))


@torch.no_grad()
def _decoded(decoder: nn.Module, z: torch.Tensor) -> NDArray[np.float32]:
    x: NDArray[np.float32] = decoder(z).numpy()
    return x


@torch.no_grad()
def _mse(decoder: nn.Module, z: torch.Tensor, x: torch.Tensor) -> float:
    return float(nn.functional.mse_loss(decoder(z), x))
