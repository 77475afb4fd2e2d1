"""From what a user hands over to an `Encoder`."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from latent_laws.encoders.adapters import FunctionEncoder, OnnxEncoder, TorchEncoder
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
    untried = _of_kind(encode, decode, make_input)
    Z = _tried(untried.encode, probe, "encode", f"{probe.shape[1]} inputs")
    encoder = replace(untried, n_latents=Z.shape[1])
    if encoder.can_decode:
        back = _tried(encoder.decode, Z, "decode", f"{Z.shape[1]} latents")
        if back.shape[1] != probe.shape[1]:
            raise EncoderError(
                f"decode returned {back.shape[1]} columns; accepted is {probe.shape[1]}, as many "
                "as there are inputs"
            )
    return encoder


def is_latents(encode: object) -> bool:
    """Whether what was handed over is the latents themselves."""
    return isinstance(encode, np.ndarray | pd.DataFrame | list)


def _of_kind(
    encode: object, decode: object, make_input: Callable[[Any], Any]
) -> FunctionEncoder | TorchEncoder | OnnxEncoder:
    """Return the adapter that fits what encodes; how many latents come is not known yet."""
    if isinstance(encode, str | Path):
        back = None if decode is None else _bytes_of(decode)
        return OnnxEncoder(_bytes_of(encode), _UNKNOWN, back)
    if isinstance(encode, nn.Module):
        if decode is None or isinstance(decode, nn.Module):
            return TorchEncoder(_evaluating(encode), _UNKNOWN, _evaluating(decode))
        module = TorchEncoder(_evaluating(encode), _UNKNOWN)
        return FunctionEncoder(module.encode, _UNKNOWN, _callable(decode, "decode"))
    function = _callable(encode, "encode")
    back_function = None if decode is None else _callable(decode, "decode")
    return FunctionEncoder(function, _UNKNOWN, back_function, make_input)


def _callable(given: object, what: str) -> Callable[[Any], Any]:
    if isinstance(given, nn.Module):
        decoder = TorchEncoder(_evaluating(given), 1)
        return decoder.encode
    if not callable(given):
        raise EncoderError(f"{what} is {type(given).__name__}; accepted is {ACCEPTED}")
    return given


def _bytes_of(path: object) -> bytes:
    """Read an ONNX file."""
    if not isinstance(path, str | Path) or Path(path).suffix != ".onnx":
        raise EncoderError(f"'{path}' is no .onnx file; accepted is {ACCEPTED}")
    if not Path(path).is_file():
        raise EncoderError(f"there is no file '{path}'")
    return Path(path).read_bytes()


def _evaluating(module: nn.Module | None) -> Any:
    """Return a copy in evaluation mode: dropout off, batch norm by what it learned."""
    return None if module is None else copy.deepcopy(module).eval().requires_grad_(True)


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
