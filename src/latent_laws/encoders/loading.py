"""An encoder of the user's own, named in the parameters: a file, or a function that is imported."""

import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from torch import nn

from latent_laws.encoders.adapters import RawEncoder
from latent_laws.encoders.exported import load_exported
from latent_laws.encoders.naming import NamedEncoder
from latent_laws.encoders.protocol import Encoder, EncoderError, Rows
from latent_laws.encoders.sources import as_encoder
from latent_laws.fingerprint import code_version
from latent_laws.strict import StrictModel

_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_ACCEPTED = "an .onnx file, a .pt2 file of torch.export, or package.module:function"


class EncoderSource(StrictModel):
    """Where an encoder lies, and what its rows are.

    Attributes:
        encoder: An `.onnx` or `.pt2` file, or `package.module:function`.
        decoder: The same, or None.
        mean: Of each input, in the units that the encoder reads.
        scale: Of each input; what the encoder reads is mean + scale * scaled row.
        digests: SHA-256 of the files, empty for functions.
    """

    encoder: str
    decoder: str | None = None
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    digests: tuple[str, ...] = ()

    def load(self, X: Rows) -> Encoder:
        """Load the encoder as one of scaled rows, and try it on some.

        Raises:
            EncoderError: As `load_encoder`, and if a file has changed since it was first read.
        """
        if self.digests and self.digests != self.seen().digests:
            raise EncoderError(
                f"{self.encoder} or its decoder has changed since it was read: run again from the "
                "pipeline own_encoder"
            )
        mean, scale = np.array(self.mean), np.array(self.scale)
        inner = load_encoder(self.encoder, self.decoder, (X * scale + mean).astype(np.float32))
        is_scaled = bool((mean == 0).all() and (scale == 1).all())
        return inner if is_scaled else RawEncoder(inner, mean, scale)

    def seen(self) -> Self:
        """Return this with the digests of the files as they are now."""
        sources = [one for one in (self.encoder, self.decoder) if one]
        return self.model_copy(update={"digests": tuple(map(_digest, sources))})


@dataclass(frozen=True)
class OwnEncoder(NamedEncoder):
    """An encoder that this project did not train."""

    source: EncoderSource
    loaded: Encoder

    @classmethod
    def of(cls, source: EncoderSource, X: Rows) -> Self:
        """Load the encoder and try it on scaled rows."""
        loaded = source.load(X)
        return cls("own", loaded.latent_dim, 0, source, loaded)

    @property
    def encoder(self) -> Encoder:
        return self.loaded


def load_encoder(source: str, decoder: str | None, X: Rows) -> Encoder:
    """Load an encoder, and perhaps a decoder; no file executes more than the graph in it.

    Args:
        source: An `.onnx` or `.pt2` file, or `package.module:function` of the user's own code.
        decoder: The same, from rows x latents to rows x inputs.
        X: Rows x inputs as the encoder takes them, to see what comes.

    Raises:
        EncoderError: If a file is missing or wrong, or encoder, decoder and rows do not fit.
    """
    encoder = as_encoder(_source(source), None if decoder is None else _source(decoder), X)
    Z = encoder.encode(X)
    if not np.isfinite(Z).all():
        row, latent = map(int, np.argwhere(~np.isfinite(Z))[0])
        raise EncoderError(
            f"{source} returned {Z[row, latent]} as latent {latent} of row {row + 1}; accepted are "
            "finite numbers"
        )
    return encoder


def _source(source: str) -> Any:
    """Return what `as_encoder` takes."""
    path = Path(source)
    if path.suffix in (".onnx", ".pt2"):
        if not path.is_file():
            raise EncoderError(f"there is no file '{source}': accepted is {_ACCEPTED}")
        return load_exported(path) if path.suffix == ".pt2" else path
    if _FUNCTION.fullmatch(source):
        found = _imported(source)
        is_network = isinstance(found, nn.Module)
        return found if is_network else ImportedFunction(source, code_version(found))
    raise EncoderError(f"'{source}' is no encoder: accepted is {_ACCEPTED}")


@dataclass(frozen=True)
class ImportedFunction:
    """A function of the user's own, which every worker imports from the project's folder itself.

    Attributes:
        source: `package.module:function`.
        code: Digest of the file that it is in, so that an edit is a new function to the cache.
    """

    source: str
    code: str

    def __call__(self, rows: object) -> object:
        return _imported(self.source)(rows)


@lru_cache
def _imported(source: str) -> Callable[[Any], Any]:
    """Import a function, also from the project's folder."""
    module, _, name = source.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise EncoderError(
            f"'{source}' cannot be imported ({error}): accepted is {_ACCEPTED}"
        ) from error
    if not callable(function):
        raise EncoderError(f"'{source}' is no function: accepted is {_ACCEPTED}")
    return function  # type: ignore[no-any-return]  # getattr


def _digest(source: str) -> str:
    path = Path(source)
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
