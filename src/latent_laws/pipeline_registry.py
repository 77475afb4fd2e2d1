"""The pipelines by name."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

# From a table to the report. An environment whose data or encoder want others names them in its
# globals.yml, under `pipelines`.
DEFAULT = (
    *("data_processing", "training", "symbolic_distillation"),
    *("meta_analysis", "training_analysis", "reporting"),
)


def register_pipelines() -> dict[str, Pipeline]:
    """Find the pipelines of this package and tag each node with the name of its pipeline.

    Returns:
        Pipelines by name; `__default__` runs those of `DEFAULT`.
    """
    found = find_pipelines(raise_errors=True)
    pipelines = {
        name: Pipeline([pipeline], tags=name)
        for name, pipeline in found.items()
        if name != "__default__"
    }
    default = (pipelines[name] for name in DEFAULT if name in pipelines)
    return {"__default__": sum(default, Pipeline([])), **pipelines}
