"""A distillation as files: plain JSON and Parquet, written as a whole or not at all."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from latent_laws.atomic import new_folder
from latent_laws.errors import LatentLawsError

if TYPE_CHECKING:
    from latent_laws.interface.distillation import Distillation


def save(found: "Distillation", folder: Path) -> Path:
    """Write a distillation into a folder that is not there yet.

    Args:
        found: What `distil` returned.
        folder: `formulas.json`, `symbolic_encoder.json`, `pareto_fronts.parquet`, and for the
            checks `fidelity.parquet`, `null_fronts.parquet`, `search_stability.parquet` and
            `substitution.json`.

    Returns:
        The folder.

    Raises:
        LatentLawsError: If there is something of that name.
    """
    if folder.exists():
        raise LatentLawsError(f"'{folder}' is there already: choose another folder")
    with new_folder(folder) as temporary:
        _write(found, temporary)
    return folder


def _write(found: "Distillation", folder: Path) -> None:
    documents: dict[str, object] = {
        "formulas": [record.model_dump(mode="json") for record in found.records],
        "symbolic_encoder": found.encoder.to_json(),
    }
    frames = {"pareto_fronts": found.fronts_found}
    if found.checks is not None:
        documents["substitution"] = found.checks.substitution
        frames |= {
            "fidelity": found.checks.fidelity,
            "null_fronts": found.checks.nulls,
            "search_stability": found.checks.stability,
        }
    for name, document in documents.items():
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet")
