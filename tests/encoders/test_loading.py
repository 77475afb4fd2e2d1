"""Encoders of the user's own, by file and by name."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from latent_laws.encoders import loading
from latent_laws.encoders.loading import EncoderSource, load_encoder
from latent_laws.encoders.protocol import EncoderError
from latent_laws.fingerprint import fingerprint
from tests.encoders.test_exported import export

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
HERE = "tests.encoders.test_loading"
MEAN, SCALE = (10.0, -2.0, 0.5), (3.0, 0.5, 7.0)


def first_two(rows: np.ndarray) -> np.ndarray:
    return np.stack([rows[:, 0] * rows[:, 1], np.tanh(rows[:, 2])], axis=1)


def undefined(rows: np.ndarray) -> np.ndarray:
    return np.log(rows[:, :2])


def back(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows, rows[:, :1]], axis=1)


def onnx_file(network: nn.Module, path: Path) -> Path:
    pytest.importorskip("onnxscript", reason="writes ONNX")
    rows = ({0: torch.export.Dim("rows")},)
    inputs = next(network.parameters()).shape[1]
    program = torch.onnx.export(
        network.eval(), (torch.randn(4, inputs),), dynamic_shapes=rows, dynamo=True, verbose=False
    )
    assert program is not None
    program.save(path)
    return path


def test_a_function_is_imported_by_its_name() -> None:
    encoder = load_encoder(f"{HERE}:first_two", f"{HERE}:back", X)
    np.testing.assert_array_equal(encoder.encode(X), first_two(X).astype(np.float64))
    assert encoder.latent_dim == 2
    assert encoder.can_decode


def test_a_function_in_the_project_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine_own.py").write_text("def encode(rows):\n    return rows[:, :1] * 2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere"])
    encoder = load_encoder("mine_own:encode", None, X)
    assert encoder.latent_dim == 1
    before = fingerprint(encoder)
    # a worker has neither the module nor the folder on its path, and imports it by itself
    monkeypatch.delitem(sys.modules, "mine_own")
    monkeypatch.setattr("sys.path", ["/nowhere"])
    loading._imported.cache_clear()
    copy = pickle.loads(pickle.dumps(encoder))  # noqa: S301 - our own
    np.testing.assert_array_equal(copy.encode(X), encoder.encode(X))
    assert fingerprint(copy) == before
    (tmp_path / "mine_own.py").write_text("def encode(rows):\n    return rows[:, :1] * 3\n")
    assert fingerprint(load_encoder("mine_own:encode", None, X)) != before


@pytest.mark.parametrize("kind", ["pt2", "onnx"])
def test_files_give_what_the_module_gives(tmp_path: Path, kind: str) -> None:
    torch.manual_seed(0)
    network, inverse = nn.Sequential(nn.Linear(3, 2), nn.Tanh()), nn.Linear(2, 3)
    if kind == "pt2":
        paths = [export(network, tmp_path / "e.pt2", 3), export(inverse, tmp_path / "d.pt2", 2)]
    else:
        pytest.importorskip("onnxruntime", reason="runs ONNX")
        paths = [onnx_file(network, tmp_path / "e.onnx"), onnx_file(inverse, tmp_path / "d.onnx")]
    encoder = load_encoder(str(paths[0]), str(paths[1]), X)
    with torch.no_grad():
        Z = network(torch.tensor(X))
        np.testing.assert_allclose(encoder.encode(X), Z.numpy(), atol=1e-6)
        np.testing.assert_allclose(encoder.reconstruct(X), inverse(Z).numpy(), atol=1e-6)


def test_raw_rows_are_what_the_encoder_reads() -> None:
    source = EncoderSource(encoder=f"{HERE}:first_two", mean=MEAN, scale=SCALE)
    raw = X.astype(np.float64) * SCALE + MEAN
    encoder = source.load(X)
    np.testing.assert_allclose(encoder.encode(X), first_two(raw), rtol=1e-6)
    step = encoder.jacobian(X)[:, 0, 0]
    np.testing.assert_allclose(step, raw[:, 1] * SCALE[0], rtol=1e-3)


def test_a_raw_decoder_is_scaled_and_trains(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, inverse = nn.Linear(3, 2), nn.Linear(2, 3)
    source = EncoderSource(
        encoder=str(export(network, tmp_path / "e.pt2", 3)),
        decoder=str(export(inverse, tmp_path / "d.pt2", 2)),
        mean=MEAN,
        scale=SCALE,
    )
    encoder = source.load(X)
    Z = encoder.encode(X)
    with torch.no_grad():
        raw = inverse(torch.tensor(Z, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(encoder.decode(Z), (raw - MEAN) / SCALE, atol=1e-5)
    module = encoder.trainable_decoder()
    assert module is not None
    trained = module(torch.tensor(Z, dtype=torch.float32)).detach().numpy()
    np.testing.assert_allclose(trained, encoder.decode(Z), atol=1e-5)
    assert sum(p.requires_grad for p in module.parameters()) == 2


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    path = export(nn.Linear(3, 2), tmp_path / "e.pt2", 3)
    source = EncoderSource(encoder=str(path), mean=(0.0,) * 3, scale=(1.0,) * 3).seen()
    source.load(X)
    export(nn.Linear(3, 2), path, 3)
    with pytest.raises(EncoderError, match="has changed since it was read"):
        source.load(X)


@pytest.mark.parametrize(
    ("source", "decoder", "line"),
    [
        ("gone.onnx", None, "there is no file 'gone.onnx'"),
        ("weights.pt", None, "'weights.pt' is no encoder: accepted is an .onnx file, a .pt2 file"),
        ("nosuch.module:encode", None, "'nosuch.module:encode' cannot be imported (No module"),
        (f"{HERE}:nothing", None, f"'{HERE}:nothing' cannot be imported (module"),
        (f"{HERE}:MEAN", None, f"'{HERE}:MEAN' is no function"),
        (f"{HERE}:undefined", None, f"{HERE}:undefined returned nan as latent "),
        (f"{HERE}:first_two", f"{HERE}:first_two", "decode does not take rows of 2 latents"),
        (f"{HERE}:first_two", "numpy:asarray", "decode returned 2 columns; accepted is 3"),
    ],
)
def test_what_is_wrong_is_one_line(source: str, decoder: str | None, line: str) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(EncoderError) as caught:
        load_encoder(source, decoder, X)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_another_number_of_inputs_is_one_line(tmp_path: Path) -> None:
    path = export(nn.Linear(5, 2), tmp_path / "e.pt2", 5)
    with pytest.raises(EncoderError, match="encode does not take rows of 3 inputs"):
        load_encoder(str(path), None, X)
