"""Archives of torch.export: what they compute, and what they may not hold."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from latent_laws.encoders.exported import load_exported
from latent_laws.encoders.protocol import EncoderError


def module() -> nn.Module:
    torch.manual_seed(0)
    hidden = nn.Linear(5, 8)
    return nn.Sequential(hidden, nn.BatchNorm1d(8), nn.LeakyReLU(), nn.Dropout(), nn.Linear(8, 2))


def export(network: nn.Module, path: Path, n_inputs: int = 5) -> Path:
    rows = ({0: torch.export.Dim("rows")},)
    program = torch.export.export(network.eval(), (torch.randn(4, n_inputs),), dynamic_shapes=rows)
    torch.export.save(program, path)
    return path


def rewritten(path: Path, change: Callable[[str, bytes], bytes], **added: bytes) -> Path:
    """Write an archive again with some of its files changed or added."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    top = next(iter(files)).partition("/")[0]
    files |= {f"{top}/{name}": content for name, content in added.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, change(name, content))
    return path


def in_graph(before: str, after: str) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith("models/model.json"):
            return content
        text = content.decode()
        assert before in text
        return text.replace(before, after).encode()

    return change


class Touch:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_an_archive_computes_what_the_module_did(tmp_path: Path) -> None:
    network = module()
    loaded = load_exported(export(network, tmp_path / "e.pt2"))
    x = torch.randn(37, 5)
    torch.testing.assert_close(loaded.train()(x), network.eval()(x))


@pytest.mark.parametrize("folder", ["data/constants/custom_obj_0", "data/constants/opaque_obj_0"])
def test_pickled_objects_are_refused(tmp_path: Path, folder: str) -> None:
    trap = tmp_path / "trap"
    path = export(module(), tmp_path / "e.pt2")
    rewritten(path, lambda _, content: content, **{folder: pickle.dumps(Touch(trap))})
    with pytest.raises(EncoderError, match="archives of tensors and a graph alone"):
        load_exported(path)
    assert not trap.exists()


def test_pickled_objects_in_place_of_weights_are_not_loaded(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    buffer = io.BytesIO()
    torch.save(Touch(trap), buffer)

    def change(name: str, content: bytes) -> bytes:
        if name.endswith("weight_0"):
            return buffer.getvalue()
        if name.endswith("model_weights_config.json"):
            config = json.loads(content)
            next(iter(config["config"].values()))["use_pickle"] = True
            return json.dumps(config).encode()
        return buffer.getvalue() if name.endswith("sample_inputs/model.pt") else content

    path = rewritten(export(module(), tmp_path / "e.pt2"), change)
    with pytest.raises(EncoderError, match="does not load"):
        load_exported(path)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("torch.ops.aten.leaky_relu.default", "torch.os.system", "target 'torch.os.system'"),
        ("Symbol('", "__import__('os').system('", "expr_str '__import__"),
        ('"leaky_relu"', '"x: print(1)"', "name 'x: print"),
    ],
)
def test_a_graph_of_other_code_is_refused(
    tmp_path: Path, before: str, after: str, named: str
) -> None:
    path = rewritten(export(module(), tmp_path / "e.pt2"), in_graph(before, after))
    with pytest.raises(EncoderError) as caught:
        load_exported(path)
    assert named in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + b"\0" * 100])
def test_no_archive_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e.pt2"
    path.write_bytes(content)
    with pytest.raises(EncoderError, match="does not load") as caught:
        load_exported(path)
    assert "\n" not in str(caught.value)
