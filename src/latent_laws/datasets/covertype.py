"""The whole Covertype table, downloaded by scikit-learn."""

from typing import Any

import pandas as pd
from sklearn.datasets import fetch_covtype

from latent_laws.datasets.base import InputDataset
from latent_laws.errors import LatentLawsError


class CovertypeDataset(InputDataset[pd.DataFrame]):
    """All 581,012 rows of UCI Covertype, 54 features, without the cover type.

    The first load downloads about 11 MB.

    Args:
        data_home: Folder that keeps the download.
        metadata: Read by Kedro plugins.
    """

    def __init__(self, *, data_home: str, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(metadata, data_home=data_home)
        self._data_home = data_home

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
