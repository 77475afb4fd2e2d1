"""The page of a distillation that was made in Python."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.atomic import replacing
from latent_laws.checks.linearity import weighted_mean
from latent_laws.checks.target import NAME_COLUMNS, latents_frame
from latent_laws.errors import LatentLawsError
from latent_laws.interface.findings import feature_info
from latent_laws.reporting.page import render
from latent_laws.reporting.results import summarise
from latent_laws.reporting.saved import Saved
from latent_laws.tables.table import SPLITS

if TYPE_CHECKING:
    from latent_laws.interface.distillation import Distillation


def write_page(found: "Distillation", path: Path, title: str, labels: object = None) -> Path:
    """Render the page and write it as a whole or not at all.

    Args:
        found: What `distil` returned.
        path: Of the HTML file.
        title: Of the page.
        labels: One for every row handed over, or a frame with a column a label.

    Returns:
        The path.

    Raises:
        LatentLawsError: If there is not one label for each row.
    """
    saved = saved_findings(found, labels)
    page = render(saved, summarise(saved, title=title))
    with replacing(path) as file:
        file.write(page)
    return path


def saved_findings(found: "Distillation", labels: object = None) -> Saved:
    """Gather a distillation as a run would have saved it; what was not measured is absent."""
    table, checks = found.table, found.checks
    splits = np.repeat(SPLITS, [len(getattr(table, split)) for split in SPLITS])
    rows = pd.DataFrame(
        np.concatenate([getattr(table, split) for split in SPLITS]), columns=list(table.names)
    )
    datasets: dict[str, object] = {
        "features": rows.assign(split=splits),
        "feature_info": feature_info(found.scaling, found.table),
        "latents": latents_frame([found.target], splits),
        "formulas": [record.model_dump(mode="json") for record in found.records],
        "pareto_fronts": found.fronts_found,
        "linearity": _linearity(found),
        "labels": None if labels is None else _labels(labels, found.splits),
    }
    if checks is not None:
        datasets["fidelity"] = checks.fidelity
        datasets["null_fronts"] = checks.nulls
        datasets["search_stability"] = checks.stability
        if checks.substitution is not None:
            row = pd.DataFrame([{"seed": 0, **checks.substitution}])
            datasets["substitution"] = found.target.named(row)
        datasets |= _findings(found)
    return Saved(**datasets)


def _labels(labels: object, splits: NDArray[np.str_]) -> pd.DataFrame:
    """Return the labels of rows in the order of `splits`, sorted by split as a run saves them."""
    is_named = isinstance(labels, pd.DataFrame | pd.Series)
    given: Any = labels if is_named else np.atleast_1d(np.asarray(labels))
    frame = pd.DataFrame(given)
    if len(frame) != len(splits):
        raise LatentLawsError(
            f"there are {len(frame)} labels for {len(splits)} rows; accepted is one for each row "
            "that distil was given"
        )
    order = np.concatenate([np.flatnonzero(splits == split) for split in SPLITS])
    return frame.rename(columns={0: "label"}).iloc[order].reset_index(drop=True)


def _findings(found: "Distillation") -> dict[str, object]:
    """Return what was found about the inputs, where there is an encoder to ask."""
    if found.source is None:
        return {}
    frames = dict(vars(found.findings))
    return {"feature_importance": frames.pop("importance"), **frames}


def _linearity(found: "Distillation") -> pd.DataFrame:
    """Return the catalog's `linearity` of this encoder: each latent, and the encoder as a whole."""
    by_latent = found.linearity_found
    whole = weighted_mean(by_latent, found.target.latents["test"])
    latents = [*range(len(by_latent)), None]
    frame = pd.DataFrame({"part": "encoder", "latent": latents, "linearity": [*by_latent, whole]})
    return found.target.named(frame)[[*NAME_COLUMNS, "part", "latent", "linearity"]]
