"""The Covertype sample as the default run scales it, for benchmarks."""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from latent_laws.search.problem import Knowledge
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.table import FeatureTable
from tests.builders import COVERTYPE_SAMPLE

_PARAMETERS = Path(__file__).parents[2] / "conf/covertype/parameters_data_processing.yml"


@cache
def _features() -> tuple[pd.DataFrame, pd.DataFrame]:
    given = yaml.safe_load(_PARAMETERS.read_text(encoding="utf-8"))["data_processing"]
    options = TableOptions.model_validate({"columns": given["columns"]})
    return table_features(pd.read_csv(COVERTYPE_SAMPLE), options)[:2]


def covertype() -> FeatureTable:
    """Return all 20,000 records, split and scaled by the default parameters."""
    return FeatureTable.from_frame(_features()[0])


def covertype_info() -> pd.DataFrame:
    """Return what is known of the columns."""
    return _features()[1]


def covertype_knowledge() -> Knowledge:
    """Return what the units of the columns tell."""
    return Knowledge.of(covertype_info())


def degrees(name: str) -> str:
    """Return a column in degrees as an angle in radians, written over the scaled feature."""
    offset, factor = covertype_knowledge().angles[name]
    return f"({factor!r}*{name} + {offset!r})"
