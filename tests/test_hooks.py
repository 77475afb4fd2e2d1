"""What happens around a run."""

import os
import time
import warnings
from pathlib import Path

import pandas as pd
import pytest
import torch
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from threadpoolctl import threadpool_info

from latent_laws import hooks
from latent_laws.datasets.files import JSONDataset
from latent_laws.errors import LatentLawsError
from latent_laws.hooks import (
    HeadlineHooks,
    LineageHooks,
    ProcessHooks,
    QuietHooks,
    TimingHooks,
)
from latent_laws.tasks import TaskOptions, run_task


def doze(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def first_seconds(timings: dict[str, dict[str, float]], b: float) -> float:
    return timings["training"]["first"]


PIPELINE = Pipeline(
    [
        Node(doze, "params:seconds", "a", name="first", tags=["training", "slow"]),
        Node(doze, "a", "b", name="second", tags=["symbolic_distillation"]),
        Node(first_seconds, ["timings", "b"], "c", name="last", tags=["meta_analysis"]),
    ]
)


def catalog_in(folder: Path) -> DataCatalog:
    catalog = DataCatalog({"timings": JSONDataset(filepath=str(folder / "timings.json"))})
    catalog["params:seconds"] = 0.05
    return catalog


def run(pipeline: Pipeline, catalog: DataCatalog) -> dict[str, object]:
    manager = _create_hook_manager()
    manager.register(TimingHooks())
    manager.hook.before_pipeline_run(run_params={}, pipeline=pipeline, catalog=catalog)
    return SequentialRunner().run(pipeline, catalog, hook_manager=manager)


@pytest.fixture(autouse=True)
def known_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("training", "symbolic_distillation", "meta_analysis")
    monkeypatch.setattr(hooks, "pipelines", dict.fromkeys(names))


def test_seconds_are_kept_by_pipeline_and_node(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    run(PIPELINE, catalog)
    timings = catalog["timings"].load()
    assert list(timings) == ["training", "symbolic_distillation", "meta_analysis"]
    assert 0.05 <= timings["training"]["first"] < 0.2
    assert 0.05 <= timings["symbolic_distillation"]["second"] < 0.2


def test_the_last_node_reads_those_before_it(tmp_path: Path) -> None:
    outputs = run(PIPELINE, catalog_in(tmp_path))
    assert outputs["c"].load() >= 0.05  # type: ignore[attr-defined]  # Kedro gives datasets


def search(seconds: float) -> float:
    """Doze as a task, with one line of progress."""
    options = TaskOptions(workers=1, cache=None)
    return run_task(doze, {"seconds": seconds}, options, "searching")


def test_a_step_is_one_line_with_its_seconds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither more where its tasks told how far they are, nor one where it took no time."""
    catalog = catalog_in(tmp_path)
    catalog["params:seconds"] = 0.15
    node = Node(search, "b", "d", name="search", tags=["meta_analysis"])
    with caplog.at_level("INFO", "latent_laws"):
        run(PIPELINE + Pipeline([node]), catalog)
    lines = [one.getMessage() for one in caplog.records if one.name.startswith("latent_laws")]
    assert sorted(line.split(": ")[0] for line in lines) == ["first", "searching", "second"]
    assert all(line.endswith(" s") for line in lines)


def test_a_partial_run_keeps_the_seconds_of_the_rest(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    catalog["timings"].save({"training": {"first": 1.0, "other": 2.0}, "old": {"gone": 3.0}})
    run(PIPELINE.filter(node_names=["first"]), catalog)
    timings = catalog["timings"].load()
    assert timings["training"]["first"] < 1
    assert timings["training"]["other"] == 2
    assert timings["old"] == {"gone": 3}


def test_a_run_that_fails_leaves_no_earlier_seconds_of_its_nodes(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    catalog["timings"].save({"training": {"first": 1.0, "other": 2.0}})
    catalog["params:seconds"] = -1.0
    with pytest.raises(ValueError, match="non-negative"):
        run(PIPELINE, catalog)
    assert catalog["timings"].load() == {"training": {"other": 2.0}}


def test_a_catalog_without_timings_is_left_alone() -> None:
    catalog = DataCatalog()
    catalog["params:seconds"] = 0.0
    run(PIPELINE.filter(node_names=["first"]), catalog)
    assert "timings" not in catalog


def test_outputs_that_do_not_belong_together_stop_the_run(tmp_path: Path) -> None:
    names = ("number", "double", "quadruple", "lineage")
    catalog = DataCatalog({n: JSONDataset(filepath=str(tmp_path / f"{n}.json")) for n in names})
    pipeline = Pipeline(
        [
            Node(lambda x: x * 2, "number", "double", name="doubling"),
            Node(lambda x: x * 2, "double", "quadruple", name="again"),
            Node(lambda x, y: x + y, ["double", "quadruple"], "sum", name="adding"),
        ]
    )

    def start(*nodes: str) -> None:
        manager = _create_hook_manager()
        manager.register(LineageHooks())
        chosen = pipeline.filter(node_names=nodes or None)
        params = {"run_id": "this run"}
        manager.hook.before_pipeline_run(run_params=params, pipeline=chosen, catalog=catalog)
        SequentialRunner().run(chosen, catalog, hook_manager=manager)

    catalog.save("number", 1)
    start()
    start("adding")
    catalog.save("number", 5)
    start("doubling")
    with pytest.raises(LatentLawsError, match="'quadruple' and 'double' do not belong together"):
        start("adding")
    start("again", "adding")
    known = catalog.load("lineage")
    assert len(known["double"]) == 2
    assert {entry["run"] for entry in known["double"].values()} == {"this run"}


def test_this_process_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    torch.set_num_threads(2)
    ProcessHooks().after_context_created()
    assert torch.get_num_threads() == 1
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_warnings_of_our_own_still_show() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        QuietHooks()
        warnings.warn("worth reading", UserWarning, stacklevel=1)
        warnings.warn_explicit(
            "register_new_resolver() is deprecated and will be removed",
            UserWarning,
            "omegaconf_config.py",
            1,
            module="kedro.config.omegaconf_config",
        )
    assert [str(warning.message) for warning in caught] == ["worth reading"]


def count_rows(features: pd.DataFrame, law: dict[str, object]) -> int:
    return len(features) + len(law)


def test_findings_that_nobody_made_are_empty_in_a_report(tmp_path: Path) -> None:
    node = Node(count_rows, ["features", "reconstruction_law"], "results", name="count")
    catalog = DataCatalog({"reconstruction_law": JSONDataset(filepath=str(tmp_path / "law.json"))})
    HeadlineHooks().before_pipeline_run(pipeline=Pipeline([node]), catalog=catalog)
    assert catalog.load("features").empty
    assert catalog.load("reconstruction_law") == {}
    assert not (tmp_path / "law.json").exists()


def test_findings_that_were_made_stay(tmp_path: Path) -> None:
    law = JSONDataset(filepath=str(tmp_path / "law.json"))
    law.save({"standard": {}})
    node = Node(len, "reconstruction_law", "results", name="count")
    catalog = DataCatalog({"reconstruction_law": law})
    HeadlineHooks().before_pipeline_run(pipeline=Pipeline([node]), catalog=catalog)
    assert catalog.load("reconstruction_law") == {"standard": {}}


def test_what_is_made_again_keeps_the_seconds_of_the_work(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    catalog["a"] = JSONDataset(filepath=str(tmp_path / "a.json"))
    run(PIPELINE.filter(node_names=["first"]), catalog)
    catalog["timings"].save({"training": {"first": 7.0}})
    run(PIPELINE.filter(node_names=["first"]), catalog)
    assert catalog["timings"].load() == {"training": {"first": 7.0}}
    catalog["params:seconds"] = 0.01
    run(PIPELINE.filter(node_names=["first"]), catalog)
    assert catalog["timings"].load()["training"]["first"] < 1
