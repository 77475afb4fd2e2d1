"""The pipelines by name."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

from latent_laws.pipelines.reporting import create_pipeline as create_reporting

# From a table to the report. An environment whose data or encoder want others names them in its
# globals.yml, under `pipelines`.
DEFAULT = (
    *("data_processing", "training", "symbolic_distillation"),
    *("meta_analysis", "training_analysis", "reporting"),
)
# What Kedro-Viz folds: two boxes, each with a box for each of its pipelines, so that the first view
# is read without zooming. Datasets keep their names.
_DATA = ("text_processing", "data_processing")


def register_pipelines() -> dict[str, Pipeline]:
    """Find the pipelines of this package; nodes get a tag and a namespace by their pipeline.

    Returns:
        Pipelines by name; `__default__` runs those of `DEFAULT`.
    """
    found = find_pipelines(raise_errors=True)
    found.pop("__default__", None)
    # those that were asked for, where a run names some
    default = {name: found[name] for name in DEFAULT if name in found}
    if "reporting" in default:
        made = {name for one in default.values() for name in one.all_outputs()}
        default["reporting"] = create_reporting(made)
    return {
        "__default__": sum((_placed(*one) for one in default.items()), Pipeline([])),
        **{name: _placed(name, pipeline) for name, pipeline in found.items()},
    }


def _placed(name: str, pipeline: Pipeline) -> Pipeline:
    return Pipeline(
        [pipeline],
        tags=name,
        namespace=f"{'data' if name in _DATA else 'distillation'}.{name}",
        prefix_datasets_with_namespace=False,
    )
