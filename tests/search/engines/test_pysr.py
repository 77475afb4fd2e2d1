"""The PySR engine: against a recorded real run, the installed PySR's Python side, and Julia."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy
from pydantic import ValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.search.engines.pysr import (
    PYSR_WORDS,
    PySREngine,
    PySROptions,
    read_hall_of_fame,
    safe_names,
)
from latent_laws.search.problem import Problem

HERE = Path(__file__).parent
RUN = HERE / "pysr_run"
STUB = HERE / "julia_stub"
# The constructor's parameters that the engine uses and that PySR 1.5.10 has.
PYSR_1_5_10 = set(
    """binary_operators unary_operators niterations populations population_size
    ncycles_per_iteration maxsize maxdepth parsimony max_evals timeout_in_seconds precision
    parallelism batching random_state deterministic verbosity progress input_stream run_id
    output_directory""".split()
)


@pytest.fixture
def table() -> pd.DataFrame:
    """Return the recorded run's table: six inputs and `latent`."""
    return pd.read_csv(RUN / "table.csv")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Put the stand-in for juliacall where the worker finds it first."""
    monkeypatch.setenv("PYTHONPATH", str(STUB))
    monkeypatch.setenv("RECORDED_HALL_OF_FAME", str(RUN / "hall_of_fame.csv"))
    return monkeypatch


@pytest.fixture
def no_julia(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide every Julia and forbid juliapkg to install one."""
    for name in ("PYTHON_JULIAPKG_EXE", "PYTHON_JULIACALL_EXE", "JULIA_DEPOT_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "PATH", "PYTHON_JULIAPKG_PROJECT"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setenv("PYTHON_JULIAPKG_OFFLINE", "yes")


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker be a copy of the recorded front."""

    def copy_front(folder: Path) -> None:
        shutil.copy(RUN / "hall_of_fame.csv", folder)

    monkeypatch.setattr("latent_laws.search.engines.pysr._run_worker", copy_front)


def small(tmp_path: Path, **options: object) -> PySROptions:
    """Return options of a short search that writes below tmp_path."""
    fields: dict[str, object] = {"niterations": 5, "populations": 4, "maxsize": 15}
    return PySROptions.model_validate(fields | {"output_directory": tmp_path / "pysr"} | options)


def own_names(table: pd.DataFrame) -> dict[str, str]:
    """Return the inputs' names, each standing for itself."""
    return {name: name for name in table.columns.drop("latent")}


def test_recorded_predictions_are_reproduced(table: pd.DataFrame) -> None:
    names = own_names(table)
    recorded = pd.read_csv(RUN / "predictions.csv")
    formulas = read_hall_of_fame(RUN / "hall_of_fame.csv", names)

    X = table[list(names)].to_numpy(np.float64)[: len(recorded)]
    predicted = np.column_stack([formula.evaluate(X, list(names)) for formula in formulas])

    assert predicted.shape == recorded.shape
    np.testing.assert_allclose(predicted, recorded.to_numpy(), atol=1e-6)


def test_recorded_losses_are_reproduced(table: pd.DataFrame) -> None:
    names = own_names(table)
    losses = pd.read_csv(RUN / "hall_of_fame.csv")["Loss"]
    X = table[list(names)].to_numpy(np.float64)

    formulas = read_hall_of_fame(RUN / "hall_of_fame.csv", names)
    mse = [
        np.mean((formula.evaluate(X, list(names)) - table["latent"]) ** 2) for formula in formulas
    ]

    np.testing.assert_allclose(mse, losses, rtol=1e-4)


def test_complexity_counts_as_pysr_does(table: pd.DataFrame) -> None:
    formulas = read_hall_of_fame(RUN / "hall_of_fame.csv", own_names(table))
    complexity = pd.read_csv(RUN / "hall_of_fame.csv")["Complexity"]
    assert [formula.complexity for formula in formulas] == complexity.tolist()


def test_best_equation_equals_pysrs_own_sympy_form(table: pd.DataFrame) -> None:
    recorded = json.loads((RUN / "run.json").read_text())
    formulas = read_hall_of_fame(RUN / "hall_of_fame.csv", own_names(table))
    best = next(formula for formula in formulas if formula.complexity == recorded["best"])
    symbols = {symbol.name: symbol for symbol in best.sympy().free_symbols}
    assert sympy.simplify(best.sympy() - sympy.sympify(recorded["sympy"], locals=symbols)) == 0


def test_power_and_small_numbers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "hall_of_fame.csv"
    file.write_text(
        'Complexity,Loss,Equation\n5,0.1,"(a ^ 2.0) * -1.5e-5"\n1,0.2,"NaN"\n2,0.2,"exp(1000.0)"\n'
    )
    (formula,) = read_hall_of_fame(file, {"a": "a"})
    np.testing.assert_allclose(formula.evaluate(np.array([[3.0]]), ["a"]), [-1.35e-4])


def test_missing_or_empty_front_is_told_by_path(tmp_path: Path) -> None:
    file = tmp_path / "hall_of_fame.csv"
    with pytest.raises(LatentLawsError, match=r"no .*hall_of_fame\.csv"):
        read_hall_of_fame(file, {})
    file.write_text("Complexity,Loss,Equation\n")
    with pytest.raises(LatentLawsError, match=r"no equation.*: .*hall_of_fame\.csv"):
        read_hall_of_fame(file, {})


def test_only_names_that_pysr_refuses_are_replaced() -> None:
    names = ["Elevation", "soil type", "N", "max", "lambda", "feature_2", "höhe"]
    safe = safe_names(names)
    assert safe == [
        "Elevation",
        "feature_1",
        "feature_2_",
        "feature_3",
        "feature_4",
        "feature_2",
        "feature_6",
    ]


def test_installed_pysr_takes_the_arguments(
    stub: pytest.MonkeyPatch, tmp_path: Path, table: pd.DataFrame
) -> None:
    """The real PySRRegressor is built and fitted; only Julia's search is a stand-in."""
    recorded = tmp_path / "recorded.csv"
    recorded.write_text('Complexity,Loss,Equation\n1,0.5,"Slope"\n3,0.1,"feature_0 + Slope"\n')
    stub.setenv("RECORDED_HALL_OF_FAME", str(recorded))
    X, y = table[["Soil_Type_28", "Slope"]].to_numpy(), table["latent"].to_numpy()
    names = ["soil type", "Slope"]
    options = small(tmp_path, max_evals=1000, maxdepth=8, timeout_in_seconds=5)

    formulas = PySREngine().search(Problem(X, y, names), options, seed=3)

    assert [formula.complexity for formula in formulas] == [1, 3]
    assert set(formulas[1].features) == set(names)
    np.testing.assert_allclose(formulas[1].evaluate(X, names), X.sum(axis=1))
    (folder,) = (tmp_path / "pysr").iterdir()
    job = json.loads((folder / "job.json").read_text())
    assert set(job["arguments"]) == PYSR_1_5_10
    assert job["arguments"]["random_state"] == 3
    assert not (folder / "data.npz").exists()


@pytest.mark.usefixtures("instant")
def test_run_folder_depends_on_the_task_alone(tmp_path: Path, table: pd.DataFrame) -> None:
    names = list(own_names(table))
    X, y = table[names].to_numpy(), table["latent"].to_numpy()
    for seed in (0, 0, 1):
        PySREngine().search(Problem(X, y, names), small(tmp_path), seed)
    assert len(list((tmp_path / "pysr").iterdir())) == 2
    PySREngine().search(Problem(X, -y, names), small(tmp_path), seed=0)
    assert len(list((tmp_path / "pysr").iterdir())) == 3


def test_search_uses_a_sample_of_paired_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []

    def look(folder: Path) -> None:
        with np.load(folder / "data.npz") as data:
            seen.append((data["X"], data["y"]))
        shutil.copy(RUN / "hall_of_fame.csv", folder)

    monkeypatch.setattr("latent_laws.search.engines.pysr._run_worker", look)
    X = np.arange(50.0)[:, None] * np.ones(6)
    names = pd.read_csv(RUN / "table.csv").columns[:6]
    PySREngine().search(Problem(X, X[:, 0], list(names)), small(tmp_path, rows=20), seed=0)
    (rows, target) = seen[0]
    assert rows.shape == (20, 6)
    np.testing.assert_array_equal(rows[:, 0], target)
    assert len(np.unique(target)) == 20


def test_words_of_the_installed_pysr_are_known(stub: pytest.MonkeyPatch) -> None:
    program = (
        "import json, sympy, pysr.export_sympy as e;"
        "print(json.dumps([k for k in e.sympy_mappings if not hasattr(sympy, k)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert set(json.loads(done.stdout)) <= PYSR_WORDS


def test_failed_fit_is_told_in_one_line(stub: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stub.setenv("RECORDED_HALL_OF_FAME", str(tmp_path / "absent.csv"))
    with pytest.raises(LatentLawsError, match=r"exit code 1.*JuliaError: no recorded run") as told:
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(tmp_path), seed=0)
    assert "\n" not in str(told.value)


def test_killed_worker_is_told_by_signal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "juliacall.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LatentLawsError, match=r"killed by SIGSEGV"):
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(tmp_path), seed=0)


@pytest.mark.usefixtures("no_julia")
def test_without_julia_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LatentLawsError) as told:
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(tmp_path), seed=0)
    message = str(told.value)
    assert "\n" not in message
    for part in ("could not start Julia", "juliapkg", "PYTHON_JULIAPKG_EXE", "engine: operon"):
        assert part in message


def test_without_pysr_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LatentLawsError, match="pip install pysr"):
        PySREngine().version()


def test_version_needs_no_julia() -> None:
    assert re.match(r"\d+\.\d+", PySREngine().version())


@pytest.mark.parametrize(
    "wrong", [{"maxsize": 3}, {"unary_operators": ["sinc"]}, {"batching": True}]
)
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PySROptions.model_validate(wrong)


@pytest.mark.julia
@pytest.mark.skipif(
    not (shutil.which("julia") or os.environ.get("PYTHON_JULIAPKG_EXE")),
    reason="there is no julia on PATH and PYTHON_JULIAPKG_EXE is not set",
)
def test_real_search_finds_a_planted_formula_and_repeats_it(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = 2.0 * X[:, 0] + np.tanh(X[:, 1])
    fronts = [
        PySREngine().search(
            Problem(X, y, ["a", "b", "c"]), small(tmp_path / run, niterations=20), seed=0
        )
        for run in ("first", "second")
    ]
    assert fronts[0] == fronts[1]
    errors = [np.mean((formula.evaluate(X, ["a", "b", "c"]) - y) ** 2) for formula in fronts[0]]
    assert min(errors) < 1e-6
