"""What a value holds, and what code a result rests on, as digests that are the same everywhere."""

import hashlib
import importlib.metadata
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
import pandas as pd
from pydantic import BaseModel

if TYPE_CHECKING:
    import numpy as np


# libraries whose version can change a result without any code of this package changing
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "pyoperon", "pysr")


def fingerprint(value: object) -> str:
    """Return a digest of a value's content.

    Pickles differ between an object that was made and its copy that was loaded (networks, frames
    of strings), so a value is taken apart into arrays and plain data first.

    Args:
        value: Arrays, frames, pydantic models, dataclasses, networks, and containers of them.
    """
    return str(joblib.hash(_plain(value)))


def _plain(value: object) -> object:
    """Return the content as arrays and plain data."""
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    parts = _parts(value)
    return value if parts is None else (type(value).__name__, _plain(parts))


def _parts(value: object) -> object:
    """Take one object apart, or return None for what is plain already."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, pd.Series):
        return _column(value.index.to_numpy()), _column(value.to_numpy())
    if isinstance(value, pd.DataFrame):
        return list(value.columns), [_column(value[name].to_numpy()) for name in value.columns]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    weights = getattr(value, "state_dict", None)
    if callable(weights):  # a torch network, whose library is not loaded for this
        arrays = {name: tensor.numpy(force=True) for name, tensor in weights().items()}
        return getattr(value, "config", None) or repr(value), arrays
    return None


def _column(values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> object:
    """Return a column as an array of numbers or as a list."""
    return values if values.dtype.kind in "biuf" else values.astype(object).tolist()


def code_version(function: Callable[..., object]) -> str:
    """Return a digest of the sources and library versions that a function's result rests on.

    Args:
        function: A function of this package, or of any other importable module.

    Returns:
        Hexadecimal SHA-256 over the source files of the function's part of this package, of the
        parts those name, and over the versions of the numerical libraries installed.
    """
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library}=={_installed_version(library)}\n".encode())
    for source in _sources(function.__module__):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(module: str) -> list[Path]:
    """List the source files behind a module, over the parts of this package that they import."""
    package, root = __name__.partition(".")[0], Path(__file__).parent
    if module.partition(".")[0] != package:
        path = getattr(sys.modules[module], "__file__", None)
        return [Path(path)] if path else []
    found: dict[str, list[Path]] = {}
    queue = [module.split(".")[1]]
    while queue:
        part = queue.pop()
        if part not in found:
            found[part] = sorted((root / part).rglob("*.py")) or [root / f"{part}.py"]
            for source in found[part]:
                text = source.read_text(encoding="utf-8")
                queue += re.findall(rf"^\s*(?:from|import) {package}\.(\w+)", text, re.MULTILINE)
    return [source for part in sorted(found) for source in found[part]]


def _installed_version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "none"
