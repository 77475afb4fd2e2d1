"""Tables of the report that are not drawn: verdicts, collapse, law, words, label."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from latent_laws.findings.redundancy import VERDICTS
from latent_laws.reporting.check_facts import Json, numeric, part, records
from latent_laws.reporting.equations import equation
from latent_laws.reporting.numbers import number, percent, r2
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
LEFT_OUT = {
    "leave_one_latent_dim_out": "latent dims left out",
    "leave_features_out": "inputs left out",
}


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
        points = records(part(laws, variant, "global"), "points")
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
    """Yield the global law and that of single features."""
    overall, single = part(law, "global"), part(law, "per_feature")
    if "expression" in overall:
        yield LawPart(
            f"The loss as a whole ({variant})",
            "FVU",
            equation(str(overall["expression"]), ["latent_dim"]),
            list(_returns(law)),
            ["on latent dims left out", "median error", "largest error", "rms of log10"],
            [_errors(name, tested) for name, tested in _tested(overall)],
        )
    if "expression" in single:
        names = single.get("inputs")
        inputs = [str(name) for name in names] if isinstance(names, list) else []
        yield LawPart(
            f"The loss of each input ({variant})",
            "FVU of an input",
            equation(str(single["expression"]), ["latent_dim", *inputs]),
            [f"{single.get('n_features')} inputs, {single.get('n_points')} points."],
            ["R² of log10 FVU", *LEFT_OUT.values()],
            _scores(part(single, "validation")),
        )


def _tested(law: Json) -> Iterator[tuple[str, Json]]:
    """Yield the law's errors, then those of its baselines."""
    yield "this law", part(law, "leave_one_latent_dim_out")
    for name in part(law, "baselines"):
        yield name.replace("_", " "), part(law, "baselines", name)


def _errors(name: str, tested: Json) -> list[str]:
    """Return one row of the table of errors."""
    relative = [_float(tested.get(f"{kind}_relative_error")) for kind in ("median", "max")]
    return [name, *map(percent, relative), number(_float(tested.get("rmse_log10")))]


def _scores(validation: Json) -> list[list[str]]:
    """Return R² of log10 FVU of each method on what was left out."""
    methods = {"law": "this law", "linear": "logistic line", "gradient_boosting": "boosted trees"}
    return [
        [label, *(r2(_float(part(validation, split, key).get("r2_log10"))) for split in LEFT_OUT)]
        for key, label in methods.items()
    ]


def _returns(law: Json) -> Iterator[str]:
    """Yield sentences on diminishing returns and the knee."""
    share = numeric(part(law, "diminishing_returns").get("share_all_shrink"))
    if share is not None:
        resamples = number(_float(part(law, "diminishing_returns").get("resamples")))
        yield (
            f"Each further latent is worth less than the one before in {percent(share)} of "
            f"{resamples} bootstrap resamples."
        )
    knee = part(law, "knee", "fvu")
    if numeric(knee.get("latent_dim")) is not None:
        at, low, high = (number(_float(knee.get(key))) for key in ("latent_dim", "low", "high"))
        yield f"The knee lies at {at} latents ({low} to {high} in 95 % of resamples)."


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
