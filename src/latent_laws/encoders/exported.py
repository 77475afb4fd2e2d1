"""Archives of `torch.export` (.pt2), loaded without executing anything but their graph.

PyTorch itself warns against archives from others: they can hold pickled objects and compiled code,
and loading looks up operators and evaluates sizes by name. All of that is looked at first here.
"""

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from latent_laws.encoders.protocol import EncoderError

_ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_PARTS = (
    *("archive_format", "archive_version", "byteorder", ".data/", "version", "models/"),
    *("data/weights/", "data/constants/tensor_", "data/constants/model_", "data/sample_inputs/"),
)
# what each string of a graph may look like that PyTorch looks up, evaluates, or writes into code
_LOOKED_AT = {
    "target": re.compile(r"torch\.ops\.aten\.\w+(\.\w+)?|_operator\.\w+|torch\.sym_\w+|"),
    "expr_str": re.compile(
        r"(?!.*\*\*)(Symbol\('\w+'(, \w+=True)*\)|(Max|Min|Mod|FloorDiv)\b|[su]\d+|\d+|[ +*/,()-])*"
    ),
    "name": re.compile(r"\w*"),
}


class Exported(nn.Module):
    """An exported program as a module, which is always in evaluation mode."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program

    def forward(self, x: Tensor) -> Any:
        """Run the program on rows x columns."""
        return self.program(x)

    def train(self, mode: bool = True) -> Self:
        """Stay as exported: a program has one mode."""
        return self


def load_exported(path: Path) -> nn.Module:
    """Load a `.pt2` archive.

    Args:
        path: Written by `torch.export.save`; the number of rows has to be dynamic.

    Raises:
        EncoderError: If it does not load, or holds more than tensors and a graph of PyTorch's own
            operators.
    """
    content = path.read_bytes()
    try:
        _refuse_code(content, path)
        with _only_weights():
            program = torch.export.load(io.BytesIO(content))
        # guards would be compiled from text in the file
        module = program.module(check_guards=False)
    except EncoderError:
        raise
    except Exception as error:  # its errors share no class
        reason = " ".join(str(error).split())[:200]
        raise EncoderError(
            f"'{path}' does not load ({type(error).__name__}: {reason}); accepted is what "
            "torch.export.save of this version of PyTorch writes"
        ) from error
    return Exported(module)


def _refuse_code(content: bytes, path: Path) -> None:
    """Refuse what would run on loading."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(content))
    names = list(reader.get_all_records())
    others = [name for name in names if not name.startswith(_PARTS)]
    if others:
        raise EncoderError(
            f"'{path}' holds '{others[0]}': accepted are archives of tensors and a graph alone"
        )
    for name in names:
        if name.startswith("models/"):
            for key, text in _strings(json.loads(reader.get_record(name)), ""):
                if key in _LOOKED_AT and not _LOOKED_AT[key].fullmatch(text):
                    raise EncoderError(
                        f"'{path}' has the {key} '{text[:80]}': accepted are operators of PyTorch"
                    )


def _strings(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Yield every string in a JSON document with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield from _strings(entry, name)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry, key)


@contextmanager
def _only_weights() -> Iterator[None]:
    """Make PyTorch refuse pickles of anything but tensors, wherever it loads some."""
    before = os.environ.get(_ONLY_WEIGHTS)
    os.environ[_ONLY_WEIGHTS] = "1"
    try:
        yield
    finally:
        os.environ.pop(_ONLY_WEIGHTS)
        if before is not None:
            os.environ[_ONLY_WEIGHTS] = before
