"""The pipelines by name."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline


def register_pipelines() -> dict[str, Pipeline]:
    """Find the pipelines of this package and tag each node with the name of its pipeline.

    Returns:
        Pipelines by name; `__default__` runs them all.
    """
    found = find_pipelines(raise_errors=True)
    pipelines = {
        name: Pipeline([pipeline], tags=name)
        for name, pipeline in found.items()
        if name != "__default__"
    }
    return {"__default__": sum(pipelines.values(), Pipeline([])), **pipelines}
