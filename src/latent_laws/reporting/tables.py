"""Tables of the page: from saved findings to cells that people read, one function each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.equations import equation
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.numbers import MISSING, NARROW, between, number, percent, r2
from latent_laws.reporting.saved import Saved

SHOWN_PAIRS = 8
Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Cells with their headings.

    Attributes:
        label: What it shows, in words.
        heads: A heading a column.
        rows: As many cells each.
        texts: Leading columns that hold words or formulas, not numbers.
        encoder: Shown beside this encoder alone; empty for the run.
    """

    label: str
    heads: Row
    rows: Sequence[Row]
    texts: int = 1
    encoder: str = ""


def encoders(results: Sequence[EncoderResult]) -> Table:
    """What all encoders lose, and how faithful their formulas are."""
    heads = (
        *("encoder", "lost by network", "by PCA", "by formulas", "decoder tuned"),
        *("R² median", "worst", "linearity", "nodes", "inputs"),
    )
    rows = [
        (
            one.encoder,
            *map(percent, (one.fvu_network, one.fvu_pca, one.fvu_formulas, one.fvu_tuned)),
            *map(r2, (one.r2_median, one.r2_worst, one.linearity)),
            *map(number, (one.nodes, one.inputs)),
        )
        for one in results
    ]
    return Table("Variance lost by every encoder, and R² of its formulas", heads, rows)


def inputs(saved: Saved, encoder: str) -> Table:
    """Importance of every input with its interval, and the verdict on it."""
    own, verdicts = (saved.own(n, encoder) for n in ("feature_importance", "redundancy"))
    named = dict(zip(verdicts.get("feature", []), verdicts.get("verdict", []), strict=True))
    rows = [
        (
            row["feature"],
            str(named.get(row["feature"], "")).replace("_", " "),
            number(row["importance"]),
            f"{number(row['importance_low'])} to {number(row['importance_high'])}",
        )
        for row in _records(own, "importance")
    ]
    heads = ("input", "verdict", "importance", "95 % interval")
    return Table(f"Every input of {encoder}", heads, rows, 2, encoder)


def pairs(saved: Saved, encoder: str) -> Table:
    """The pairs of inputs that act together most in the formulas."""
    own = _records(saved.own("interactions", encoder), "max_strength")
    rows = [
        (
            f"{row['feature_a']} and {row['feature_b']}",
            number(row["max_strength"]),
            number(row.get("null_strength")),
            number(row.get("encoder_strength")),
        )
        for row in own
    ]
    heads = ("inputs", "strength", "of pairs in noise", "in the network")
    return Table("Inputs that act together", heads, rows[:SHOWN_PAIRS], 1, encoder)


def input_laws(saved: Saved) -> Table:
    """Laws by which inputs follow from others, best first, with their checks."""
    laws = saved.input_laws
    best = laws.drop_duplicates("feature") if len(laws) else laws
    names = saved.frame("feature_info").get("feature", pd.Series(dtype=str)).tolist()
    rows = [
        (
            row["feature"],
            _equation(row["expression"], names) + _in_words(row),
            r2(row["r2_test"]),
            between(row["r2_low"], row["r2_high"]),
            r2(row["ceiling_r2"]),
            r2(row.get("null_r2")),
            percent(row.get("stability")),
            number(row["complexity"]),
        )
        for row in best.to_dict("records")
    ]
    heads = (
        *("input", "law", "R²", "95 % interval", "best regression", "shuffled"),
        *("same inputs in resamples", "nodes"),
    )
    return Table("Laws between inputs", heads, rows, 2)


def law_use(saved: Saved, encoder: str) -> Table:
    """What an encoder makes of rows along a law and off it."""
    # a rotation reconstructs what the network does
    own = saved.own("law_use", encoder.replace("rotated", "standard"))
    rows = [
        (
            row["feature"],
            *(percent(row[f"fvu_{name}"]) for name in ("rows", "along", "off")),
            percent(row["follows_law"]),
        )
        for row in own.to_dict("records")
    ]
    heads = ("input", "lost as it is", "moved along its law", "moved off it", "way back to the law")
    return Table(f"Does {encoder} use the laws?", heads, rows, 1, encoder)


def latents_needed(saved: Saved) -> Table:
    """How many latents the networks need for a loss, with intervals."""
    law = _law(saved)
    needed, dims = law.get("latents_for") or [], law.get("latent_dims") or []
    rows = [
        (
            f"{100 * row['loss']:g}{NARROW}%",
            _latents(row["latents"], dims),
            f"{_latents(row['low'], dims)} to {_latents(row['high'], dims)}",
        )
        for row in needed
    ]
    return Table("Latents needed", ("variance lost", "latents", "95 % interval"), rows, 0)


def late_variables(saved: Saved) -> Table:
    """Which inputs, or groups of them, are kept with few latents and which come late."""
    law = _law(saved)
    variables, dims = law.get("variables") or [], law.get("latent_dims") or []
    rows = [
        (
            row["variable"],
            percent(row["variance_share"]),
            _latents(row["at_10_percent"], dims),
            _latents(row["at_1_percent"], dims),
        )
        for row in variables
    ]
    heads = ("input or group", "share of all variance", "latents for 10 % loss", "for 1 %")
    return Table("Latents until an input is kept, the last first", heads, rows)


def decoder_laws(saved: Saved, encoder: str) -> Table:
    """Closed forms of a decoder's outputs, those that hold best first."""
    own = saved.own("decoder_laws", encoder)
    latents = [f"z{i}" for i in range(int(own["latent_dim"].max()))] if len(own) else []
    rows = [
        (
            row["feature"],
            _equation(row["expression"], latents),
            r2(row["r2_test"]),
            between(row["r2_low"], row["r2_high"]),
            r2(row["null_r2"]),
            percent(row.get("jaccard")),
            number(row["complexity"]),
        )
        for row in _records(own, "r2_test")
    ]
    heads = (
        *("input", "scaled, in the latents", "R²", "95 % interval", "shuffled"),
        *("same latents on other rows", "nodes"),
    )
    return Table(f"The decoder of {encoder} as formulas", heads, rows, 2, encoder)


def word_laws(saved: Saved, encoder: str) -> Table:
    """What sparse forms over words explain of each latent, beside its form over dimensions."""
    own = saved.own("word_laws", encoder)
    if own.empty:
        return Table("", (), (), 2, encoder)
    formulas = saved.own("formulas", encoder).set_index("latent")["r2_test"]
    sizes = sorted(own["n_words"].unique())
    rows = []
    for latent, forms in own.groupby("latent"):
        by_size = forms.set_index("n_words")
        longest = by_size.loc[sizes[-1]]
        words = str(by_size.loc[sizes[0], "words"]).replace("|", ", ")
        scores = [r2(by_size.loc[size, "r2_test"]) for size in sizes]
        checks = [between(longest["r2_low"], longest["r2_high"]), r2(longest["null_r2"])]
        rows.append((f"z{latent}", words, *scores, *checks, r2(formulas.get(latent))))
    heads = (
        *("latent", f"the first {sizes[0]} words", *(f"R², {size} words" for size in sizes)),
        *("95 % interval", "permuted", "R² over dimensions"),
    )
    return Table(f"Latents of {encoder} in words", heads, rows, 2, encoder)


def words_at_ends(saved: Saved, encoder: str) -> Table:
    """The words at both ends of each latent of texts."""
    own = saved.own("dimension_labels", encoder, kind="latent")
    rows = [
        (row["name"], row["high_words"], row["low_words"], number(row["correlation"]))
        for row in own.to_dict("records")
    ]
    return Table(
        "Words at both ends of a latent", ("latent", "high", "low", "correlation"), rows, 3, encoder
    )


def _records(frame: pd.DataFrame, by: str) -> Iterator[dict[Any, Any]]:
    """Return the rows of a frame, the highest first; none of an empty frame."""
    rows = frame.sort_values(by, ascending=False) if len(frame) else frame
    return iter(rows.to_dict("records"))


def _law(saved: Saved) -> dict[str, Any]:
    return saved.record("reconstruction_law").get("standard") or {}


def _equation(text: str, names: Sequence[str]) -> Any:
    return equation(Formula.parse(text, names))


def _in_words(row: dict[Any, Any]) -> str:
    """Return what a law says in words, and of values at the end of the scale."""
    ends = [("below", row.get("clipped_low")), ("above", row.get("clipped_high"))]
    said = [f"{number(end)} {side} it" for side, end in ends if end is not None and pd.notna(end)]
    reading = str(row.get("reading") or "").strip()
    return "".join(f" ({part})" for part in (" and ".join(said), reading) if part)


def _latents(value: float | None, dims: Sequence[int]) -> str:
    """Return a number of latents, or that it lies beyond the largest latent dim."""
    if value is None or pd.isna(value):
        return f"over {max(dims)}" if dims else MISSING
    return f"{value:.1f}"
