import pandas as pd
import pytest

from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.sections import (
    collapse_rows,
    label_texts,
    law_curve,
    law_parts,
    probe_rows,
    verdict_counts,
)


def test_without_data_there_are_no_rows() -> None:
    empty = RunOutputs()
    assert verdict_counts(empty) == []
    assert collapse_rows(empty) == []
    assert law_parts({}) == []
    assert law_curve({}) == {}
    assert probe_rows({"applicable": False, "reason": "no texts"}) == []
    assert label_texts(empty.frame("dimension_labels")) == {}


def test_verdicts_of_features_are_counted_by_variant(covertype: RunOutputs) -> None:
    counts = dict(verdict_counts(covertype))
    assert counts["constant"] == [1, 1, 1]
    assert [sum(column) for column in zip(*counts.values(), strict=True)] == [54, 54, 54]


def test_collapse_names_what_it_found() -> None:
    collapse = {
        "standard": {
            **{"dead_latents": [], "constant_latents": [4]},
            **{"duplicate_latents": [[1, 3, 0.999]], "participation_ratio": 7.456},
            "dead_inputs": list("abcdef"),
        }
    }
    formulas = [{"variant": "standard", "latent": 0, "r2": {}}]
    rows = dict(collapse_rows(RunOutputs(collapse=collapse, formulas=formulas)))
    assert rows["latents the decoder ignores"] == ["none"]
    assert rows["latents without variance"] == ["1: 4"]
    assert rows["pairs of duplicate latents"] == ["1: 1-3"]
    assert rows["inputs without effect on any latent"] == ["6: a, b, c, d, ..."]
    assert rows["effective number of latents"] == ["7.46"]


def test_laws_come_with_what_they_are_held_against(covertype: RunOutputs) -> None:
    laws = covertype.object("reconstruction_law")
    (law,) = law_parts(laws)
    assert [row[0] for row in law.rows] == [
        *("this law", "power law", "exponential", "scaled pca spectrum"),
        "the same search on PCA's loss",
    ]
    assert law.rows[0][1] == "0.02"
    assert any("97.0" in sentence for sentence in law.sentences)
    assert any("takes 21.5 latents (17.2 to more" in sentence for sentence in law.sentences)
    assert law_curve(laws)[2.0] == pytest.approx(0.35 * 2.718281828 ** (-2 / 6))


def test_a_law_that_was_not_sought_is_left_out() -> None:
    assert law_parts({"rotated": {"latent_dims": [32], "law": None}}) == []


def test_probe_rows_name_variant_and_baseline(text: RunOutputs) -> None:
    rows = probe_rows(text.object("task_probe"))
    assert [row[0] for row in rows] == [
        *("features", "encoder (standard)", "formulas (standard)", "random features"),
        "most frequent label",
    ]


def test_only_labels_above_chance_are_shown() -> None:
    labels = pd.DataFrame(
        {
            **{"kind": ["input", "latent", "input"], "name": ["a", "z0", "b"]},
            **{"variant": [None, "standard", None], "has_label": [True, True, False]},
            **{"high_words": ["good", "fine", ""], "low_words": ["bad", "poor", ""]},
        }
    )
    assert label_texts(labels) == {"a": "good / not: bad", "standard z0": "fine / not: poor"}
