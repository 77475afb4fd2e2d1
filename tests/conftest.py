"""Fixtures for all tests: one thread, a slice of Covertype, a project to run in."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from filelock import FileLock
from hypothesis import settings
from threadpoolctl import threadpool_limits

from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.split import SplitOptions
from latent_laws.tables.table import FeatureTable
from tests.builders import read_covertype
from tests.runs import kedro_run, make_project

torch.set_num_threads(1)
threadpool_limits(limits=1)
# how long an example takes says more about what else runs on the machine
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what reads the one finished run come first: it takes longest."""
    items.sort(key=lambda item: not _reads_a_run(item))


def _reads_a_run(item: pytest.Item) -> bool:
    return "finished" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def raw_covertype() -> pd.DataFrame:
    """The first 1,500 real records, as they came."""
    return read_covertype(1500)


@pytest.fixture(scope="session")
def covertype_frames(raw_covertype: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The catalog's `features` and `feature_info` of those records."""
    columns = ColumnOptions.model_validate(
        {
            "binary": [],
            "one_hot": [
                {"group": "Wilderness_Area", "columns": ["Wilderness_Area_{0..3}"]},
                {"group": "Soil_Type", "columns": ["Soil_Type_*"]},
            ],
            "units": {"Aspect": "degree", "Slope": "degree"},
        }
    )
    split = SplitOptions(validation_fraction=0.2, test_fraction=0.2, seed=0)
    return table_features(raw_covertype, TableOptions(columns=columns, split=split))[:2]


@pytest.fixture(scope="session")
def covertype_table(covertype_frames: tuple[pd.DataFrame, pd.DataFrame]) -> FeatureTable:
    """Those records as a table: 900 training, 300 validation and 300 test rows."""
    return FeatureTable.from_frame(covertype_frames[0])


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after `kedro run --env test`; what the run printed is in `output.txt`.

    All workers of pytest-xdist read one such project: nothing that is there may change.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each has a folder of its own in a common one
        shared = shared.parent
    folder = shared / "finished"
    with FileLock(shared / "finished.lock"):
        if not (folder / "output.txt").exists():
            shutil.rmtree(folder, ignore_errors=True)
            make_project(folder)
            (folder / "output.txt").write_text(kedro_run(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this project's configuration to run in; its outputs go with the test."""
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
