"""An encoder of the user's own, where other runs keep the autoencoders that they trained."""

import json
from pathlib import Path

import numpy as np

from latent_laws.atomic import replacing
from latent_laws.datasets.base import LocalDataset
from latent_laws.encoders.loading import EncoderSource, OwnEncoder
from latent_laws.errors import LatentLawsError


class OwnEncoderDataset(LocalDataset[dict[str, OwnEncoder]]):
    """Where an encoder lies and how its rows are scaled, as JSON; loading loads the encoder.

    The encoder's own file is not copied: one that has changed since is refused.
    """

    def load(self) -> dict[str, OwnEncoder]:
        """Load the encoder from its own file, or import it.

        Raises:
            LatentLawsError: If it is no longer there, has changed, or does not load.
        """
        path = Path(self._get_load_path())
        try:
            described = json.loads(path.read_text(encoding="utf-8"))
            sources = [EncoderSource.model_validate(one) for one in described.values()]
        except (OSError, ValueError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise LatentLawsError(
                f"'{path}' does not load ({reason}): run again from the pipeline own_encoder"
            ) from error
        encoders = [OwnEncoder.of(one, np.zeros((1, len(one.mean)))) for one in sources]
        return {one.key: one for one in encoders}

    def save(self, data: dict[str, OwnEncoder]) -> None:
        """Write where the encoder lies."""
        described = {key: one.source.model_dump(mode="json") for key, one in data.items()}
        with replacing(Path(self._get_save_path())) as file:
            json.dump(described, file, indent=2)
