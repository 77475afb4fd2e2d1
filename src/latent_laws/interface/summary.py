"""A distillation in a few lines of text, as one reads it in a terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.claims.thresholds import IS_MATRIX, NULL_SEARCHES
from latent_laws.tables.table import SPLITS

if TYPE_CHECKING:
    from latent_laws.interface.distillation import Distillation

_WIDTH = 100


def summary(found: "Distillation") -> str:
    """Say what was distilled, on how many rows, and how faithful each formula is."""
    table = found.table
    rows = ", ".join(f"{len(getattr(table, split))} {split}" for split in SPLITS)
    head = [
        "Distillation",
        "=" * _WIDTH,
        f"rows: {rows}    inputs: {len(table.names)}    latents: {len(found.records)}",
        *_linear(found),
        "-" * _WIDTH,
        f"{'latent':>6} {'R² test':>8} {'95 % interval':>16} {'linearity':>9} "
        f"{'nodes':>5} {'inputs':>6}  formula",
    ]
    note = "Intervals are over test rows; they leave out that formulas were chosen."
    foot = ["-" * _WIDTH, note, *_checks(found), "=" * _WIDTH]
    return "\n".join([*head, *_latents(found), *foot])


def _linear(found: "Distillation") -> list[str]:
    """Say first what a linear form does as well."""
    linear = int((found.formulas["linearity"] >= IS_MATRIX).sum())
    total = len(found.records)
    if linear == total:
        return ["The encoder is a matrix: a linear form of all inputs explains every latent."]
    return [f"A linear form of all inputs explains {linear} of {total} latents (R² ≥ {IS_MATRIX})."]


def _latents(found: "Distillation") -> list[str]:
    lines = []
    for row in found.formulas.to_dict("records"):
        formula = Formula.parse(row["expression_raw"], found.table.names)
        text = formula.printed(3, found.scaling.unit_of)
        interval = f"{row['r2_low']:.3f} to {row['r2_high']:.3f}"
        start = (
            f"{row['latent']:>6} {row['r2_test']:>8.3f} {interval:>16} {row['linearity']:>9.3f} "
            f"{row['complexity']:>5} {row['n_inputs']:>6}  "
        )
        room = _WIDTH - len(start)
        lines.append(start + (text if len(text) <= room else text[: room - 2] + " …"))
    return lines


def _checks(found: "Distillation") -> list[str]:
    checks = found.checks
    if checks is None:
        return ["checks: not run"]
    chosen = checks.nulls[checks.nulls["selected"]]
    constant = int((chosen["n_features"] == 0).sum())
    best = checks.nulls.groupby(["latent", "seed"])["r2_test"].max().max()
    lines = [
        f"shuffled latents: the constant in {constant} of {len(chosen)} searches; best R² on a "
        f"front {best:.3f}"
    ]
    if len(chosen) < NULL_SEARCHES:
        lines.append(f"  fewer than {NULL_SEARCHES}, too few to see rare finds: nulls= takes more")
    overlap = checks.stability.groupby("latent")["jaccard"].mean().median()
    if np.isfinite(overlap):
        lines.append(f"other seeds on resampled rows: {overlap:.2f} of the inputs in common")
    return [*lines, _substitution(checks.substitution)]


def _substitution(found: Mapping[str, object] | None) -> str:
    if found is None:
        return "substitution: not measured (no decoder)"
    network, formulas, tuned = (
        float(str(found[f"fvu_{name}"])) for name in ("encoder", "formulas", "finetuned")
    )
    after = "" if np.isnan(tuned) else f", {tuned:.2%} after tuning the decoder"
    return f"variance lost by the network {network:.2%}, on the formulas {formulas:.2%}{after}"
