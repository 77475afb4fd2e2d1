"""What formulas cost: variance kept against nodes, beside linear forms, dense networks and PCA."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

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
    frames = []
    for dim in sorted({result.autoencoder.latent_dim for result in formulas}):
        networks, own = _of(dense, dim), _of(formulas, dim)
        rows = [_row(result, "dense") for result in networks]
        rows += [_row(result, "pca") for result in networks[:1]]
        rows += [_row(result, "symbolic") for result in best_of_kinds(own)]
        linear = (r for r in own if r.autoencoder.variant.startswith("linear"))
        rows += [_row(result, "linear") for result in linear]
        frame = pd.DataFrame(rows)
        kept = 1 - float(np.median([result.metrics["fvu_test"] for result in networks]))
        frames.append(frame.assign(kept_share=(1 - frame["fvu_test"]) / kept))
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def best_of_kinds(formulas: Iterable[TrainingResult]) -> Trained:
    """Return, for each size, the kind of formulas of a latent dim that is best on validation rows.

    Kinds go by their median FVU over seeds; a model for each size and seed.
    """
    kinds: dict[int, dict[str, Trained]] = {}
    for result in formulas:
        kind, nodes = _kind_and_nodes(result)
        kinds.setdefault(nodes, {}).setdefault(kind, []).append(result)
    best = (min(of_size.values(), key=_median_fvu) for of_size in kinds.values())
    return [result for results in best for result in results]


def choose_symbolic(formulas: Trained, latent_dims: Sequence[int], nodes: int) -> Trained:
    """Return the encoders of one size that are distilled, as variant `symbolic`."""
    return [
        _renamed(result, "symbolic")
        for dim in latent_dims
        for result in best_of_kinds(_of(formulas, dim))
        if _kind_and_nodes(result)[1] == nodes
    ]


def _renamed(result: TrainingResult, variant: str) -> TrainingResult:
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


def _median_fvu(results: Trained) -> float:
    return float(np.median([result.metrics["fvu_validation"] for result in results]))


def _row(result: TrainingResult, kind: str) -> dict[str, object]:
    trained = result.autoencoder
    formulas = trained.encoder.formulas()
    variant = "standard" if kind == "dense" else kind
    measured = "pca_fvu" if kind == "pca" else "fvu"
    return {
        "encoder": f"{variant}-{trained.latent_dim}",
        "variant": variant,
        "latent_dim": trained.latent_dim,
        "max_nodes": _kind_and_nodes(result)[1] if formulas else np.nan,
        "seed": trained.seed,
        "kind": kind,
        "nodes": float(np.median([one.complexity for one in formulas])) if formulas else np.nan,
        "n_inputs": trained.n_inputs,
        "fvu_validation": result.metrics[f"{measured}_validation"],
        "fvu_test": result.metrics[f"{measured}_test"],
    }
