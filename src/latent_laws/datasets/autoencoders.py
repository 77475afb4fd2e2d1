"""Trained autoencoders on disk: weights as safetensors, everything else as JSON."""

import json
import shutil
from functools import lru_cache
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from latent_laws.atomic import new_folder
from latent_laws.datasets.base import LocalDataset
from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, TrainedAutoencoder
from latent_laws.errors import LatentLawsError

Autoencoders = dict[str, TrainedAutoencoder]


class AutoencodersDataset(LocalDataset[Autoencoders]):
    """All autoencoders of a run, a folder a version and two files a network.

    `<key>.safetensors` holds the weights, `<key>.json` the variant, latent dim, seed and the
    network's configuration. Networks come back by key with the weights they were saved with, bit
    for bit, in evaluation mode.
    """

    def load(self) -> Autoencoders:
        """Read every network of a version.

        Returns:
            The networks by key, sorted by variant, latent dim and seed.

        Raises:
            LatentLawsError: If a file is missing or damaged.
        """
        return dict(_load_all(Path(self._get_load_path()).resolve()))

    def save(self, data: Autoencoders) -> None:
        """Write the networks to a hidden folder and give it its name when it is complete."""
        folder = Path(self._get_save_path())
        with new_folder(folder) as temporary:
            for network in data.values():
                _save(network, temporary)
            if not self._version:
                shutil.rmtree(folder, ignore_errors=True)  # no earlier version to keep
        _load_all.cache_clear()


def _save(network: TrainedAutoencoder, folder: Path) -> None:
    weights = {name: tensor.contiguous() for name, tensor in network.model.state_dict().items()}
    save_file(weights, folder / f"{network.key}.safetensors")
    description = {
        "variant": network.variant,
        "latent_dim": network.latent_dim,
        "seed": network.seed,
        "config": network.model.config.model_dump(mode="json"),
    }
    (folder / f"{network.key}.json").write_text(json.dumps(description, indent=2), encoding="utf-8")


@lru_cache(maxsize=1)
def _load_all(folder: Path) -> Autoencoders:
    """Read the networks of a folder once, though a dozen nodes ask for them."""
    networks = [_load(path) for path in folder.glob("*.json")]
    if not networks:
        raise LatentLawsError(f"no autoencoders in '{folder}': train them first")
    networks.sort(key=lambda network: (network.variant, network.latent_dim, network.seed))
    return {network.key: network for network in networks}


def _load(path: Path) -> TrainedAutoencoder:
    """Read one network from its JSON file and the weights beside it."""
    weights = path.with_suffix(".safetensors")
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        config = AutoencoderConfig.model_validate(description["config"])
        with torch.random.fork_rng(devices=[]):  # the weights drawn here are overwritten
            model = Autoencoder(config)
        model.load_state_dict(load_file(weights))
        names = {name: description[name] for name in ("variant", "latent_dim", "seed")}
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise LatentLawsError(
            f"autoencoder '{path.with_suffix('')}' does not load ({type(error).__name__}: "
            f"{reason}): train again, or choose another version with --load-versions"
        ) from error
    return TrainedAutoencoder(**names, model=model.eval())
