"""What the analysis is about: networks, their formulas, and null formulas to hold them against."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

# latent -> search seed -> formulas
Readings = Mapping[int, Mapping[int, tuple[Formula, ...]]]

_COLUMNS = ("encoder", "latent", "seed", "expression", "complexity", "selected")


@dataclass(frozen=True)
class LatentFormulas:
    """The formulas of one encoder.

    Attributes:
        near_best: For each latent and search seed the formulas about as good as the selected one.
        null: For each latent and null seed formulas as complex as the near-best ones, fitted to
            the permuted latent; a latent without a null search is left out.
    """

    near_best: Readings
    null: Readings


@dataclass(frozen=True)
class Distillation:
    """Encoders with everything that was distilled from them.

    Attributes:
        models: Encoder -> the autoencoder that the formulas are about.
        table: The features.
        feature_info: The catalog's frame: `feature, kind, group`.
        formulas: The catalog's `formulas`: records with `encoder, latent, expression`.
        fronts: The catalog's `pareto_fronts`: `encoder, latent, seed, expression, complexity,
            selected`, and `near_best` unless the selected formulas are to stand alone.
        null_fronts: The catalog's `null_fronts`: the same from searches on permuted latents.
    """

    models: Mapping[str, Encoder]
    table: FeatureTable
    feature_info: pd.DataFrame
    formulas: Sequence[Mapping[str, object]]
    fronts: pd.DataFrame
    null_fronts: pd.DataFrame

    def only(self, encoder: str) -> Self:
        """One encoder with what was distilled from it: enough for a task of its own."""
        return replace(
            self,
            models={encoder: self.models[encoder]},
            formulas=[record for record in self.formulas if record["encoder"] == encoder],
            fronts=self.fronts[self.fronts["encoder"] == encoder],
            null_fronts=self.null_fronts[self.null_fronts["encoder"] == encoder],
        )

    def selected(self, encoder: str) -> dict[int, Formula]:
        """The selected formula of each latent, see `selected_formulas`."""
        return selected_formulas(self.formulas, encoder, self.table.names)

    def readings(self, encoder: str) -> LatentFormulas:
        """The near-best formulas of each latent and the null formulas that match them.

        Raises:
            LatentLawsError: A column is missing, or the encoder has a latent without a formula.
        """
        chosen, null = _of_variant(self.fronts, encoder), _of_variant(self.null_fronts, encoder)
        if chosen.empty:
            raise LatentLawsError(f"pareto_fronts has no formula of encoder '{encoder}'")
        near = chosen[_marked(chosen)]
        missing = set(chosen["latent"]) - set(near["latent"])
        if missing:
            latent = min(missing)
            raise LatentLawsError(f"encoder '{encoder}', latent {latent} has no selected formula")
        parse = _Parser(self.table.names)
        return LatentFormulas(_readings(near, parse), _matched(null, near, parse))


def selected_formulas(
    formulas: Sequence[Mapping[str, object]], encoder: str, names: Sequence[str]
) -> dict[int, Formula]:
    """Read the selected formulas of one encoder.

    Args:
        formulas: The catalog's `formulas`: records with `encoder, latent, expression`.
        encoder: The encoder.
        names: The feature names.

    Returns:
        Latent -> formula.

    Raises:
        LatentLawsError: The encoder has no formula.
    """
    found = {
        int(str(record["latent"])): Formula.parse(str(record["expression"]), names)
        for record in formulas
        if record["encoder"] == encoder
    }
    if not found:
        raise LatentLawsError(f"formulas has no formula of encoder '{encoder}'")
    return found


def usage(readings: Readings, blocks: Sequence[Collection[str]]) -> NDArray[np.float64]:
    """Share of a latent's formulas that use a block of features; its search seeds weigh alike.

    Args:
        readings: The formulas.
        blocks: Feature names of each block; a formula uses a block if it uses any of them.

    Returns:
        Shape (latents, blocks), the latents in the order of `readings`.
    """
    homes: dict[str, list[int]] = {}
    for number, block in enumerate(blocks):
        for name in block:
            homes.setdefault(name, []).append(number)
    shares = np.zeros((len(readings), len(blocks)))
    for row, by_seed in zip(shares, readings.values(), strict=True):
        for formulas in by_seed.values():
            for formula in formulas:
                used = {number for name in formula.features for number in homes.get(name, ())}
                row[list(used)] += 1 / len(formulas) / len(by_seed)
    return shares


class _Parser:
    """Parses each expression once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._known: dict[str, Formula] = {}

    def __call__(self, text: str) -> Formula:
        if text not in self._known:
            self._known[text] = Formula.parse(text, self._names)
        return self._known[text]


def _of_variant(fronts: pd.DataFrame, encoder: str) -> pd.DataFrame:
    """Return the rows of one encoder, columns checked."""
    missing = [column for column in _COLUMNS if column not in fronts.columns]
    if missing:
        raise LatentLawsError(f"a table of fronts has no column '{missing[0]}'")
    return fronts[fronts["encoder"] == encoder]


def _marked(fronts: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows are near-best; the selected ones count always."""
    selected = fronts["selected"].astype(bool)
    if "near_best" not in fronts.columns:
        return selected
    return selected | fronts["near_best"].fillna(value=False).astype(bool)


def _readings(rows: pd.DataFrame, parse: _Parser) -> Readings:
    """Group expressions by latent and seed, each expression once."""
    found: dict[int, dict[int, tuple[Formula, ...]]] = {}
    for latent, seed, group in _by_search(rows):
        formulas = dict.fromkeys(parse(text) for text in group["expression"])
        found.setdefault(latent, {})[seed] = tuple(formulas)
    return found


def _matched(null: pd.DataFrame, near: pd.DataFrame, parse: _Parser) -> Readings:
    """Return for every null search the members as complex as the latent's near-best formulas.

    A null front is judged at equal complexity, for what a selection rule picks from noise is the
    mean, which uses no feature and would correct nothing.
    """
    found: dict[int, dict[int, tuple[Formula, ...]]] = {}
    for latent, seed, group in _by_search(null):
        wanted = np.unique(near.loc[near["latent"] == latent, "complexity"].to_numpy())
        front = group.sort_values("complexity", kind="stable")
        places = np.searchsorted(front["complexity"].to_numpy(), wanted, side="right") - 1
        texts = front["expression"].iloc[np.unique(np.maximum(places, 0))]
        if len(wanted):
            found.setdefault(latent, {})[seed] = tuple(parse(text) for text in texts)
    return found


def _by_search(rows: pd.DataFrame) -> Iterator[tuple[int, int, pd.DataFrame]]:
    """Yield latent, seed and the rows of each search."""
    searches = rows[["latent", "seed"]].to_numpy(dtype=np.int64).reshape(-1, 2)
    keys, place = np.unique(searches, axis=0, return_inverse=True)
    for number, (latent, seed) in enumerate(keys):
        yield int(latent), int(seed), rows.iloc[np.flatnonzero(place.ravel() == number)]
