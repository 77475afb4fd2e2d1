"""The pipelines and the configuration fit together in every environment."""

import itertools
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import configure_project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from latent_laws import settings
from latent_laws.pipeline_registry import DEFAULT, register_pipelines
from tests.builders import ROOT

ENVIRONMENTS = sorted(
    folder.name for folder in (ROOT / "conf").iterdir() if folder.is_dir() and folder.name != "base"
)
NAMES = {*DEFAULT, "own_encoder", "text_analysis", "text_processing"}


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Pipeline]:
    configure_project("latent_laws")
    return register_pipelines()


def configuration(environment: str) -> OmegaConfigLoader:
    return OmegaConfigLoader(
        conf_source=str(ROOT / "conf"), env=environment, **settings.CONFIG_LOADER_ARGS
    )


def chosen(environment: str) -> tuple[str, ...]:
    """Return the pipelines of an environment's plain run."""
    return tuple(configuration(environment)["globals"].get("pipelines", DEFAULT))


def test_the_default_trains_and_reports(pipelines: dict[str, Pipeline]) -> None:
    assert set(pipelines) == {"__default__", *NAMES}
    assert len(pipelines["__default__"].nodes) == sum(
        len(pipelines[name].nodes) for name in DEFAULT
    )
    assert pipelines["__default__"].inputs() & {"raw_records"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_makes_what_its_report_reads(
    environment: str, pipelines: dict[str, Pipeline]
) -> None:
    catalog = configuration(environment)["catalog"]
    run = sum((pipelines[name] for name in chosen(environment)), Pipeline([]))
    missing = [
        name
        for name in run.inputs() - {"raw_records", "reviews", "timings"}
        if not name.startswith("param") and not catalog[name].get("optional")
    ]
    assert missing == []


def test_every_node_is_tagged_with_its_pipeline(pipelines: dict[str, Pipeline]) -> None:
    for name in NAMES:
        assert all(name in node.tags for node in pipelines[name].nodes)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_passes_between_pipelines_is_kept(
    environment: str, pipelines: dict[str, Pipeline]
) -> None:
    catalog = DataCatalog.from_config(configuration(environment)["catalog"])
    for name in chosen(environment):
        for dataset in pipelines[name].inputs():
            if not dataset.startswith("param"):
                assert dataset in catalog, f"{name} reads {dataset}, which nothing keeps"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_parameter_of_the_run_is_set(
    environment: str, pipelines: dict[str, Pipeline]
) -> None:
    given = set(configuration(environment)["parameters"])
    read = {
        dataset.removeprefix("params:")
        for name in chosen(environment)
        for dataset in pipelines[name].inputs()
        if dataset.startswith("params:")
    }
    assert read <= given


def test_no_environment_writes_where_another_does() -> None:
    def outputs(name: str) -> set[str]:
        catalog = configuration(name)["catalog"]
        return {
            entry["filepath"]
            for entry in catalog.values()
            if "filepath" in entry and not Path(entry["filepath"]).is_relative_to("data/01_raw")
        }

    for first, second in itertools.combinations(ENVIRONMENTS, 2):
        assert not outputs(first) & outputs(second)
