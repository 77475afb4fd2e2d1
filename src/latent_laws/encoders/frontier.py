"""What formulas cost: variance kept against nodes, beside linear forms, dense networks and PCA."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from latent_laws.encoders.model import formulas_of
from latent_laws.encoders.training import TrainingResult

Trained = list[TrainingResult]

COLUMNS = [
    *("encoder", "variant", "latent_dim", "max_nodes", "seed", "kind", "nodes", "n_inputs"),
    *("fvu_validation", "fvu_test", "kept_share"),
]


def draw_frontier(dense: Trained, formulas: Trained) -> pd.DataFrame:
    """Put encoders of every kind and size of a latent dim side by side.

    Args:
        dense: The `standard` networks.
        formulas: Encoders of formulas, variants `symbolic_n40`, `linear_n40` and so on.

    Returns:
        The catalog's `frontier`, a row per encoder, size and seed: `kind` is symbolic, linear,
        dense or pca; `nodes` is the median over latents, `n_inputs` the most of one latent;
        `kept_share` the variance kept over what the dense networks keep, in the median over seeds.
    """
    rows: list[dict[str, object]] = []
    for dim in sorted({result.autoencoder.latent_dim for result in formulas}):
        networks = _of(dense, dim)
        kept = 1 - float(np.median([_fvu(result) for result in networks]))
        rows += [_row(result, "dense", kept) for result in networks]
        rows += [_pca_row(result, kept) for result in networks[:1]]
        rows += [_row(result, "symbolic", kept) for result in best_of_kinds(_of(formulas, dim))]
        linear = (r for r in _of(formulas, dim) if r.autoencoder.variant.startswith("linear"))
        rows += [_row(result, "linear", kept) for result in linear]
    return pd.DataFrame(rows, columns=COLUMNS)


def best_of_kinds(formulas: Iterable[TrainingResult]) -> Trained:
    """Return, for each size, the kind of formulas that is best on the validation rows.

    Args:
        formulas: Encoders of one latent dim.

    Returns:
        Those of the kind with the lowest median FVU over seeds, a model for each size and seed.
    """
    chosen: Trained = []
    kinds: dict[int, dict[str, Trained]] = {}
    for result in formulas:
        kind, nodes = _kind_and_nodes(result)
        kinds.setdefault(nodes, {}).setdefault(kind, []).append(result)
    for own in kinds.values():
        chosen += min(own.values(), key=lambda one: np.median([r.fvu_validation for r in one]))
    return chosen


def choose_symbolic(formulas: Trained, latent_dims: Sequence[int], nodes: int) -> Trained:
    """Return the encoders of one size that are distilled, as variant `symbolic`."""
    return [
        renamed(result, "symbolic")
        for dim in latent_dims
        for result in best_of_kinds(_of(formulas, dim))
        if _kind_and_nodes(result)[1] == nodes
    ]


def renamed(result: TrainingResult, variant: str) -> TrainingResult:
    """Return the same result under another variant."""
    return replace(
        result,
        autoencoder=replace(result.autoencoder, variant=variant),
        metrics={**result.metrics, "variant": variant},
        errors=result.errors.assign(variant=variant),
        curve=result.curve.assign(variant=variant),
    )


def _of(results: Trained, latent_dim: int) -> Trained:
    return [result for result in results if result.autoencoder.latent_dim == latent_dim]


def _kind_and_nodes(result: TrainingResult) -> tuple[str, int]:
    kind, _, nodes = result.autoencoder.variant.partition("_n")
    return kind, int(nodes)


def _fvu(result: TrainingResult, split: str = "test", measure: str = "fvu") -> float:
    return float(str(result.metrics[f"{measure}_{split}"]))


def _row(result: TrainingResult, kind: str, kept: float) -> dict[str, object]:
    trained = result.autoencoder
    sizes = [formula.complexity for formula in formulas_of(trained.model)]
    variant = "standard" if kind == "dense" else kind
    return {
        "encoder": f"{variant}-{trained.latent_dim}",
        "variant": variant,
        "latent_dim": trained.latent_dim,
        "max_nodes": np.nan if kind == "dense" else _kind_and_nodes(result)[1],
        "seed": trained.seed,
        "kind": kind,
        "nodes": float(np.median(sizes)) if sizes else np.nan,
        "n_inputs": result.n_inputs,
        "fvu_validation": _fvu(result, "validation"),
        "fvu_test": _fvu(result),
        "kept_share": (1 - _fvu(result)) / kept,
    }


def _pca_row(result: TrainingResult, kept: float) -> dict[str, object]:
    lost = {
        split: float(str(result.metrics[f"pca_fvu_{split}"])) for split in ("validation", "test")
    }
    own = {f"fvu_{split}": value for split, value in lost.items()}
    dim = result.autoencoder.latent_dim
    name = {"encoder": f"pca-{dim}", "variant": "pca", "kind": "pca", "max_nodes": np.nan}
    return {
        **_row(result, "dense", kept),
        **name,
        **own,
        "kept_share": (1 - own["fvu_test"]) / kept,
    }
