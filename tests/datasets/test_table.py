"""Tables that are opened but not read."""

from pathlib import Path

import fsspec
import pandas as pd
import pytest
from kedro.io import DatasetError

from latent_laws.datasets.table import TableDataset

TABLE = pd.DataFrame({"x": [1.5, 2.5, 3.5], "name": ["a", "b", "c"]})


def test_the_first_rows_are_shown(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "t.csv", index=False, sep=";")
    dataset = TableDataset(filepath=str(tmp_path / "t.csv"), load_args={"sep": ";"})
    assert dataset.exists()
    assert dataset.preview(2) == TABLE.head(2).to_dict(orient="split")
    pd.testing.assert_frame_equal(pd.concat(dataset.load().chunks()), TABLE)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_table_may_lie_anywhere(name: str) -> None:
    url = f"memory://tables/{name}"
    assert not TableDataset(filepath=url).exists()
    with fsspec.open(url, "wb") as file:
        TABLE.to_csv(file, index=False) if name == "t.csv" else TABLE.to_parquet(file)
    dataset = TableDataset(filepath=url)
    assert dataset.exists()
    pd.testing.assert_frame_equal(pd.concat(dataset.load().chunks()), TABLE)
    fsspec.filesystem("memory").rm(f"tables/{name}")


def test_a_table_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="can be loaded only"):
        TableDataset(filepath=str(tmp_path / "t.csv")).save(0)  # type: ignore[arg-type]  # what is refused
