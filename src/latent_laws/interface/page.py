"""The page of a distillation that was made in Python."""

import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pandas as pd

from latent_laws.checks.target import NAME_COLUMNS, latents_frame
from latent_laws.reporting.page import render
from latent_laws.reporting.results import summarise
from latent_laws.reporting.saved import Saved
from latent_laws.tables.table import SPLITS

if TYPE_CHECKING:
    from latent_laws.interface.distillation import Distillation


def write_page(found: "Distillation", path: Path, title: str) -> Path:
    """Render the page and write it as a whole or not at all.

    Args:
        found: What `distil` returned.
        path: Of the HTML file.
        title: Of the page.

    Returns:
        The path.
    """
    saved = saved_findings(found)
    page = render(saved, summarise(saved, title=title))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        temporary.write_text(page, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def saved_findings(found: "Distillation") -> Saved:
    """Gather a distillation as a run would have saved it; what was not measured is absent."""
    table, checks = found.table, found.checks
    splits = np.repeat(SPLITS, [len(getattr(table, split)) for split in SPLITS])
    rows = pd.DataFrame(
        np.concatenate([getattr(table, split) for split in SPLITS]), columns=list(table.names)
    )
    datasets: dict[str, object] = {
        "features": rows.assign(split=splits),
        "feature_info": _feature_info(found),
        "latents": latents_frame([found.target], splits),
        "formulas": [record.model_dump(mode="json") for record in found.records],
        "pareto_fronts": found.fronts_found,
        "linearity": _linearity(found),
    }
    if checks is not None:
        datasets["fidelity"] = checks.fidelity
        datasets["null_fronts"] = checks.nulls
        datasets["search_stability"] = checks.stability
        if checks.substitution is not None:
            row = pd.DataFrame([{"seed": 0, **checks.substitution}])
            datasets["substitution"] = found.target.named(row)
    return Saved(**datasets)


def _feature_info(found: "Distillation") -> pd.DataFrame:
    scaling = found.scaling
    return pd.DataFrame(
        {
            "feature": scaling.names,
            "kind": "numeric",
            "group": None,
            "unit": pd.Series(scaling.units, dtype=object),
            "mean": scaling.mean,
            "scale": scaling.scale,
            "is_constant": found.table.train.std(axis=0) == 0,
        }
    )


def _linearity(found: "Distillation") -> pd.DataFrame:
    """Return the catalog's `linearity` of this encoder: each latent, and the encoder as a whole."""
    by_latent = found.linearity_found
    variance = found.target.latents["test"].var(axis=0)
    known = np.isfinite(by_latent)
    whole = np.average(by_latent[known], weights=variance[known]) if known.any() else np.nan
    latents = [*range(len(by_latent)), None]
    frame = pd.DataFrame({"part": "encoder", "latent": latents, "linearity": [*by_latent, whole]})
    return found.target.named(frame)[[*NAME_COLUMNS, "part", "latent", "linearity"]]
