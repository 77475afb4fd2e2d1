"""Whatever encodes, as an `Encoder`: torch modules, functions, ONNX models."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from latent_laws.encoders.protocol import Array, Encoder, EncoderError, Rows
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.module import SymbolicModule

Function = Callable[[Any], Any]

# Rows in one pass through a network: more would only cost memory.
_BATCH = 65536


class _Handed(Encoder):
    """What was handed over to encode, and perhaps to decode, with its number of latents."""

    n_latents: int
    decoder: Any

    @property
    def latent_dim(self) -> int:
        return self.n_latents

    @property
    def can_decode(self) -> bool:
        return self.decoder is not None


@dataclass(frozen=True)
class FunctionEncoder(_Handed):
    """A function from rows x inputs to rows x latents, and perhaps one back.

    Attributes:
        function: Takes and returns arrays.
        n_latents: Number of latents it returns.
        decoder: From rows x latents to rows x inputs.
        make_input: Turns an array into what the function takes, for instance a frame.
    """

    function: Function
    n_latents: int
    decoder: Function | None = None
    make_input: Function = field(default=np.asarray)

    def encode(self, X: Rows) -> Array:
        return as_matrix(self.function(self.make_input(X)), len(X), "encode")

    def decode(self, Z: Array) -> Array:
        if self.decoder is None:
            return super().decode(Z)
        return as_matrix(self.decoder(Z), len(Z), "decode")


@dataclass(frozen=True)
class TorchEncoder(_Handed):
    """A torch module, in evaluation mode and in the precision of its weights.

    Attributes:
        module: Maps rows x inputs to rows x latents; a tuple counts by its first entry.
        n_latents: Number of latents it returns.
        decoder: Maps rows x latents to rows x inputs.
    """

    module: nn.Module
    n_latents: int
    decoder: nn.Module | None = None

    def encode(self, X: Rows) -> Array:
        return as_matrix(run_module(self.module, X), len(X), "encode")

    def decode(self, Z: Array) -> Array:
        if self.decoder is None:
            return super().decode(Z)
        return as_matrix(run_module(self.decoder, Z), len(Z), "decode")

    def formulas(self) -> tuple[Formula, ...]:
        return tuple(self.module.formulas()) if isinstance(self.module, SymbolicModule) else ()

    def trainable_decoder(self) -> nn.Module | None:
        return copy.deepcopy(self.decoder)

    def jacobian(self, X: Rows) -> Array:
        """Return the derivatives of the latents, rows x latents x inputs, by backpropagation."""
        x = torch.tensor(X, dtype=precision(self.module)).requires_grad_()
        z = first_tensor(self.module(x)).reshape(len(X), -1)
        columns = [
            torch.autograd.grad(z[:, i].sum(), x, retain_graph=True)[0].double().numpy()
            for i in range(z.shape[1])
        ]
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class OnnxFunction:
    """An ONNX model, by its file's bytes, as a function; nothing is executed but its graph."""

    model: bytes

    def __call__(self, X: Rows) -> Any:
        given = self._session.get_inputs()[0]
        dtype = np.float64 if given.type == "tensor(double)" else np.float32
        return self._session.run(None, {given.name: np.ascontiguousarray(X, dtype)})[0]

    @cached_property
    def _session(self) -> Any:
        try:
            import onnxruntime  # noqa: PLC0415 - only the extra `onnx` has it
        except ImportError as error:
            raise EncoderError(
                'an ONNX encoder needs onnxruntime: pip install "latent-laws[onnx]"'
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            return onnxruntime.InferenceSession(
                self.model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors share no class
            reason = " ".join(str(error).split())
            raise EncoderError(f"the ONNX file does not load ({reason})") from error

    def __getstate__(self) -> dict[str, object]:
        """Leave the open session behind: it cannot travel to other processes."""
        return {"model": self.model}


@dataclass(frozen=True)
class RawEncoder(Encoder):
    """An encoder of rows in the units of the table, read as one of scaled rows.

    Attributes:
        inner: Encodes, and perhaps decodes, raw rows.
        mean: Of each input.
        scale: Of each input; raw = mean + scale * scaled.
    """

    inner: Encoder
    mean: Array
    scale: Array

    @property
    def latent_dim(self) -> int:
        return self.inner.latent_dim

    @property
    def can_decode(self) -> bool:
        return self.inner.can_decode

    def encode(self, X: Rows) -> Array:
        return self.inner.encode(self._raw(X))

    def decode(self, Z: Array) -> Array:
        return np.asarray((self.inner.decode(Z) - self.mean) / self.scale)

    def trainable_decoder(self) -> nn.Module | None:
        """Return a copy of the decoder, followed by the scaling, whose weights can be trained."""
        decoder = self.inner.trainable_decoder()
        if decoder is None:
            return None
        scaling = nn.Linear(len(self.mean), len(self.mean), dtype=precision(decoder))
        with torch.no_grad():
            scaling.weight.copy_(torch.diag(torch.tensor(1 / self.scale)))
            scaling.bias.copy_(torch.tensor(-self.mean / self.scale))
        return nn.Sequential(decoder, scaling.requires_grad_(False))

    def jacobian(self, X: Rows) -> Array:
        """Return the derivatives of the latents by scaled inputs, rows x latents x inputs."""
        return self.inner.jacobian(self._raw(X)) * self.scale

    def _raw(self, X: Rows) -> Array:
        return np.asarray(X, dtype=np.float64) * self.scale + self.mean


@torch.no_grad()
def run_module(module: nn.Module, X: Rows) -> Array:
    """Run a torch module on an array, rows x columns, in batches of rows."""
    dtype = precision(module)
    parts = [
        # a copy: workers get read-only arrays
        first_tensor(module(torch.tensor(X[start : start + _BATCH], dtype=dtype)))
        for start in range(0, max(len(X), 1), _BATCH)
    ]
    values: Array = torch.cat(parts).double().numpy()
    return values


def precision(module: nn.Module) -> torch.dtype:
    """Return the precision of a module's weights; float32 where it has none."""
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)


def first_tensor(output: object) -> torch.Tensor:
    """Return a module's output, or the first of several, such as a VAE's mean."""
    first = output[0] if isinstance(output, tuple | list) else output
    if not isinstance(first, torch.Tensor):
        raise EncoderError(f"encode returned {type(first).__name__}; accepted is a tensor")
    return first


def as_matrix(values: object, n_rows: int, what: str) -> NDArray[np.float64]:
    """Return what an encoder or decoder gave as rows x columns in float64.

    Raises:
        EncoderError: If it is no array of numbers with as many rows as it was given.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EncoderError(
            f"{what} returned {type(values).__name__}; accepted is an array of numbers"
        ) from error
    if array.ndim == 0 or len(array) != n_rows:
        raise EncoderError(
            f"{what} returned shape {array.shape} for {n_rows} rows; accepted is a row for each"
        )
    return array.reshape(n_rows, -1)
