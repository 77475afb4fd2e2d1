import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from tests.findings.planted import Array, info_of, table_of

OPTIONS = RecoverabilityOptions(trees=20)


def columns(rows: int = 3000, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=rows) for name in ("a", "b", "c", "d")}


def recovered(
    made: dict[str, Array],
    options: RecoverabilityOptions = OPTIONS,
    groups: dict[str, str] | None = None,
) -> pd.DataFrame:
    names = [*made]
    table = table_of(np.stack([made[name] for name in names], axis=1), names)
    return recoverability(table, info_of(names, groups), options).set_index("feature")


def test_r2_has_a_closed_form_for_noisy_copies() -> None:
    made = columns()
    made["copy"] = made["a"] + 0.5 * made["b"]
    made["noisy"] = made["c"] + np.random.default_rng(9).normal(size=3000)
    frame = recovered(made)
    assert frame.loc["copy", "r2_from_others"] == pytest.approx(1, abs=1e-3)
    assert frame.loc["noisy", "r2_from_others"] == pytest.approx(0.5, abs=0.1)
    assert frame.loc["d", "r2_from_others"] == pytest.approx(0, abs=0.05)
    assert frame["recoverable"].to_dict() == {
        **{"a": True, "b": True, "copy": True},
        **{"c": False, "d": False, "noisy": False},
    }


def test_products_are_found_without_any_correlation() -> None:
    made = columns()
    made["product"] = made["a"] * made["b"]
    frame = recovered(made, RecoverabilityOptions(max_forests=0))
    assert frame.loc["product", "recoverable"]
    assert set(str(frame.loc["product", "recoverable_from"]).split("|")[:2]) == {"a", "b"}
    linear = recovered(made, RecoverabilityOptions(max_forests=0, max_products=3))
    assert not linear["recoverable"].any()


def test_trees_find_what_the_ridge_regression_misses() -> None:
    made = columns(rows=5000)
    made["wave"] = np.sin(2.5 * made["a"]) + 0.6 * made["a"]
    quick = recovered(made, RecoverabilityOptions(max_forests=0)).loc["wave"]
    found = recovered(made).loc["wave"]
    assert 0.4 < quick["r2_from_others"] < 0.8
    assert not quick["recoverable"]
    assert found["r2_from_others"] > 0.99
    assert found["recoverable"]


def test_jointly_recoverable_features_leave_enough_to_predict_them() -> None:
    # Of a, b and a + b any two give the third.
    made = columns()
    made["sum"] = made["a"] + made["b"]
    frame = recovered(made)
    assert frame.loc[["a", "b", "sum"], "recoverable"].all()
    assert frame["jointly_recoverable"].sum() == 1


def test_members_of_a_group_are_predicted_from_outside_of_it() -> None:
    made = columns()
    category = np.digitize(made["a"], [-0.5, 0.5])
    other = np.random.default_rng(5).integers(0, 3, size=3000)
    for i in range(3):
        made[f"known_{i}"] = (category == i).astype(float)
        made[f"free_{i}"] = (other == i).astype(float)
    groups = {name: name[:-2] for name in made if "_" in name}
    frame = recovered(made, groups=groups)
    members = frame.loc[[f"free_{i}" for i in range(3)]]
    assert members["r2_from_others"].abs().max() < 0.1
    assert frame.loc["known", "recoverable"]
    assert frame.loc["known", "is_group"]
    assert frame.loc["known", "recoverable_from"] is not None
    assert not frame.loc["free", "recoverable"]


def test_constant_features_have_no_r2() -> None:
    made = columns()
    made["constant"] = np.full(3000, 2.0)
    frame = recovered(made)
    assert np.isnan(float(str(frame.loc["constant", "r2_from_others"])))
    assert not frame.loc["constant", "recoverable"]


def test_the_same_seed_gives_the_same_frame() -> None:
    made = columns(rows=600)
    made["step"] = np.floor(made["a"])
    assert recovered(made).equals(recovered(made))
