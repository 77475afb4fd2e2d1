"""What a value holds, as a digest that is the same in every process."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import joblib
import pandas as pd
from pydantic import BaseModel

if TYPE_CHECKING:
    import numpy as np


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
