"""The data_processing pipeline from raw records to features."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog
from kedro.runner import SequentialRunner

from latent_laws.errors import LatentLawsError
from latent_laws.pipelines.data_processing import create_pipeline
from latent_laws.tables.features import TableOptions
from latent_laws.tables.table import FeatureTable
from tests.builders import ROOT

PARAMETERS = ROOT / "conf" / "covertype" / "parameters_data_processing.yml"


@pytest.fixture(scope="module")
def options() -> TableOptions:
    given = yaml.safe_load(Path(PARAMETERS).read_text())["data_processing"]
    return TableOptions.model_validate(given)


def run(raw: pd.DataFrame, options: TableOptions) -> tuple[pd.DataFrame, pd.DataFrame]:
    catalog = DataCatalog()
    catalog["raw_records"] = raw
    catalog["params:data_processing"] = options
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    return outputs["features"].load(), outputs["feature_info"].load()


def test_the_sample_becomes_features(raw_covertype: pd.DataFrame, options: TableOptions) -> None:
    features, info = run(raw_covertype, options)
    assert list(features.columns) == ["split", *raw_covertype.columns]
    assert features["split"].value_counts().to_dict() == {
        "train": 1200,
        "validation": 150,
        "test": 150,
    }
    assert info["kind"].value_counts().to_dict() == {"binary": 44, "numeric": 10}
    assert info["group"].value_counts().to_dict() == {"Soil_Type": 40, "Wilderness_Area": 4}
    binary = FeatureTable.from_frame(features).train[:, 10:]
    assert set(np.unique(binary)) == {0, 1}


def test_the_same_seed_gives_the_same_features(
    raw_covertype: pd.DataFrame, options: TableOptions
) -> None:
    for first, second in zip(*(run(raw_covertype, options) for _ in range(2)), strict=True):
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.drop(columns="Slope"), "no column 'Slope'"),
        (lambda raw: raw.assign(Cover_Type=1), "column 'Cover_Type', which the parameters do not"),
        (lambda raw: raw.rename(columns={"Slope": "slope"}), r"is it 'slope'\?"),
        (lambda raw: raw.assign(Slope="flat"), "column 'Slope' holds 'flat' in row 1"),
        (lambda raw: raw.assign(Soil_Type_2=1), "one-hot group 'Soil_Type' sums to 2 in row 1"),
        (lambda raw: raw[:20], "has 20 rows: a split .* needs at least 105"),
        (lambda raw: raw[:0], "no rows"),
    ],
    ids=["missing", "extra", "renamed", "text", "one-hot", "few rows", "no rows"],
)
def test_a_bad_table_stops_the_run_by_name(
    raw_covertype: pd.DataFrame, options: TableOptions, change: object, message: str
) -> None:
    with pytest.raises(LatentLawsError, match=message):
        run(change(raw_covertype), options)  # type: ignore[operator]  # one of the lambdas above
