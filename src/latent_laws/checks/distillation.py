"""All latents of all encoders: searches, nulls and repeats as tasks, and the tables they fill."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.checks.target import NAME_COLUMNS, Target
from latent_laws.formulas.formula import Formula
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import prepare, search_latent
from latent_laws.search.problem import Knowledge, Split
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]

FRONT_COLUMNS = [
    *(*NAME_COLUMNS, "latent", "seed", "engine", "engine_version", "expression", "complexity"),
    *("n_features", "r2_train", "r2_validation", "r2_test", "gain_in_errors", "undefined"),
    *("selected", "near_best"),
]


class DistillationPlan(StrictModel):
    """Which searches are run.

    Attributes:
        seeds: Search seeds; the first gives the formulas, on every latent and all training rows,
            the others, on rows drawn again, tell how stable it is.
        checked_latents: Latents of each encoder, evenly spread, on which the other seeds are run.
        nulls: Searches on permuted latents over the whole run, at least; every encoder gets as
            many. With 60, a search that finds something in 5 % of nulls shows with 95 %.
    """

    seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1)
    checked_latents: int = Field(default=4, ge=0)
    nulls: int = Field(default=60, ge=0)


@dataclass(frozen=True)
class SearchJob:
    """One search: a latent and a seed, or a permutation of the latent.

    Attributes:
        target: The encoder.
        latent: Its latent.
        seed: Of the search.
        null: Number of the permutation, or None for the latent itself.
        resample: Whether the search sees a bootstrap sample of the training rows.
    """

    target: Target
    latent: int
    seed: int
    null: int | None = None
    resample: bool = False

    @property
    def label(self) -> str:
        """What the job is, for people."""
        kind = "" if self.null is None else f", permutation {self.null}"
        return f"{self.target.encoder} latent {self.latent}, seed {self.seed}{kind}"

    def own_of(self, own: Mapping[str, Sequence[str]], names: tuple[str, ...]) -> Formula | None:
        """Return the formula that the encoder computes the latent by, where it is formulas.

        Repeats go without, to tell whether a search would find it.
        """
        formulas = own.get(self.target.encoder)
        if not formulas or self.null is not None or self.resample:
            return None
        return Formula.parse(formulas[self.latent], names)

    @property
    def name(self) -> tuple[str, str, int, int, int]:
        """What its front is called in the tables: encoder, variant, latent dim, latent, seed.

        In place of the seed, a null has the number of its permutation.
        """
        one, number = self.target, self.seed if self.null is None else self.null
        return one.encoder, one.variant, one.latent_dim, self.latent, number


def search_all(
    targets: Sequence[Target],
    table: FeatureTable,
    knowledge: Knowledge,
    options: SearchOptions,
    plan: DistillationPlan,
    tasks: TaskOptions,
    own: Mapping[str, Sequence[str]] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Search every latent of every encoder, and repeat and permute on some.

    Args:
        targets: The encoders.
        table: The features.
        knowledge: What units tell of the features.
        options: Of each search.
        plan: Which searches are run.
        tasks: Workers and cache.
        own: Encoder -> the formulas it is, one a latent, for those that are formulas.

    Returns:
        The catalog's `pareto_fronts` and `null_fronts`; the `seed` of a null front is the number
        of the permutation.
    """
    jobs = [job for target in targets for job in _jobs(target, plan, len(targets))]
    prepare(options, len(jobs))
    calls = {
        job.label: {
            "table": table,
            "latent": job.target.values(job.latent, job.null),
            "sensitivity": job.target.sensitivity[job.latent],
            "seed": job.seed,
            "resample": job.resample,
            "knowledge": replace(knowledge, formula=job.own_of(own or {}, table.names)),
            "options": options,
        }
        for job in jobs
    }
    found = run_tasks(search_one, calls, tasks, "searching formulas")
    real = [job for job in jobs if job.null is None]
    nulls = [job for job in jobs if job.null is not None]
    return _stacked(real, found), _stacked(nulls, found)


def search_one(
    table: FeatureTable,
    latent: dict[str, Array],
    sensitivity: Array,
    seed: int,
    resample: bool,
    knowledge: Knowledge,
    options: SearchOptions,
) -> pd.DataFrame:
    """Search one latent, or its null; one task."""
    splits = {split: Split(getattr(table, split), y) for split, y in latent.items()}
    return search_latent(
        splits,
        table.names,
        sensitivity,
        options,
        seed,
        resample=resample,
        knowledge=knowledge,
    )


def selected(fronts: pd.DataFrame, encoder: str, seed: int) -> pd.DataFrame:
    """Return the selected rows of one encoder and search seed, by latent."""
    chosen = fronts[fronts["selected"] & (fronts["encoder"] == encoder) & (fronts["seed"] == seed)]
    return chosen.set_index("latent").sort_index()


def _jobs(target: Target, plan: DistillationPlan, n_targets: int) -> Iterator[SearchJob]:
    """Yield the searches of one encoder."""
    first, *others = plan.seeds
    dim = target.latent_dim
    for latent in range(dim):
        yield SearchJob(target, latent, first)
    for latent in _spread(dim, plan.checked_latents):
        for seed in others:
            yield SearchJob(target, latent, seed, resample=True)
    for number in range(-(-plan.nulls // n_targets)):
        yield SearchJob(target, number % dim, first, null=number // dim)


def _spread(latent_dim: int, count: int) -> list[int]:
    """Return `count` latents evenly spread, or all."""
    if count >= latent_dim:
        return list(range(latent_dim))
    return [int(i) for i in np.linspace(0, latent_dim - 1, count).round()]


def _stacked(jobs: Sequence[SearchJob], found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the fronts of some searches together, each row with the name of its search."""
    if not jobs:
        return pd.DataFrame(columns=FRONT_COLUMNS)
    fronts = [found[job.label] for job in jobs]
    names = pd.DataFrame([job.name for job in jobs], columns=[*NAME_COLUMNS, "latent", "seed"])
    of_rows = names.loc[np.repeat(names.index, [len(front) for front in fronts])]
    rows = pd.concat(fronts, ignore_index=True)
    return pd.concat([of_rows.reset_index(drop=True), rows], axis=1)[FRONT_COLUMNS]
