"""What is distilled: the latents of one encoder, whatever they came from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.tables.table import SPLITS, FeatureTable

Array = NDArray[np.float64]

NAME_COLUMNS = ("encoder", "variant", "latent_dim")


@dataclass(frozen=True)
class Target:
    """The latents of one encoder, to be distilled.

    Attributes:
        variant: Kind of the encoder, for instance `standard`.
        latents: Split -> rows x latents.
        sensitivity: Latents x features, which ranks the inputs of each latent.
    """

    variant: str
    latents: dict[str, Array]
    sensitivity: Array

    @classmethod
    def of(cls, variant: str, encoder: Encoder, table: FeatureTable) -> "Target":
        """Encode all splits of a table, and ask the encoder which inputs matter.

        Raises:
            LatentLawsError: If a latent is undefined on some row.
        """
        latents = {split: encoder.encode(getattr(table, split)) for split in SPLITS}
        for split, Z in latents.items():
            if not np.isfinite(Z).all():
                row, latent = map(int, np.argwhere(~np.isfinite(Z))[0])
                raise LatentLawsError(
                    f"latent {latent} is {Z[row, latent]} in row {row + 1} of the {split} rows: "
                    "accepted are finite numbers"
                )
        return cls(variant, latents, encoder.sensitivity(table.train))

    @property
    def latent_dim(self) -> int:
        """Number of latents."""
        return int(self.latents["train"].shape[1])

    @property
    def encoder(self) -> str:
        """The encoder's name in every table, for example `standard-8`."""
        return f"{self.variant}-{self.latent_dim}"

    def named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the encoder's name in front: `encoder, variant, latent_dim`."""
        named = frame.assign(encoder=self.encoder, variant=self.variant, latent_dim=self.latent_dim)
        rest = [column for column in frame.columns if column not in NAME_COLUMNS]
        return named[[*NAME_COLUMNS, *rest]]

    def values(self, latent: int, null: int | None = None) -> dict[str, Array]:
        """Return one latent by split, rows.

        Args:
            latent: Which one.
            null: Number of a permutation that takes the latent's rows away within each split.
        """
        found = {split: Z[:, latent] for split, Z in self.latents.items()}
        if null is None:
            return found
        rng = np.random.default_rng([latent, null])
        return {split: rng.permutation(y) for split, y in found.items()}


def latents_frame(targets: list[Target], splits: NDArray[np.str_]) -> pd.DataFrame:
    """Put latents into one frame, the catalog's `latents`.

    Args:
        targets: The encoders.
        splits: Split of every row of the table.

    Returns:
        `split` and a column `standard-8:0` a latent, rows as in the table.
    """
    columns: dict[str, object] = {"split": splits}
    for target in targets:
        Z = np.empty((len(splits), target.latent_dim))
        for split in SPLITS:
            Z[splits == split] = target.latents[split]
        columns |= {f"{target.encoder}:{latent}": Z[:, latent] for latent in range(Z.shape[1])}
    return pd.DataFrame(columns)


def sensitivities_frame(targets: list[Target], names: tuple[str, ...]) -> pd.DataFrame:
    """Put sensitivities into one frame, the catalog's `sensitivities`: a row a latent and input."""
    frames = [
        target.named(
            pd.DataFrame(
                {
                    "latent": np.repeat(np.arange(target.latent_dim), len(names)),
                    "feature": np.tile(np.array(names, dtype=object), target.latent_dim),
                    "sensitivity": target.sensitivity.ravel(),
                }
            )
        )
        for target in targets
    ]
    return pd.concat(frames, ignore_index=True)


def read_targets(latents: pd.DataFrame, sensitivities: pd.DataFrame) -> list[Target]:
    """Read targets back from the catalog's `latents` and `sensitivities`."""
    targets = []
    for (encoder, variant), rows in sensitivities.groupby(["encoder", "variant"], sort=False):
        dim = int(rows["latent_dim"].iloc[0])
        columns = [f"{encoder}:{latent}" for latent in range(dim)]
        values = {
            split: latents.loc[latents["split"] == split, columns].to_numpy(np.float64)
            for split in SPLITS
        }
        sensitivity = rows["sensitivity"].to_numpy(np.float64).reshape(dim, -1)
        targets.append(Target(str(variant), values, sensitivity))
    return targets
