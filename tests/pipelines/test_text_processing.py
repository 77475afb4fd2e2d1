"""The text_processing pipeline from reviews to a table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog
from kedro.runner import SequentialRunner

from latent_laws.pipelines import data_processing, text_processing
from latent_laws.pipelines.text_processing import nodes
from latent_laws.pipelines.text_processing.parameters import TextProcessingOptions
from latent_laws.tables.features import TableOptions
from latent_laws.text.embedding import EmbeddingOptions
from latent_laws.text.reviews import clean_reviews


def test_texts_become_a_table_of_embeddings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    texts = [f"Report number {number} was on time." for number in range(120)]
    reviews = pd.DataFrame({"text": texts, "label": [0, 1] * 60})
    caches = []

    def embedded(texts: list[str], options: EmbeddingOptions, cache: Path | None) -> pd.DataFrame:
        caches.append(cache)
        lengths = np.array([[len(text), 0.0] for text in texts], dtype=np.float32)
        return pd.DataFrame(lengths, columns=["embedding_000", "embedding_001"])

    monkeypatch.setattr(nodes, "embedding_frame", embedded)
    options = {"reviews": {"n_reviews": 110}, "embedding_cache": str(tmp_path / "cache")}
    columns = {"embedding": ["embedding_*"]}
    catalog = DataCatalog()
    catalog["reviews"] = reviews
    catalog["params:text_processing"] = TextProcessingOptions.model_validate(options)
    catalog["params:data_processing"] = TableOptions.model_validate({"columns": columns})
    both = text_processing.create_pipeline() + data_processing.create_pipeline()
    outputs = SequentialRunner().run(both, catalog)
    features, info = outputs["features"].load(), outputs["feature_info"].load()
    kept = clean_reviews(reviews, TextProcessingOptions.model_validate(options).reviews)
    assert caches == [tmp_path / "cache"]
    assert len(features) == len(kept) == 110
    assert list(info["kind"]) == ["embedding", "embedding"]
    assert list(info["is_constant"]) == [False, True]
    raw_lengths = features["embedding_000"] * info.loc[0, "scale"] + info.loc[0, "mean"]
    np.testing.assert_allclose(raw_lengths, kept["text"].str.len(), atol=1e-4)
