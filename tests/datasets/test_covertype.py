"""The full Covertype table, without downloading it."""

from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pandas as pd
import pytest
from kedro.io import DatasetError

from latent_laws.datasets import covertype
from latent_laws.datasets.covertype import CovertypeDataset
from latent_laws.errors import LatentLawsError


def test_the_table_is_scikit_learns_without_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw_covertype: pd.DataFrame
) -> None:
    def fetch(data_home: str, as_frame: bool) -> SimpleNamespace:
        assert data_home == str(tmp_path) and as_frame
        return SimpleNamespace(data=raw_covertype, target=raw_covertype["Slope"])

    monkeypatch.setattr(covertype, "fetch_covtype", fetch)
    dataset = CovertypeDataset(data_home=str(tmp_path))
    pd.testing.assert_frame_equal(dataset.load(), raw_covertype)
    assert dataset.exists()


def test_without_a_network_the_default_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(data_home: str, as_frame: bool) -> SimpleNamespace:
        raise URLError("no route to host")

    monkeypatch.setattr(covertype, "fetch_covtype", fetch)
    with pytest.raises(DatasetError) as caught:
        CovertypeDataset(data_home=str(tmp_path)).load()
    cause = caught.value.__cause__
    assert isinstance(cause, LatentLawsError)
    assert "no route to host" in str(cause)
    assert str(cause).endswith("whose sample needs none: kedro run")


def test_the_table_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="can be loaded only"):
        CovertypeDataset(data_home=str(tmp_path)).save("anything")  # type: ignore[arg-type]  # on purpose
