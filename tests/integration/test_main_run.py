"""`kedro run` from raw records to the report."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner

from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from tests.builders import ROOT
from tests.runs import kedro_run, make_project, start

NAMES = ("encoder", "variant", "latent_dim")
COLUMNS = {
    "reconstruction_errors": {"variant", "latent_dim", "seed", "feature", "mse", "fvu"},
    "training_curves": {"variant", "latent_dim", "seed", "step", "mse_train", "mse_validation"},
    "pareto_fronts": {
        *("variant", "latent", "seed", "engine", "expression", "complexity"),
        *("r2_train", "r2_validation", "r2_test"),
    },
    "fidelity": {
        *("variant", "latent", "surrogate", "r2_test", "ci_low", "ci_high"),
        *("complexity", "n_features"),
    },
    "feature_importance": {
        *(*NAMES, "feature", "group", "importance", "importance_low", "importance_high"),
        *("permutation", "integrated_gradients", "own_variance"),
    },
    "deletion_curves": {*NAMES, "ranking", "order", "k", "fvu", "fvu_untouched"},
    "rankings": {*NAMES, "ranking", "credit", "area", "low", "high", "clears_next"},
    "agreement": {*NAMES, "what", "ranking", "with_what", "value", "low", "high", "n"},
    "interactions": {
        *(*NAMES, "feature_a", "feature_b", "max_strength"),
        *("null_strength", "noise_strength", "encoder_strength"),
    },
    "formula_classes": {*NAMES, "latent", "formula_class"},
    "collapse": {
        *(*NAMES, "constant", "dead", "duplicate", "effective", "largest_correlation"),
    },
    "redundancy": {*NAMES, "feature", "group", "kind", "verdict", "jointly_recoverable"},
    "redundancy_check": {
        *(*NAMES, "removed", "n_removed", "draw", "fvu_before", "fvu_after", "retrained"),
    },
    "frontier": {
        *("encoder", "variant", "latent_dim", "max_nodes", "seed", "kind", "nodes", "n_inputs"),
        *("fvu_validation", "fvu_test", "kept_share"),
    },
}


def load(project: Path, name: str, **session: Any) -> Any:
    """Load a catalog dataset of a project."""
    bootstrap_project(project)
    with KedroSession.create(project_path=project, env="test", **session) as opened:
        return opened.load_context().catalog.load(name)


def without_times(results: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in results.items() if not key.startswith("seconds")}


@pytest.fixture(scope="module")
def repeated(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished project after a second run; what that printed is in `output.txt`."""
    project = tmp_path_factory.mktemp("repeated") / "project"
    shutil.copytree(finished, project, symlinks=True)
    (project / "output.txt").write_text(kedro_run(project))
    return project


def test_every_output_of_the_catalog_is_there(finished: Path) -> None:
    bootstrap_project(finished)
    entries = [
        yaml.safe_load(path.read_text()) for path in (ROOT / "conf/base").glob("catalog_*.yml")
    ]
    of_texts = {"dimension_labels", "task_probe", "texts", "word_laws"}
    names = {name for entry in entries for name in entry if "{" not in name} - of_texts
    with KedroSession.create(project_path=finished, env="test") as session:
        catalog = session.load_context().catalog
        missing = sorted(name for name in names if not catalog[name].exists())
    assert not missing


def test_every_node_runs_alone_on_what_was_saved(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    shutil.copytree(finished, project, symlinks=True)
    bootstrap_project(project)
    monkeypatch.chdir(project)  # the cache lies there
    with KedroSession.create(project_path=project, env="test") as session:
        catalog = session.load_context().catalog
    for node in pipelines["__default__"].nodes:
        alone = Pipeline([node])
        unsaved = [name for name in alone.datasets() if name not in catalog]
        assert unsaved == [], f"{node.name} cannot be run alone"
        SequentialRunner().run(alone, catalog)


def test_formulas_of_one_run_beside_networks_of_another_are_refused(
    finished: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(finished, project, symlinks=True)
    kedro_run(project, "--pipelines", "training", "--params", "training.fit.steps=10")
    process = start(project, "--pipelines", "meta_analysis")
    output = process.communicate()[0]
    assert process.returncode != 0
    line = " ".join(output.split()).split("Error: ")[-1]
    assert "do not belong together, they go back to different 'autoencoders'" in line


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_as_documented(finished: Path, name: str) -> None:
    assert COLUMNS[name] <= set(load(finished, name).columns)


def test_the_run_ends_with_the_headline(finished: Path) -> None:
    log, headline = (finished / "output.txt").read_text().rsplit("Latent Laws: ", 1)
    assert "searching formulas: 24/24 tasks" in " ".join(log.split())
    assert "Formulas can replace the encoder" in headline
    assert "report.html" in headline.splitlines()[-1]


def test_no_chosen_formula_is_beaten_by_a_linear_one_of_its_size(finished: Path) -> None:
    fronts = load(finished, "pareto_fronts")
    linear = fronts[fronts["engine"] == "sparse_linear"]
    for _, chosen in fronts[fronts["selected"]].iterrows():
        rivals = linear[
            (linear["variant"] == chosen["variant"])
            & (linear["latent"] == chosen["latent"])
            & (linear["seed"] == chosen["seed"])
            & (linear["complexity"] == chosen["complexity"])
        ]
        assert (rivals["r2_validation"] <= chosen["r2_validation"] + 1e-12).all()


def test_formulas_are_the_symbolic_encoder(finished: Path) -> None:
    features = load(finished, "features")
    test = features[features["split"] == "test"].drop(columns="split")
    encoders = load(finished, "symbolic_encoder")
    formulas = load(finished, "formulas")
    assert set(encoders) == {record["encoder"] for record in formulas}
    for variant, document in encoders.items():
        Z = SymbolicEncoder.from_json(document).on_scaled(test)
        assert Z.shape == (len(test), 4), variant


def test_an_unchanged_run_repeats_itself_from_the_cache(repeated: Path, finished: Path) -> None:
    output = " ".join((repeated / "output.txt").read_text().split())
    assert "searching formulas: 24/24 tasks (24 from the cache)" in output
    assert load(repeated, "formulas") == load(finished, "formulas")
    assert without_times(load(repeated, "results")) == without_times(load(finished, "results"))


def test_earlier_versions_can_be_loaded(repeated: Path) -> None:
    folder = repeated / "data/07_model_output/test/formulas.json"
    first, _ = sorted(path.name for path in folder.iterdir())
    saved = json.loads((folder / first / "formulas.json").read_text())
    bootstrap_project(repeated)
    with KedroSession.create(project_path=repeated, env="test") as session:
        context = session.load_context()
        catalog = context._get_catalog(load_versions={"formulas": first})
        assert catalog.load("formulas") == saved


def test_one_worker_gives_the_same_as_two(
    finished: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    alone = make_project(tmp_path_factory.mktemp("alone"))
    settings = alone / "conf/test/parameters_run.yml"
    settings.write_text(settings.read_text().replace("workers: 2", "workers: 1"))
    kedro_run(alone)
    assert load(alone, "formulas") == load(finished, "formulas")
    pd.testing.assert_frame_equal(load(alone, "fidelity"), load(finished, "fidelity"))
    assert without_times(load(alone, "results")) == without_times(load(finished, "results"))


def test_a_killed_run_leaves_what_was_there_and_resumes(
    finished: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(finished, project, symlinks=True)
    shutil.rmtree(project / "data/cache")
    before = load(project, "formulas")
    distil = ("--pipelines", "symbolic_distillation")
    process = start(project, *distil)
    deadline = time.monotonic() + 60
    while len(list((project / "data/cache").rglob("output.pkl"))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert load(project, "formulas") == before
    output = " ".join(kedro_run(project, *distil).split())
    searched = output.split("searching formulas: 24/24 tasks (")[1]
    assert int(searched.split()[0]) >= 3, "finished searches are kept"
    assert load(project, "formulas") == before
