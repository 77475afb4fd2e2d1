"""Tables of the report that are not drawn: verdicts, collapse, law, words, label."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from latent_laws.findings.redundancy import VERDICTS
from latent_laws.reporting.check_facts import Json, numeric, part, records
from latent_laws.reporting.equations import equation
from latent_laws.reporting.numbers import number, percent
from latent_laws.reporting.outputs import RunOutputs

COLLAPSE = {
    "constant_latents": "latents without variance",
    "dead_latents": "latents the decoder ignores",
    "duplicate_latents": "pairs of duplicate latents",
    "participation_ratio": "effective number of latents",
    "participation_ratio_reconstruction": "effective dimensions of the reconstruction",
    "dead_inputs": "inputs without effect on any latent",
}
NAMED = 4  # entries of a list that are spelled out


@dataclass(frozen=True)
class LawPart:
    """One law with its sentences and the errors of what it is held against.

    Attributes:
        title: What the law is about.
        left: Left-hand side of the equation.
        equation: Its right-hand side.
        sentences: What is known about it.
        header: Headings of the table.
        rows: Cells, the first naming the predictor.
    """

    title: str
    left: str
    equation: Markup
    sentences: list[str]
    header: list[str]
    rows: list[list[str]]


def verdict_counts(outputs: RunOutputs) -> list[tuple[str, list[int]]]:
    """Return the number of features by verdict, a count a variant."""
    redundancy = outputs.frame("redundancy")
    if redundancy.empty:
        return []
    single = redundancy[redundancy["kind"] != "group"]
    counts = single.groupby(["verdict", "variant"]).size()
    return [
        (verdict, [int(counts.get((verdict, name), 0)) for name in outputs.variants])
        for verdict in VERDICTS
    ]


def collapse_rows(outputs: RunOutputs) -> list[tuple[str, list[str]]]:
    """Return the findings on collapse: label, a text a variant."""
    columns = [part(outputs.object("collapse"), name) for name in outputs.variants]
    if not any(columns):
        return []
    return [(label, [_listed(own.get(key)) for own in columns]) for key, label in COLLAPSE.items()]


def _listed(value: object) -> str:
    """Return a number, or how many entries a list has and the first of them."""
    if not isinstance(value, list):
        return number(_float(value))
    names = ["-".join(map(str, entry[:2])) if isinstance(entry, list) else entry for entry in value]
    more = ", ..." if len(names) > NAMED else ""
    return f"{len(names)}: {', '.join(map(str, names[:NAMED]))}{more}" if names else "none"


def law_curve(laws: Json) -> dict[float, float]:
    """Return latent dim -> FVU by the law of the first variant that has one."""
    for variant in laws:
        points = records(part(laws, variant, "law"), "points")
        if points:
            return {
                _float(point.get("latent_dim")): _float(point.get("fvu_law")) for point in points
            }
    return {}


def law_parts(laws: Json) -> list[LawPart]:
    """Return the laws of every variant that has any.

    Args:
        laws: The catalog's `reconstruction_law`.
    """
    return [law for variant in laws for law in _laws_of(variant, part(laws, variant))]


def _laws_of(variant: str, law: Json) -> Iterator[LawPart]:
    """Yield the law of one variant, if it has one."""
    form = part(law, "law")
    if "expression" in form:
        yield LawPart(
            f"The loss as a whole ({variant})",
            "FVU",
            equation(str(form["expression"]), ["latent_dim"]),
            [*_latents_needed(law), *_returns(law)],
            ["on latent dims left out", "rms error of log10 FVU"],
            [[name, number(_float(error))] for name, error in _errors(form)],
        )


def _errors(form: Json) -> Iterator[tuple[str, object]]:
    """Yield the law's error, those of its baselines, and that of the same search on PCA."""
    yield "this law", form.get("rmse_log10")
    for name, error in part(form, "baselines").items():
        yield name.replace("_", " "), error
    yield "the same search on PCA's loss", form.get("pca_rmse_log10")


def _latents_needed(law: Json) -> Iterator[str]:
    """Yield a sentence on how many latents each loss takes."""
    for entry in records(law, "latents_for"):
        at, low, high = (numeric(entry.get(key)) for key in ("latents", "low", "high"))
        if at is not None:
            ends = " to ".join("more" if end is None else number(end) for end in (low, high))
            loss = percent(_float(entry.get("loss")))
            yield f"A loss of {loss} takes {number(at)} latents ({ends} in 95 % of resamples)."


def _returns(law: Json) -> Iterator[str]:
    """Yield a sentence on diminishing returns."""
    share, null = (numeric(part(law, "returns").get(key)) for key in ("share", "null_share"))
    if share is not None and null is not None:
        yield (
            f"Each further latent is worth less than the one before in {percent(share)} of "
            f"bootstrap resamples (a straight line with the same scatter: {percent(null)})."
        )


def probe_rows(probe: Json) -> list[list[str]]:
    """Return accuracy on the label by representation: name, columns, accuracy, interval."""
    rows = []
    for entry in records(probe, "records"):
        variant = f" ({entry['variant']})" if entry.get("variant") else ""
        ends = [percent(_float(entry.get(end))) for end in ("ci_low", "ci_high")]
        name = str(entry.get("representation")).replace("_", " ") + variant
        columns, accuracy = _float(entry.get("n_columns")), _float(entry.get("accuracy"))
        rows.append([name, number(columns), percent(accuracy), " to ".join(ends)])
    majority = numeric(probe.get("majority_accuracy"))
    return rows if majority is None else [*rows, ["most frequent label", "", percent(majority), ""]]


def label_texts(labels: pd.DataFrame) -> dict[str, str]:
    """Return the words of each input that has any, and of each latent as `variant z3`."""
    found = {}
    for row in labels[labels["has_label"].fillna(False).astype(bool)].to_dict("records"):
        name = f"{row['variant']} {row['name']}" if row["kind"] == "latent" else row["name"]
        found[str(name)] = f"{row['high_words']} / not: {row['low_words']}"
    return found


def _float(value: object) -> float:
    """Return a number, NaN for what is none."""
    found = numeric(value)
    return math.nan if found is None else found
