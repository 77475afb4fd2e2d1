"""How many latents inputs cost that follow from others, by training without them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pydantic import Field

from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.findings.latents_needed import latents_at
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks


class LawCostOptions(StrictModel):
    """The short trainings that tell how many latents dependent inputs cost.

    Attributes:
        network: As for the standard variant.
        fit: Short: both sides of the comparison are trained alike.
        seed: Of the trainings and of the inputs that are left out as a control.
    """

    network: NetworkOptions = NetworkOptions()
    fit: FitOptions = FitOptions(steps=400)
    seed: int = Field(default=0, ge=0)


class LawCost(StrictModel):
    """How many latents the dependent inputs cost a network.

    Attributes:
        latent_dim: Of the network with all inputs.
        dependents: Inputs that follow from others by a law.
        fvu: Of the other inputs, on the validation rows, of the network with all inputs.
        latents: By how many latents a network without the dependents may be smaller for the same
            loss of the other inputs: near 0 where the law is used, near their number where they
            are coded one by one. None where the smallest one tried still loses less.
        control: As many other inputs, of about the same variance, left out instead.
        control_latents: The same for them.
    """

    latent_dim: int
    dependents: tuple[str, ...]
    fvu: float
    latents: float | None
    control: tuple[str, ...]
    control_latents: float | None


def law_cost(
    table: FeatureTable,
    laws: pd.DataFrame,
    latent_dim: int,
    options: LawCostOptions,
    tasks: TaskOptions,
) -> LawCost:
    """Train networks without the dependent inputs, and without as many others, at fewer latents.

    Args:
        table: The features.
        laws: The catalog's `redundancy_laws`.
        latent_dim: Of the network with all inputs; at most as many as inputs remain.
        options: Of the trainings.
        tasks: Workers and cache.

    Returns:
        What the dependents cost, beside the control.
    """
    dependents = tuple(dependent_inputs(laws))
    control = _control(table, dependents, laws, options.seed)
    dims = [d for d in range(latent_dim, latent_dim - len(dependents) - 1, -1) if d > 0]
    without = {"dependents": dependents, "control": control}
    jobs = {"all": _job(table, (), latent_dim, options)} | {
        f"{name} {dim}": _job(table, left_out, dim, options)
        for name, left_out in without.items()
        for dim in dims
    }
    errors = run_tasks(feature_errors_without, jobs, tasks, "latents that laws cost")
    cost = {
        name: _latents_saved(
            left_out, table, errors["all"], {d: errors[f"{name} {d}"] for d in dims}
        )
        for name, left_out in without.items()
    }
    return LawCost(
        latent_dim=latent_dim,
        dependents=dependents,
        fvu=_fvu_of_rest(dependents, table, errors["all"]),
        latents=cost["dependents"],
        control=control,
        control_latents=cost["control"],
    )


def dependent_inputs(laws: pd.DataFrame) -> list[str]:
    """Return inputs that follow from others which do not follow themselves, the best law first.

    Of two inputs that follow from each other, it is one.

    Args:
        laws: The catalog's `redundancy_laws`.
    """
    found: list[str] = []
    read: set[str] = set()
    best = laws[laws["kind"] == "law"].sort_values("r2_validation", ascending=False, kind="stable")
    for name, text in zip(best["feature"], best["inputs"], strict=True):
        inputs = set(text.split("|"))
        if name not in read and not inputs & {*found}:
            found.append(str(name))
            read |= inputs
    return found


def can_cost(table: FeatureTable, laws: pd.DataFrame, latent_dim: int) -> bool:
    """Tell whether so many latents are more than the dependents, and no more than other inputs."""
    count = len(dependent_inputs(laws))
    return 0 < count < latent_dim <= len(table.names) - count


def feature_errors_without(
    table: FeatureTable, left_out: tuple[str, ...], latent_dim: int, options: LawCostOptions
) -> dict[str, float]:
    """Train without some inputs; return the squared error of each other one; one task."""
    kept = [i for i, name in enumerate(table.names) if name not in left_out]
    parts = (
        np.ascontiguousarray(part[:, kept]) for part in (table.train, table.validation, table.test)
    )
    smaller = FeatureTable(tuple(table.names[i] for i in kept), *parts)
    trained = train_standard(smaller, latent_dim, options.seed, options.network, options.fit)
    X = smaller.validation
    errors = ((trained.autoencoder.encoder.reconstruct(X) - X) ** 2).mean(axis=0)
    return dict(zip(smaller.names, errors.tolist(), strict=True))


def _job(
    table: FeatureTable, left_out: tuple[str, ...], dim: int, options: LawCostOptions
) -> dict[str, object]:
    return {"table": table, "left_out": left_out, "latent_dim": dim, "options": options}


def _control(
    table: FeatureTable, dependents: Sequence[str], laws: pd.DataFrame, seed: int
) -> tuple[str, ...]:
    """Draw as many other inputs among those of at least half the dependents' variance.

    What laws read comes last: the dependents that stay tell of it.
    """
    variance = dict(zip(table.names, table.train.var(axis=0).tolist(), strict=True))
    least = 0.5 * min(variance[name] for name in dependents)
    others = [n for n in table.names if n not in dependents and variance[n] >= least]
    read = set("|".join(laws.loc[laws["kind"] == "law", "inputs"]).split("|"))
    drawn = sorted(np.random.default_rng(seed).permutation(others), key=read.__contains__)
    return tuple(str(name) for name in drawn[: len(dependents)])


def _fvu_of_rest(
    left_out: tuple[str, ...], table: FeatureTable, errors: Mapping[str, float]
) -> float:
    variance = dict(zip(table.names, table.validation.var(axis=0).tolist(), strict=True))
    rest = [name for name in table.names if name not in left_out]
    return float(sum(errors[n] for n in rest) / sum(variance[n] for n in rest))


def _latents_saved(
    left_out: tuple[str, ...],
    table: FeatureTable,
    with_all: Mapping[str, float],
    without: Mapping[int, Mapping[str, float]],
) -> float | None:
    """Return how many latents fewer reach the same loss of the other inputs."""
    target = _fvu_of_rest(left_out, table, with_all)
    curve = {dim: _fvu_of_rest(left_out, table, errors) for dim, errors in sorted(without.items())}
    if min(curve.values()) > target:
        return 0.0
    if curve[min(curve)] < target:
        return None
    at = latents_at(target, np.array(list(curve), dtype=np.float64), np.array(list(curve.values())))
    return max(0.0, max(curve) - at)
