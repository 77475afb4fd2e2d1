"""The parameters of data_processing."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from latent_laws.features.columns import ColumnOptions
from latent_laws.features.split import SplitOptions


class DataProcessingOptions(BaseModel):
    """From raw records to features.

    Attributes:
        source: Whether the records are a table of numbers or texts.
        columns: The columns of a table by kind.
        split: Sizes of the training, validation and test parts.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["table", "text"] = "table"
    columns: ColumnOptions = ColumnOptions()
    split: SplitOptions = SplitOptions()
    standardise_binary: bool = False
