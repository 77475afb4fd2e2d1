"""Encoders of this project, trained again without some inputs: they still reconstruct all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, SkipMLP, TrainedAutoencoder
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.symbolic import SymbolicOptions, train_symbolic
from latent_laws.encoders.training import FitOptions, NetworkOptions, fit
from latent_laws.findings.response import Rows
from latent_laws.tables.table import FeatureTable


class Blinded(Autoencoder):
    """An autoencoder that sees the mean in place of some inputs.

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


@dataclass(frozen=True)
class NetworkAgain:
    """The training of a dense network; one in another basis is the same network.

    Attributes:
        network: The network.
        latent_dim: Its latents.
        fit: Its training.
    """

    network: NetworkOptions
    latent_dim: int
    fit: FitOptions

    def loss(self, removed: Sequence[str], table: FeatureTable, seed: int) -> float:
        """Train without some inputs; return the FVU of all inputs, on test rows."""
        gone, baseline = np.isin(table.names, list(removed)), table.train.mean(axis=0)
        config = self.network.config(len(table.names), self.latent_dim)
        torch.manual_seed(seed)
        model = Blinded(config, torch.from_numpy(gone), torch.from_numpy(baseline))
        if self.network.linear_path:
            _start_at_components(model, np.where(gone, baseline, table.train), table.train)
        fit(model, table.train, table.validation, self.fit, seed)
        with torch.no_grad():
            return fvu(table.test, model(torch.tensor(table.test)).numpy())


@dataclass(frozen=True)
class SymbolicAgain:
    """The training of an encoder that is formulas.

    Attributes:
        start: A trained network, at whose linear forms the formulas start.
        options: Sizes and training.
    """

    start: TrainedAutoencoder
    options: SymbolicOptions

    def loss(self, removed: Sequence[str], table: FeatureTable, seed: int) -> float:
        """Train without some inputs; return the FVU of all inputs, on test rows."""
        start, kind = replace(self.start, seed=seed), self.options.kinds[-1]
        (trained,) = train_symbolic(start, table, kind, self.options, unseen=removed)
        return float(str(trained.metrics["fvu_test"]))


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


def shorter(fit_options: FitOptions, effort: float) -> FitOptions:
    """Return the training with a share of its steps."""
    return fit_options.model_copy(update={"steps": max(1, round(effort * fit_options.steps))})


def shorter_symbolic(options: SymbolicOptions, effort: float) -> SymbolicOptions:
    """Return the training of the distilled size alone, with a share of its steps."""
    return options.model_copy(
        update={
            "max_nodes": (options.distilled_nodes,),
            "scratch_starts": 0,
            "regrowths": 0,
            "start_steps": max(1, round(effort * options.start_steps)),
            "fit": shorter(options.fit, effort),
        }
    )
