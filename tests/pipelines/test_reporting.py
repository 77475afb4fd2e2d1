"""The reporting pipeline: what it says of the run itself."""

from kedro.config import OmegaConfigLoader

from latent_laws.pipelines.reporting.nodes import gather_parameters
from tests.builders import ROOT


def configured(environment: str) -> dict[str, object]:
    loader = OmegaConfigLoader(
        str(ROOT / "conf"),
        env=environment,
        base_env="base",
        default_run_env="covertype",
        merge_strategy={"parameters": "soft"},
    )
    return dict(loader["parameters"])


def test_parameters_of_every_pipeline_are_told_with_their_defaults() -> None:
    used = gather_parameters(configured("text"))
    assert used["text_processing"]["reviews"] and used["text_analysis"]
    assert used["run"]["workers"] == 2
    table = gather_parameters(configured("covertype"))
    assert list(table) == [
        *("run", "data_processing", "training", "symbolic_distillation", "meta_analysis")
    ]
    assert table["data_processing"]["max_rows"] == 50_000
