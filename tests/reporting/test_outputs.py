import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.reporting.outputs import COLUMNS, RunOutputs, formula_frame, ordered_variants


def test_absent_outputs_are_empty_frames_with_their_columns() -> None:
    outputs = RunOutputs(fidelity=None)
    for name, columns in COLUMNS.items():
        assert outputs.frame(name).empty
        assert set(columns) <= set(outputs.frame(name).columns)
    assert outputs.object("collapse") == {}
    assert outputs.variants == []


def test_lists_of_records_become_frames() -> None:
    outputs = RunOutputs(training_metrics=[{"variant": "standard", "fvu_test": 0.1}])
    assert outputs.frame("training_metrics")["fvu_test"].tolist() == [0.1]


def test_an_unknown_output_is_named() -> None:
    with pytest.raises(LatentLawsError, match=r"no output is called 'fidelty'.*fidelity"):
        RunOutputs(fidelty=pd.DataFrame())


def test_formulas_are_flattened() -> None:
    r2 = {"train": 0.9, "validation": 0.8, "test": 0.7, "test_ci": [0.6, 0.75]}
    frame = formula_frame([{"variant": "rotated", "latent": 3, "r2": r2}])
    row = frame.iloc[0]
    assert (row["r2_test"], row["ci_low"], row["ci_high"]) == (0.7, 0.6, 0.75)
    assert "r2" not in frame.columns


def test_formulas_without_an_interval_are_kept() -> None:
    frame = formula_frame([{"variant": "standard", "r2": {"test": 0.5}}])
    assert frame["ci_low"].isna().all()


def test_variants_come_in_their_customary_order() -> None:
    assert ordered_variants(["mine", "distillable", "standard", "rotated"]) == [
        *("standard", "rotated", "distillable"),
        "mine",
    ]
