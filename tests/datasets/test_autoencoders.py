"""Autoencoders on disk."""

import json
from pathlib import Path

import pytest
import torch
from kedro.io import DataCatalog, DatasetError, Version

from latent_laws.datasets import autoencoders
from latent_laws.datasets.autoencoders import AutoencodersDataset
from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, TrainedAutoencoder
from latent_laws.errors import LatentLawsError

CONFIGS = {
    "standard": AutoencoderConfig(n_features=6, latent_dim=3, hidden=(8,)),
    "symbolic": AutoencoderConfig(
        n_features=6,
        latent_dim=3,
        hidden=(8, 5),
        formulas=("a - 0.1*tanh(2.0*b + 1.0)", "c + d", "e**2"),
        names=tuple("abcdef"),
    ),
}


def networks(seed: int = 0) -> dict[str, TrainedAutoencoder]:
    torch.manual_seed(seed)
    made = [
        TrainedAutoencoder(variant, 3, seed, Autoencoder(config))
        for variant, config in CONFIGS.items()
    ]
    return {network.key: network for network in made}


def dataset(folder: Path, load: str | None = None, save: str | None = None) -> AutoencodersDataset:
    path = str(folder / "models" / "autoencoders")
    return AutoencodersDataset(filepath=path, version=Version(load, save))


def test_networks_come_back_bit_for_bit(tmp_path: Path) -> None:
    saved = networks()
    dataset(tmp_path, save="2026-01-01").save(saved)
    loaded = dataset(tmp_path).load()
    x = torch.randn(50, 6)
    assert list(loaded) == ["standard-3-0", "symbolic-3-0"]
    for key, network in loaded.items():
        assert (network.variant, network.latent_dim, network.seed) == (
            saved[key].variant,
            saved[key].latent_dim,
            saved[key].seed,
        )
        assert torch.equal(network.model.encode(x), saved[key].model.encode(x))
        assert torch.equal(network.model(x), saved[key].model(x))
        assert network.model.config == saved[key].model.config
        assert not network.model.training


def test_loading_leaves_random_numbers_alone(tmp_path: Path) -> None:
    dataset(tmp_path, save="2026-01-01").save(networks())
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    dataset(tmp_path).load()
    assert torch.equal(torch.rand(1), expected)


def test_weights_cut_from_a_larger_tensor_are_saved(tmp_path: Path) -> None:
    saved = networks()
    layer = saved["standard-3-0"].model.decoder.skip
    layer.weight = torch.nn.Parameter(layer.weight.detach().T.contiguous().T)
    dataset(tmp_path, save="2026-01-01").save(saved)
    loaded = dataset(tmp_path).load()["standard-3-0"].model.decoder.skip.weight
    assert torch.equal(loaded, layer.weight)


def test_the_latest_version_is_loaded_unless_another_is_asked_for(tmp_path: Path) -> None:
    dataset(tmp_path, save="2026-01-01").save(networks(seed=1))
    dataset(tmp_path, save="2026-01-02").save(networks(seed=2))
    assert "standard-3-2" in dataset(tmp_path).load()
    assert "standard-3-1" in dataset(tmp_path, load="2026-01-01").load()


def test_a_catalog_brings_back_an_earlier_version(tmp_path: Path) -> None:
    entry = {
        "type": "latent_laws.datasets.autoencoders.AutoencodersDataset",
        "filepath": str(tmp_path / "autoencoders"),
        "versioned": True,
    }
    for seed in (1, 2):
        version = f"2026-01-0{seed}"
        DataCatalog.from_config({"autoencoders": entry}, save_version=version).save(
            "autoencoders", networks(seed)
        )
    pinned = DataCatalog.from_config(
        {"autoencoders": entry}, load_versions={"autoencoders": "2026-01-01"}
    )
    assert "standard-3-1" in pinned.load("autoencoders")


def test_without_versions_a_save_replaces(tmp_path: Path) -> None:
    plain = AutoencodersDataset(filepath=str(tmp_path / "autoencoders"))
    assert not plain.exists()
    plain.save(networks(seed=1))
    assert list(plain.load()) == ["standard-3-1", "symbolic-3-1"]
    plain.save(networks(seed=2))
    assert plain.exists()
    assert list(plain.load()) == ["standard-3-2", "symbolic-3-2"]


def test_an_interrupted_save_leaves_earlier_versions_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(tmp_path, save="2026-01-01").save(networks(seed=1))
    save_file = autoencoders.save_file

    def interrupted(weights: dict[str, torch.Tensor], path: Path) -> None:
        save_file(weights, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(autoencoders, "save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dataset(tmp_path, save="2026-01-02").save(networks(seed=2))
    assert "standard-3-1" in dataset(tmp_path).load()


def cut_weights(folder: Path) -> None:
    path = folder / "standard-3-0.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def lose_weights(folder: Path) -> None:
    (folder / "standard-3-0.safetensors").unlink()


def change_size(folder: Path) -> None:
    path = folder / "standard-3-0.json"
    description = json.loads(path.read_text())
    description["config"]["hidden"] = [9]
    path.write_text(json.dumps(description))


def cut_description(folder: Path) -> None:
    (folder / "standard-3-0.json").write_text('{"variant": "standard"')


def add_unknown_setting(folder: Path) -> None:
    path = folder / "standard-3-0.json"
    path.write_text(path.read_text().replace('"n_features"', '"n_inputs"'))


def lose_the_seed(folder: Path) -> None:
    path = folder / "standard-3-0.json"
    path.write_text(path.read_text().replace('"seed"', '"sead"'))


@pytest.mark.parametrize(
    "damage",
    [cut_weights, lose_weights, change_size, cut_description, add_unknown_setting, lose_the_seed],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, damage: object) -> None:
    dataset(tmp_path, save="2026-01-01").save(networks())
    damage(tmp_path / "models" / "autoencoders" / "2026-01-01" / "autoencoders")  # type: ignore[operator]  # one of the functions above
    with pytest.raises(DatasetError) as caught:
        dataset(tmp_path).load()
    cause = caught.value.__cause__
    assert isinstance(cause, LatentLawsError)
    assert "standard-3-0' does not load" in str(cause)
    assert "\n" not in str(cause)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "models" / "autoencoders" / "2026-01-01" / "autoencoders").mkdir(parents=True)
    with pytest.raises(DatasetError, match="no autoencoders in"):
        dataset(tmp_path).load()
