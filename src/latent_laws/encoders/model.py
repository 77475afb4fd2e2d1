"""The autoencoder: an encoder that is a network or formulas, and a decoder."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from latent_laws.encoders.adapters import TorchEncoder
from latent_laws.encoders.naming import NamedEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.module import SymbolicModule
from latent_laws.strict import StrictModel

Activation = Literal["silu", "gelu", "tanh", "relu"]
Widths = tuple[Annotated[int, Field(ge=1)], ...]

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


class AutoencoderConfig(StrictModel):
    """Everything that rebuilds an autoencoder but its weights; a symbolic one has formulas."""

    n_features: int = Field(ge=1)
    latent_dim: int = Field(ge=1)
    hidden: Widths = (96,)
    decoder_hidden: Widths | None = None
    activation: Activation = "silu"
    linear_path: bool = True
    batch_norm: bool = False
    formulas: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class SkipMLP(nn.Module):
    """A multilayer perceptron, with or without a linear path from its input to its output.

    The linear path can start at the principal components, so that training starts where PCA
    ends and cannot do worse.

    Args:
        n_in: Inputs.
        hidden: Widths of the hidden layers.
        n_out: Outputs.
        config: Activation, batch normalisation, linear path.
    """

    def __init__(self, n_in: int, hidden: Widths, n_out: int, config: AutoencoderConfig) -> None:
        super().__init__()
        widths = (n_in, *hidden)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers.append(nn.Linear(before, after))
            if config.batch_norm:
                layers.append(nn.BatchNorm1d(after))
            layers.append(ACTIVATIONS[config.activation]())
        self.hidden = nn.Sequential(*layers)
        self.out = nn.Linear(widths[-1], n_out)
        self.skip = nn.Linear(n_in, n_out, bias=False) if config.linear_path else None

    def forward(self, x: Tensor) -> Tensor:
        """Map rows x n_in to rows x n_out."""
        output: Tensor = self.out(self.hidden(x))
        return output if self.skip is None else output + self.skip(x)

    @torch.no_grad()
    def start_linear(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear path and silence the nonlinear one."""
        if self.skip is None:
            raise TypeError("a network without a linear path cannot start as a linear map")
        self.skip.weight.copy_(weight)
        self.out.bias.copy_(bias)
        self.out.weight.zero_()

    @torch.no_grad()
    def absorb_output(self, matrix: Tensor, shift: Tensor) -> None:
        """Make the module return `matrix @ output + shift`, exactly, by changing its weights."""
        self.out.weight.copy_(matrix @ self.out.weight)
        self.out.bias.copy_(matrix @ self.out.bias + shift)
        if self.skip is not None:
            self.skip.weight.copy_(matrix @ self.skip.weight)

    @torch.no_grad()
    def absorb_input(self, matrix: Tensor, shift: Tensor) -> None:
        """Make the module read `matrix @ input + shift` in place of its input."""
        first = self.hidden[0] if len(self.hidden) else self.out
        if not isinstance(first, nn.Linear):
            raise TypeError(f"a linear layer is needed, not {type(first).__name__}")
        first.bias.add_(first.weight @ shift)
        first.weight.copy_(first.weight @ matrix)
        if self.skip is not None:
            self.out.bias.add_(self.skip.weight @ shift)
            self.skip.weight.copy_(self.skip.weight @ matrix)


class Autoencoder(nn.Module):
    """An encoder to `latent_dim` latents, a network or formulas, and a decoder back to the inputs.

    Args:
        config: sizes and kind of the network.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        d, m = config.n_features, config.latent_dim
        self.encoder: SkipMLP | SymbolicModule
        if config.formulas:
            forms = [Formula.parse(text, config.names) for text in config.formulas]
            self.encoder = SymbolicModule(forms, config.names)
        else:
            self.encoder = SkipMLP(d, config.hidden, m, config)
        decoder_hidden = config.decoder_hidden or tuple(reversed(config.hidden))
        self.decoder = SkipMLP(m, decoder_hidden, d, config)

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs, rows x features, to latents, rows x latent_dim."""
        z: Tensor = self.encoder(x)
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Map latents, rows x latent_dim, to reconstructions, rows x features."""
        x: Tensor = self.decoder(z)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct inputs, rows x features."""
        return self.decode(self.encode(x))


@dataclass(frozen=True)
class TrainedAutoencoder(NamedEncoder):
    """A trained network with its name."""

    model: Autoencoder

    @property
    def encoder(self) -> Encoder:
        return TorchEncoder(self.model.encoder, self.latent_dim, self.model.decoder)

    @property
    def n_inputs(self) -> int:
        """The most inputs that any latent can depend on."""
        used = [len(formula.features) for formula in self.encoder.formulas()]
        return max(used, default=self.model.config.n_features)


def as_float(array: NDArray[np.float64]) -> Tensor:
    """Return an array as float32 weights."""
    return torch.from_numpy(array.astype(np.float32))
