"""All latents of all encoders: searches, nulls and repeats as tasks, and the tables they fill."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.checks.fidelity import (
    FidelityOptions,
    bootstrap_weights,
    fidelity_ladder,
    r2_interval,
)
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.records import FormulaRecord, SplitScores
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]

FRONT_COLUMNS = [
    "variant",
    "latent",
    "seed",
    "engine",
    "engine_version",
    "expression",
    "complexity",
    "n_features",
    "r2_train",
    "r2_validation",
    "r2_test",
    "undefined",
    "selected",
    "near_best",
]


@dataclass(frozen=True)
class Target:
    """The latents of one encoder, to be distilled.

    Attributes:
        variant: Of the encoder.
        seed: Of its training.
        latents: Split -> rows x latents.
        sensitivity: Latents x features; ranks the inputs of each latent.
    """

    variant: str
    seed: int
    latents: dict[str, Array]
    sensitivity: Array

    @property
    def latent_dim(self) -> int:
        """Number of latents."""
        return len(self.sensitivity)


class DistillationPlan(BaseModel):
    """Which searches are run.

    Attributes:
        seeds: Search seeds; the first gives the formulas, on every latent and all
            training rows, the others, on rows drawn again, tell how stable it is.
        checked_latents: Latents of each encoder, evenly spread, on which the other seeds and
            the null searches are run.
        thorough: Run them on every latent instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1)
    checked_latents: int = Field(default=4, ge=1)
    thorough: bool = False

    def checked(self, latent_dim: int) -> list[int]:
        """Return the latents whose searches are checked."""
        if self.thorough or self.checked_latents >= latent_dim:
            return list(range(latent_dim))
        return [int(i) for i in np.linspace(0, latent_dim - 1, self.checked_latents).round()]


def search_all(
    targets: Sequence[Target],
    table: FeatureTable,
    options: SearchOptions,
    plan: DistillationPlan,
    tasks: TaskOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Search every latent of every encoder, and repeat and permute on some.

    Returns:
        The catalog's `pareto_fronts` and `null_fronts`.
    """
    first, *others = plan.seeds
    jobs: dict[str, dict[str, object]] = {}
    for target in targets:
        checked = plan.checked(target.latent_dim)
        runs = [(latent, first, False) for latent in range(target.latent_dim)]
        runs += [(latent, seed, False) for latent in checked for seed in others]
        runs += [(latent, first, True) for latent in checked]
        for latent, seed, permuted in runs:
            kind = "null of " if permuted else ""
            jobs[f"{kind}{target.variant} latent {latent}, seed {seed}"] = {
                "target": target,
                "table": table,
                "latent": latent,
                "seed": seed,
                "permuted": permuted,
                "resample": seed != first,
                "options": options,
            }
    fronts = run_tasks(search_one, jobs, tasks, "searching formulas")
    return (
        pd.concat([f for label, f in fronts.items() if not label.startswith("null")])[
            FRONT_COLUMNS
        ].reset_index(drop=True),
        pd.concat([f for label, f in fronts.items() if label.startswith("null")])[
            FRONT_COLUMNS
        ].reset_index(drop=True),
    )


def search_one(
    target: Target,
    table: FeatureTable,
    latent: int,
    seed: int,
    permuted: bool,
    resample: bool,
    options: SearchOptions,
) -> pd.DataFrame:
    """Search one latent, or its null; one task."""
    splits = splits_of(target, table, latent, permuted)
    front = search_latent(
        splits, table.names, target.sensitivity[latent], options, seed, resample=resample
    )
    return front.assign(variant=target.variant, latent=latent, seed=seed)


def splits_of(
    target: Target, table: FeatureTable, latent: int, permuted: bool = False
) -> dict[str, Split]:
    """Return the inputs and one latent by split; permuted, the latent has lost its rows."""
    rng = np.random.default_rng(latent)
    splits: dict[str, Split] = {}
    for split in SPLITS:
        y = target.latents[split][:, latent]
        splits[split] = Split(getattr(table, split), rng.permutation(y) if permuted else y)
    return splits


def selected(fronts: pd.DataFrame, variant: str, seed: int) -> pd.DataFrame:
    """Return the selected rows of one encoder and search seed, by latent."""
    chosen = fronts[fronts["selected"] & (fronts["variant"] == variant) & (fronts["seed"] == seed)]
    return chosen.set_index("latent").sort_index()


def measure_fidelity(
    targets: Sequence[Target],
    table: FeatureTable,
    fronts: pd.DataFrame,
    nulls: pd.DataFrame,
    seed: int,
    options: FidelityOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Build the fidelity ladder of every selected formula.

    Returns:
        The catalog's `fidelity`.
    """
    jobs: dict[str, dict[str, object]] = {}
    for target in targets:
        null_of = selected(nulls, target.variant, seed)["expression"].to_dict()
        for latent, row in selected(fronts, target.variant, seed).iterrows():
            jobs[f"{target.variant} latent {latent}"] = {
                "target": target,
                "table": table,
                "latent": latent,
                "expression": row["expression"],
                "null": null_of.get(latent),
                "options": options,
            }
    ladders = run_tasks(ladder_of_latent, jobs, tasks, "measuring fidelity")
    columns = ["variant", "latent", "surrogate", "r2_test", "ci_low", "ci_high"]
    return pd.concat(ladders.values(), ignore_index=True)[[*columns, "complexity", "n_features"]]


def ladder_of_latent(
    target: Target,
    table: FeatureTable,
    latent: int,
    expression: str,
    null: str | None,
    options: FidelityOptions,
) -> pd.DataFrame:
    """Build the ladder of one latent; one task."""
    ladder = fidelity_ladder(
        Formula.parse(expression, table.names),
        Formula.parse(null, table.names) if null is not None else None,
        splits_of(target, table, latent),
        splits_of(target, table, latent, permuted=True)["test"].y,
        table.names,
        options,
    )
    return ladder.assign(variant=target.variant, latent=latent)


def formula_records(
    targets: Sequence[Target],
    table: FeatureTable,
    fronts: pd.DataFrame,
    seed: int,
    options: FidelityOptions,
) -> list[FormulaRecord]:
    """Describe the selected formula of every latent."""
    weights = bootstrap_weights(len(table.test), options)
    records: list[FormulaRecord] = []
    for target in targets:
        chosen = selected(fronts, target.variant, seed)
        ranks = chosen["r2_test"].rank(ascending=False, method="first").astype(int)
        for latent, (_, row) in enumerate(chosen.iterrows()):
            formula = Formula.parse(row["expression"], table.names)
            interval = r2_interval(
                target.latents["test"][:, latent],
                formula.evaluate(table.test, table.names),
                weights,
                options.confidence,
            )
            scores = {split: float(row[f"r2_{split}"]) for split in SPLITS}
            records.append(
                FormulaRecord(
                    variant=target.variant,
                    latent_dim=target.latent_dim,
                    latent=latent,
                    expression=formula.expression,
                    variables=list(formula.features),
                    complexity=formula.complexity,
                    r2=SplitScores(**scores, test_ci=interval),
                    undefined=int(row["undefined"]),
                    engine=row["engine"],
                    engine_version=row["engine_version"],
                    seed=seed,
                    rank=int(ranks.iloc[latent]),
                )
            )
    return records


def measure_stability(fronts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Compare what search seeds select.

    Returns:
        The catalog's `search_stability`: a row for each latent and seed that was repeated;
        `jaccard` is the mean overlap of its variables with the other seeds'.
    """
    chosen = fronts[fronts["selected"]]
    repeated = chosen.groupby(["variant", "latent"])["seed"].transform("nunique") > 1
    rows = []
    for (variant, latent), group in chosen[repeated].groupby(["variant", "latent"], sort=True):
        used = [frozenset(Formula.parse(e, names).features) for e in group["expression"]]
        for i, (_, row) in enumerate(group.iterrows()):
            others = [jaccard(used[i], other) for j, other in enumerate(used) if j != i]
            rows.append(
                {
                    "variant": variant,
                    "latent": latent,
                    "seed": row["seed"],
                    "r2_test": row["r2_test"],
                    "complexity": row["complexity"],
                    "variables": "|".join(sorted(used[i])),
                    "jaccard": float(np.mean(others)),
                }
            )
    columns = ["variant", "latent", "seed", "r2_test", "complexity", "variables", "jaccard"]
    return pd.DataFrame(rows, columns=columns)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of common elements among all; two empty sets agree."""
    union = first | second
    return len(first & second) / len(union) if union else 1.0


def symbolic_encoders(
    records: Sequence[FormulaRecord], names: Sequence[str]
) -> dict[str, SymbolicEncoder]:
    """Put the formulas of each encoder together, by variant."""
    found: dict[str, list[Formula]] = {}
    for record in records:
        found.setdefault(record.variant, []).append(Formula.parse(record.expression, names))
    return {variant: SymbolicEncoder(formulas, names) for variant, formulas in found.items()}
