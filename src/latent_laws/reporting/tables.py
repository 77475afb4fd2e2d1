"""Tables of the page: from saved findings to cells that people read, one function each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import unit_behind
from latent_laws.reporting.equations import equation
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.numbers import (
    MISSING,
    NARROW,
    SMALLEST,
    between,
    number,
    percent,
    r2,
    with_interval,
)
from latent_laws.reporting.saved import Saved

SHOWN_PAIRS = 8
LINE = 160  # letters of an excerpt
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) +")
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
    """Importance of the inputs with its interval, and the verdict on each; the rest counted."""
    own, verdicts = (saved.own(n, encoder) for n in ("feature_importance", "redundancy"))
    named = dict(zip(verdicts.get("feature", []), verdicts.get("verdict", []), strict=True))
    rows, rest = [], []
    for row in _records(own, "importance"):
        verdict = named.get(row["feature"], MISSING).replace("formula_silent", "not above noise")
        ends = row["importance_low"], row["importance_high"]
        if max(map(abs, ends)) < SMALLEST:
            rest.append(verdict)
        else:
            rows.append((row["feature"], verdict, r2(row["importance"]), between(*ends)))
    if rest:
        counts = ", ".join(f"{n} {verdict}" for verdict, n in Counter(rest).most_common())
        rows.append((f"{len(rest)} more", counts, f"below {SMALLEST}", MISSING))
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
    rows = [
        (
            row["feature"] + unit_behind(row["feature"], saved.units),
            _law_in_words(row, saved),
            with_interval(row["r2_test"], row["r2_low"], row["r2_high"]),
            r2(row["ceiling_r2"]),
            r2(row.get("null_r2")),
            percent(row.get("stability")),
            number(row["complexity"]),
        )
        for row in best.to_dict("records")
    ]
    heads = (
        *("input", "law", "R² (95 % interval)", "best regression", "shuffled"),
        *("same inputs in resamples", "nodes"),
    )
    return Table("Laws between inputs", heads, rows, 2)


def latents_needed(saved: Saved) -> Table:
    """How many latents the networks need for a loss, with intervals."""
    law = _law(saved)
    needed, dims = law.get("latents_for") or [], law.get("latent_dims") or []
    rows = [
        (
            f"{100 * row['loss']:g}{NARROW}%",
            _latents(row["latents"], dims),
            _ends(row["low"], row["high"], dims),
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
        if any(row[name] is not None for name in ("at_10_percent", "at_1_percent"))
    ]
    heads = ("input or group", "share of all variance", "latents for 10 % loss", "for 1 %")
    return Table("Latents until an input is kept, the last first", heads, rows)


def decoder_laws(saved: Saved, encoder: str) -> Table:
    """Closed forms of a decoder's outputs, those that hold best first."""
    own = saved.own("decoder_laws", encoder)
    latents = [f"z{i}" for i in range(int(own["latent_dim"].max()))] if len(own) else []
    rows = [
        (
            row["feature"] + unit_behind(row["feature"], saved.units),
            equation(Formula.parse(row["expression_raw"], latents)),
            with_interval(row["r2_test"], row["r2_low"], row["r2_high"]),
            r2(row["null_r2"]),
            percent(row.get("jaccard")),
            number(row["complexity"]),
        )
        for row in _records(own, "r2_test")
    ]
    heads = (
        *("input", "in the latents", "R² (95 % interval)", "shuffled"),
        *("same latents on other rows", "nodes"),
    )
    return Table(f"The decoder of {encoder} as formulas", heads, rows, 2, encoder)


def both_ways(saved: Saved, encoder: str) -> Table:
    """The autoencoder that was trained as formulas both ways, beside an encoder."""
    own = saved.own("symbolic_autoencoders", encoder)
    label = f"The autoencoder of formulas with as many latents as {encoder}"
    if own.empty or "encoder_formulas" not in own:
        return Table(label, (), (), 2, encoder)
    coded, decoded = own["encoder_formulas"].iloc[0], own["decoder_formulas"].iloc[0]
    latents = [f"z{i}" for i in range(len(coded))]
    rows = [
        *(
            (z, equation(Formula.parse(text, saved.names), units=saved.units))
            for z, text in zip(latents, coded, strict=True)
        ),
        *(
            (name + unit_behind(name, saved.units), equation(Formula.parse(text, latents)))
            for name, text in decoded.items()
        ),
    ]
    return Table(label, ("latent or input", "formula"), rows, 2, encoder)


def word_laws(saved: Saved, encoder: str) -> Table:
    """What sparse forms over words explain of each latent, beside its form over dimensions.

    The last row is the best that forms of the same length reach on any latent of permuted texts.
    """
    own = saved.own("word_laws", encoder)
    if own.empty:
        return Table("", (), (), 2, encoder)
    formulas = saved.own("formulas", encoder).set_index("latent")["r2_test"]
    sizes = sorted(own["n_words"].unique())
    rows = []
    for latent, forms in own.groupby("latent"):
        by_size = forms.set_index("n_words").loc[sizes]
        words = str(by_size["words"].iloc[0]).replace("|", ", ")
        scores = by_size[["r2_test", "r2_low", "r2_high"]].itertuples(index=False)
        cells = (with_interval(*score) for score in scores)
        rows.append((f"z{latent}", words, *cells, r2(formulas.get(latent))))
    permuted = own.groupby("n_words")["null_r2"].max()
    rows.append(("permuted", "the best of any latent", *map(r2, permuted), MISSING))
    heads = (
        *("latent", f"the first {sizes[0]} words", *(f"R², {size} words" for size in sizes)),
        "R² over dimensions",
    )
    return Table(f"Latents of {encoder} in words", heads, rows, 2, encoder)


def ends(saved: Saved, encoder: str) -> Table:
    """The words at both ends of each latent of texts, and the test text that lies furthest out."""
    rows = []
    for row in saved.own("dimension_labels", encoder, kind="latent").to_dict("records"):
        words = row["high_words"], row["low_words"]
        texts = _texts_at_ends(saved, f"{encoder}:{row['name'].removeprefix('z')}")
        cells = (
            "\n".join(filter(None, (said, excerpt(text, said.split(", ")))))
            for said, text in zip(words, texts, strict=True)
        )
        rows.append((row["name"], *(cell or MISSING for cell in cells), r2(row["correlation"])))
    heads = ("latent", "high", "low", "correlation of the words")
    return Table("Words and reviews at both ends of each latent", heads, rows, 3, encoder)


def _texts_at_ends(saved: Saved, latent: str) -> tuple[str, ...]:
    """Return the test texts of the highest and of the lowest value; empty where not saved."""
    latents, texts = saved.frame("latents"), saved.frame("texts")
    if latent not in latents or len(texts) != len(latents):
        return "", ""
    places = np.flatnonzero(latents["split"] == "test")
    values = latents[latent].to_numpy()[places]
    return tuple(texts["text"].iloc[places[at]] for at in (values.argmax(), values.argmin()))


def excerpt(text: str, words: Sequence[str]) -> str:
    """Return the sentence of a text that has most of some words, quoted and cut to a line."""
    sentences = _SENTENCE_ENDS.split(text)
    said = max(sentences, key=lambda sentence: sum(word in sentence.lower() for word in words))
    line = shorten(said, LINE, placeholder="\N{HORIZONTAL ELLIPSIS}")
    return f"\N{LEFT DOUBLE QUOTATION MARK}{line}\N{RIGHT DOUBLE QUOTATION MARK}" if line else ""


def _records(frame: pd.DataFrame, by: str) -> Iterator[dict[Any, Any]]:
    """Return the rows of a frame, the highest first; none of an empty frame."""
    rows = frame.sort_values(by, ascending=False) if len(frame) else frame
    return iter(rows.to_dict("records"))


def _law(saved: Saved) -> dict[str, Any]:
    return saved.record("reconstruction_law").get("standard") or {}


def _law_in_words(row: dict[Any, Any], saved: Saved) -> str:
    """Return a law, what it says in words, and of values at the end of the scale."""
    law = equation(Formula.parse(row["expression"], saved.names), units=saved.units)
    ends = [("least", row.get("clipped_low")), ("most", row.get("clipped_high"))]
    said = [f"at {side} {number(end)}" for side, end in ends if end is not None and pd.notna(end)]
    reading = str(row.get("reading") or "").strip()
    return law + "".join(f" ({part})" for part in (", ".join(said), reading) if part)


def _ends(low: float | None, high: float | None, dims: Sequence[int]) -> str:
    """Return an interval of numbers of latents; where both ends lie beyond, there is none."""
    return MISSING if low is None else f"{_latents(low, dims)} to {_latents(high, dims)}"


def _latents(value: float | None, dims: Sequence[int]) -> str:
    """Return a number of latents, or that it lies beyond the largest latent dim."""
    if value is None or pd.isna(value):
        return f"over {max(dims)}" if dims else MISSING
    return f"{value:.1f}"
