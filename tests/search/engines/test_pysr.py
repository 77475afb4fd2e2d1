"""The PySR engine: against a recorded real run, the installed PySR's Python side, and Julia."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy
from pydantic import ValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.pysr import (
    PYSR_WORDS,
    PySREngine,
    PySROptions,
    _guesses,
    read_hall_of_fame,
    safe_names,
)
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import prepare
from latent_laws.search.problem import Problem

HERE = Path(__file__).parent
RUN = HERE / "pysr_run"
STUB = HERE / "julia_stub"
# The constructor's parameters that the engine uses and that PySR 1.5.10 has.
PYSR_1_5_10 = set(
    """binary_operators unary_operators niterations populations population_size
    ncycles_per_iteration maxsize maxdepth parsimony max_evals nested_constraints precision
    parallelism batching random_state deterministic verbosity progress input_stream""".split()
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


def small(**options: object) -> PySROptions:
    """Return options of a short search."""
    return PySROptions.model_validate({"niterations": 5, "populations": 4, "maxsize": 15} | options)


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


def recorded(stub: pytest.MonkeyPatch, tmp_path: Path, *equations: str) -> None:
    """Let the stand-in find these equations."""
    file = tmp_path / "recorded.csv"
    rows = [f'{size},0.1,"{text}"' for size, text in enumerate(equations)]
    file.write_text("\n".join(["Complexity,Loss,Equation", *rows]))
    stub.setenv("RECORDED_HALL_OF_FAME", str(file))


def own_temporary_folder(stub: pytest.MonkeyPatch, folder: Path) -> None:
    """Let temporary files of this test, and of its processes, lie apart from those of others."""
    folder.mkdir()
    stub.setenv("TMPDIR", str(folder))
    stub.setattr(tempfile, "tempdir", None)


def temporary_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("latent_laws_pysr_*"))


def test_installed_pysr_takes_the_arguments_and_leaves_nothing_behind(
    stub: pytest.MonkeyPatch, tmp_path: Path, table: pd.DataFrame
) -> None:
    """The real PySRRegressor is built and fitted; only Julia's search is a stand-in."""
    recorded(stub, tmp_path, "Slope", "feature_0 + Slope")
    own_temporary_folder(stub, tmp_path / "temporary")
    X, y = table[["Soil_Type_28", "Slope"]].to_numpy(), table["latent"].to_numpy()
    names = ["soil type", "Slope"]
    known = (Formula.parse("0.5*`soil type` + tanh(Slope)", names),)

    found = PySREngine().search(Problem(X, y, names, found=known), small(max_evals=1000), seed=3)

    assert [set(form.features) for form in found] == [{"Slope"}, set(names)]
    np.testing.assert_allclose(found[1].evaluate(X, names), X.sum(axis=1))
    assert not temporary_folders()


def test_equations_are_not_turned_into_sympy(stub: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # PySR itself fails on a function that sympy cannot make, so a fit only ends well without it
    recorded(stub, tmp_path, "a", "sin((((")
    (form,) = PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(), seed=0)
    assert form.expression == "a"


def test_arguments_are_known_to_the_oldest_pysr_and_limit_nesting() -> None:
    arguments = small(maxdepth=8).arguments(seed=3)
    assert set(arguments) == PYSR_1_5_10
    assert arguments["random_state"] == 3
    limits = arguments["nested_constraints"]
    assert limits == {f: {"sin": 0, "exp": 0, "tanh": 0} for f in ("sin", "exp", "tanh")}


def test_guesses_are_the_best_forms_that_pysr_can_write(table: pd.DataFrame) -> None:
    names = ["Slope", "soil type"]
    X = table[["Slope", "Soil_Type_28"]].to_numpy(np.float64)
    texts = ("Slope", "square(Slope) - 0.5*`soil type`", "abs(Slope)", "1.0", "cos(Slope)")
    forms = tuple(Formula.parse(text, names) for text in texts)
    given = Problem(X, forms[1].evaluate(X, names), names, found=forms)
    safe = {"Slope": "Slope", "soil type": "feature_1"}
    guesses = _guesses(given, safe, small(guesses=2))
    assert guesses[0] == "(square(Slope) - (0.5 * feature_1))"
    assert len(guesses) == 2
    assert not any("abs" in text or "cos" in text for text in guesses)


def test_at_its_time_limit_the_front_so_far_is_read(
    stub: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded(stub, tmp_path, "a", "a + b")
    stub.setenv("SEARCH_WITHOUT_END", str(tmp_path / "worker"))
    found = PySREngine().search(
        Problem(np.eye(4), np.ones(4), list("abcd")), small(time_limit=15), seed=0
    )
    assert [form.expression for form in found] == ["a", "a + b"]
    assert is_gone(int((tmp_path / "worker").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="the system ends the worker on Linux only")
def test_a_terminated_search_leaves_no_worker(stub: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recorded(stub, tmp_path, "a")
    file = tmp_path / "worker"
    stub.setenv("SEARCH_WITHOUT_END", str(file))
    stub.setenv("PYTHONPATH", os.pathsep.join([str(STUB), *sys.path]))
    program = (
        "import numpy as np; from latent_laws.search.engines.pysr import *;"
        "PySREngine().search(Problem(np.eye(4), np.ones(4), list('abcd')), PySROptions(), 0)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    wait_for(lambda: file.is_file() and file.read_text() != "")
    parent.terminate()
    parent.wait()
    wait_for(lambda: is_gone(int(file.read_text())))


def is_gone(process: int) -> bool:
    """Tell whether a process has ended; a zombie nobody has asked for yet counts as ended."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True
    return status.rsplit(")", 1)[1].split()[0] == "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


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
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(), seed=0)
    assert "\n" not in str(told.value)


def test_killed_worker_is_told_by_signal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "juliacall.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LatentLawsError, match=r"killed by SIGSEGV"):
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(), seed=0)


@pytest.mark.usefixtures("no_julia")
def test_without_julia_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LatentLawsError) as told:
        PySREngine().search(Problem(np.eye(4), np.ones(4), list("abcd")), small(), seed=0)
    message = str(told.value)
    assert "\n" not in message
    for part in ("does not start", "juliapkg", "PYTHON_JULIAPKG_EXE", "network", "operon"):
        assert part in message


@pytest.mark.usefixtures("no_julia")
def test_without_julia_a_run_is_told_before_its_searches() -> None:
    with pytest.raises(LatentLawsError, match="PySR does not start"):
        prepare(SearchOptions(engines=("pysr",)), 100)


def test_how_long_it_may_take_is_told_before(
    stub: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    prepare(SearchOptions.model_validate({"engines": "pysr", "pysr": {"time_limit": 20}}), 126)
    assert "126 fits of at most 20 s each" in caplog.text


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
def test_real_search_finds_a_planted_formula_and_repeats_it() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = 2.0 * X[:, 0] + np.tanh(X[:, 1])
    fronts = [
        PySREngine().search(Problem(X, y, ["a", "b", "c"]), small(niterations=20), seed=0)
        for _ in range(2)
    ]
    assert fronts[0] == fronts[1]
    errors = [np.mean((formula.evaluate(X, ["a", "b", "c"]) - y) ** 2) for formula in fronts[0]]
    assert min(errors) < 1e-6
