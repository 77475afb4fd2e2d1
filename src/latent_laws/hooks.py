"""What happens around a run: fewer warnings, one thread a process, seconds and lineage a node."""

import logging
import os
import time
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import AbstractVersionedDataset, DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from threadpoolctl import threadpool_limits

from latent_laws.datasets.files import PageDataset
from latent_laws.lineage import Lineage, path_digest
from latent_laws.progress import Progress
from latent_laws.reporting.headline import print_headline
from latent_laws.reporting.results import Results
from latent_laws.reporting.saved import FRAMES, OBJECTS
from latent_laws.tasks import THREAD_VARIABLES, spare_libraries

logger = logging.getLogger(__name__)

SHORTEST = 0.1  # seconds of a step that is worth a line
TIMINGS = "timings"
RESULTS = "results"
LINEAGE = "lineage"
# they change while a run goes on
_NOT_TRACKED = (TIMINGS, LINEAGE)

# category, beginning of the message and module, the latter two as regular expressions
_WARNINGS: tuple[tuple[type[Warning], str, str], ...] = (
    (UserWarning, r"register_new_resolver\(\) is deprecated", r"kedro\."),
    (UserWarning, r"ORJSONResponse is deprecated", r"kedro_viz\."),
    # a pool lets a worker go that has grown, and starts another
    (UserWarning, r"A worker stopped while some jobs", r"joblib\.externals\.loky\."),
    # torch copies a module that it exported
    (FutureWarning, r"`isinstance\(treespec, LeafSpec\)` is deprecated", r"copyreg"),
)


class QuietHooks:
    """Silence warnings of other packages that users of this one can do nothing about."""

    def __init__(self) -> None:
        # as early as Kedro's settings: its own configuration loader is the first to warn
        for category, message, module in _WARNINGS:
            warnings.filterwarnings("ignore", message, category, module)


class ProcessHooks:
    """Keep this process to one thread, since tasks run in parallel, and spare it what is loaded."""

    @hook_impl
    def after_context_created(self) -> None:
        """Pin BLAS, OpenMP and torch, also those loaded later; collect no libraries as garbage."""
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
        torch.set_num_threads(1)
        threadpool_limits(limits=1)
        spare_libraries()


class TimingHooks:
    """Keep the seconds of every node in the dataset `timings`: pipeline -> node -> seconds.

    What a later run made again, from the cache, keeps the seconds of the run that did the work.
    """

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._told = 0
        self._seconds: dict[str, dict[str, float]] = {}
        self._earlier: dict[str, dict[str, float]] = {}
        self._made: dict[str, dict[str, str]] = {}
        self._catalog = DataCatalog()

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Keep what is known of the nodes that this run leaves alone."""
        self._seconds, self._earlier, self._catalog = {}, {}, catalog
        if TIMINGS not in catalog:
            return
        if catalog[TIMINGS].exists():
            self._earlier = catalog[TIMINGS].load()
            rerun = {_short(node) for node in pipeline.nodes}
            for name, nodes in self._earlier.items():
                kept = {node: seconds for node, seconds in nodes.items() if node not in rerun}
                self._seconds[name] = kept
        catalog[TIMINGS].save(self._seconds)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Look at what the node made before, and start the clock."""
        self._made[node.name] = _digests(node.outputs, self._catalog)
        self._told, self._started[node.name] = Progress.told, time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Stop the clock, say and write it, so that a later node of this run can read.

        Steps of no time, and those whose tasks were shown as they went, get no line of their own.
        """
        seconds = time.perf_counter() - self._started.pop(node.name)
        if seconds >= SHORTEST and Progress.told == self._told:
            step = _short(node).removesuffix("_node").replace("_", " ")
            logger.info("%s: %.1f s", step, seconds)
        self._keep(node, seconds)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Give a node that made all of its outputs again the seconds that it took before."""
        before, same = self._made[node.name], _digests([dataset_name], self._catalog)
        if not same.items() <= before.items() or not same:
            before.clear()  # something is new: these are the seconds of the work
        if before and dataset_name == node.outputs[-1]:
            pipeline, short = _pipeline_of(node), _short(node)
            earlier = self._earlier.get(pipeline, {}).get(short, 0.0)
            self._keep(node, max(earlier, self._seconds[pipeline][short]))

    def _keep(self, node: Node, seconds: float) -> None:
        self._seconds.setdefault(_pipeline_of(node), {})[_short(node)] = round(seconds, 3)
        if TIMINGS in self._catalog:
            self._catalog[TIMINGS].save(self._seconds)


class LineageHooks:
    """Keep in the dataset `lineage` what each output was made from; refuse what does not fit."""

    def __init__(self) -> None:
        self._catalog = DataCatalog()
        self._lineage, self._run = Lineage(), ""
        self._read: dict[str, str] = {}
        self._written: dict[str, str] = {}

    @hook_impl
    def before_pipeline_run(self, run_params: Mapping[str, Any], catalog: DataCatalog) -> None:
        """Read what earlier runs made."""
        there = LINEAGE in catalog and catalog[LINEAGE].exists()
        self._lineage = Lineage(catalog[LINEAGE].load() if there else None)
        self._catalog, self._run = catalog, str(run_params.get("run_id"))

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Check that the inputs belong together."""
        self._read = _digests(node.inputs, self._catalog)
        self._written = {}
        self._lineage.check(self._read)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Write what the outputs so far of the node were made from."""
        self._written |= _digests([dataset_name], self._catalog)
        self._lineage.record(self._run, self._read, self._written)
        if LINEAGE in self._catalog:
            self._catalog[LINEAGE].save(self._lineage.known)


class HeadlineHooks:
    """Let a run report what there is, and print the headline where it came to results."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Give findings that nobody made, such as the law of an encoder of one's own, as empty."""
        if RESULTS not in pipeline.all_outputs():
            return
        for name in pipeline.inputs() & set(FRAMES + OBJECTS):
            if name not in catalog or not catalog[name].exists():
                catalog[name] = pd.DataFrame() if name in FRAMES else {}

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print claims, their checks, and where the report lies."""
        if RESULTS in pipeline.all_outputs():
            report = catalog["report"]
            path = report.path if isinstance(report, PageDataset) else None
            print_headline(Results.model_validate(catalog.load(RESULTS)), path)


def _digests(names: Iterable[str], catalog: DataCatalog) -> dict[str, str]:
    """Return the digests of datasets that nodes of this project wrote to this machine."""
    paths = {name: _saved_at(name, catalog) for name in names}
    return {name: path_digest(path) for name, path in paths.items() if path and path.exists()}


def _saved_at(name: str, catalog: DataCatalog) -> Path | None:
    """Return where a dataset of ours lies, None for parameters, raw data and remote places."""
    dataset = catalog[name] if name in catalog and not name.startswith("param") else None
    ours = type(dataset).__module__.startswith("latent_laws.datasets")
    if not ours or not isinstance(dataset, AbstractVersionedDataset) or name in _NOT_TRACKED:
        return None
    remote = getattr(dataset, "_protocol", "file") != "file"
    return None if remote or not dataset.exists() else Path(dataset._get_load_path())


def _short(node: Node) -> str:
    """Return the name of a node without its namespace."""
    return node.name.rpartition(".")[2]


def _pipeline_of(node: Node) -> str:
    """Return the name of a node's pipeline, which is one of its tags."""
    names = sorted(set(node.tags) & set(pipelines))
    return names[0] if names else "other"
