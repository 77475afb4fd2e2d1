"""From what a user hands over to an `Encoder`."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from latent_laws.encoders.adapters import FunctionEncoder, OnnxFunction, TorchEncoder
from latent_laws.encoders.protocol import Encoder, EncoderError, Rows

ACCEPTED = "a torch module, a callable, the path of an .onnx file, or an array rows x latents"
# Rows on which it is seen what an encoder returns.
_PROBED = 16
# Number of latents before any row was encoded.
_UNKNOWN = 1


def as_encoder(
    encode: object, decode: object, X: Rows, make_input: Callable[[Any], Any] = np.asarray
) -> Encoder:
    """Take what encodes, and perhaps what decodes, as an encoder.

    Args:
        encode: A torch module, a callable or the path of an ONNX file.
        decode: The same, from rows x latents to rows x inputs, or None.
        X: Rows x inputs, of which a few are encoded to see what comes.
        make_input: Turns rows x inputs into what a callable takes, for instance a frame.

    Raises:
        EncoderError: If it is nothing of these, does not take the rows, or what it returns does
            not fit.
    """
    probe = X[:_PROBED]
    untried: FunctionEncoder | TorchEncoder
    if isinstance(encode, nn.Module) and (decode is None or isinstance(decode, nn.Module)):
        decoder = None if decode is None else _evaluating(decode)
        untried = TorchEncoder(_evaluating(encode), _UNKNOWN, decoder)
    else:
        taken = np.asarray if isinstance(encode, nn.Module | str | Path) else make_input
        back = None if decode is None else _function(decode, "decode")
        untried = FunctionEncoder(_function(encode, "encode"), _UNKNOWN, back, taken)
    Z = _tried(untried.encode, probe, "encode", f"{probe.shape[1]} inputs")
    encoder = replace(untried, n_latents=Z.shape[1])
    if encoder.can_decode:
        restored = _tried(encoder.decode, Z, "decode", f"{Z.shape[1]} latents")
        if restored.shape[1] != probe.shape[1]:
            raise EncoderError(
                f"decode returned {restored.shape[1]} columns; accepted is {probe.shape[1]}, "
                "as many as there are inputs"
            )
    return encoder


def is_latents(encode: object) -> bool:
    """Whether what was handed over is the latents themselves."""
    return isinstance(encode, np.ndarray | pd.DataFrame | list)


def _function(given: object, what: str) -> Callable[[Any], Any]:
    """Return a function of arrays."""
    if isinstance(given, nn.Module):
        return TorchEncoder(_evaluating(given), _UNKNOWN).encode
    if isinstance(given, str | Path):
        path = Path(given)
        if path.suffix != ".onnx":
            raise EncoderError(f"'{path}' is no .onnx file; accepted is {ACCEPTED}")
        if not path.is_file():
            raise EncoderError(f"there is no file '{path}'")
        return OnnxFunction(path.read_bytes())
    if not callable(given):
        raise EncoderError(f"{what} is {type(given).__name__}; accepted is {ACCEPTED}")
    return given


def _evaluating(module: nn.Module) -> nn.Module:
    """Return a copy in evaluation mode: dropout off, batch norm by what it learned."""
    return copy.deepcopy(module).eval().requires_grad_(True)


def _tried(function: Callable[[Any], Any], rows: Rows, what: str, given: str) -> Any:
    """Call once, and say in one line what went wrong."""
    try:
        return function(rows)
    except EncoderError:
        raise
    except Exception as error:  # whatever the user's code raises
        reason = " ".join(str(error).split())
        raise EncoderError(
            f"{what} does not take rows of {given} ({type(error).__name__}: {reason})"
        ) from error
