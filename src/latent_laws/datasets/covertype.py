"""The whole Covertype table, downloaded by scikit-learn."""

from typing import Any

import pandas as pd
from kedro.io import AbstractDataset
from sklearn.datasets import fetch_covtype

from latent_laws.errors import LatentLawsError


class CovertypeDataset(AbstractDataset[None, pd.DataFrame]):
    """All 581,012 rows of UCI Covertype, 54 features, without the cover type.

    The first load downloads about 11 MB and keeps them in scikit-learn's data folder.
    """

    def __init__(self, *, data_home: str, metadata: dict[str, Any] | None = None) -> None:
        """Describe the dataset.

        Args:
            data_home: Folder that keeps the download.
            metadata: Passed on to Kedro plugins.
        """
        self._data_home = data_home
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Load the table, 581,012 rows x 54 columns.

        Raises:
            LatentLawsError: If the download fails.
        """
        try:
            table: pd.DataFrame = fetch_covtype(data_home=self._data_home, as_frame=True).data
        except OSError as error:  # what urllib raises without a network, too
            raise LatentLawsError(
                f"Covertype could not be downloaded ({error}): try again with a network, or run "
                "the default environment, whose sample needs none: kedro run"
            ) from error
        return table

    def save(self, data: None) -> None:
        """Refuse: the table is an input."""
        raise LatentLawsError("the Covertype table can be loaded only")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"data_home": self._data_home}
