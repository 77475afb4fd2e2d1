"""What the findings are about: encoders, their formulas, and null formulas to hold them against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

# latent -> search seed -> formula -> how much it is believed, with sum 1
Readings = Mapping[int, Mapping[int, Mapping[Formula, float]]]

_COLUMNS = ("encoder", "latent", "seed", "expression", "complexity", "r2_validation", "selected")
# A formula that leaves twice as much unexplained as the best of its front counts a quarter.
_SHARPNESS = 2.0
# What a float32 encoder leaves unexplained of a formula that it is.
_ROUNDING = 1e-6
# Candidates that are believed less, relative to the best, would only cost time.
_NEGLIGIBLE = 0.05


@dataclass(frozen=True)
class LatentFormulas:
    """The formulas of one encoder.

    Attributes:
        front: The candidates of each latent and search seed, by what they leave unexplained on
            the validation rows.
        null: For each latent and null seed formulas as complex as those, fitted to the permuted
            latent; a latent without a null search is left out.
    """

    front: Readings
    null: Readings


@dataclass(frozen=True)
class Distillation:
    """Encoders with everything that was distilled from them.

    Attributes:
        models: Encoder -> what encodes, and perhaps decodes.
        table: The features.
        feature_info: The catalog's frame: `feature, kind, group`.
        formulas: The catalog's `formulas`: records with `encoder, latent, expression`.
        fronts: The catalog's `pareto_fronts`: `encoder, latent, seed, expression, complexity,
            r2_validation, selected`.
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
        """Return the selected formula of each latent.

        Raises:
            LatentLawsError: The encoder has no formula.
        """
        found = {
            int(str(record["latent"])): Formula.parse(str(record["expression"]), self.table.names)
            for record in self.formulas
            if record["encoder"] == encoder
        }
        if not found:
            raise LatentLawsError(f"formulas has no formula of encoder '{encoder}'")
        return found

    def readings(self, encoder: str) -> LatentFormulas:
        """Return the candidates of each latent and the null formulas that match them.

        Raises:
            LatentLawsError: A column is missing, or the encoder has no candidate.
        """
        chosen, null = _of_encoder(self.fronts, encoder), _of_encoder(self.null_fronts, encoder)
        if chosen.empty:
            raise LatentLawsError(f"pareto_fronts has no formula of encoder '{encoder}'")
        counted, parse = _believed(chosen), _Parser(self.table.names)
        # noise fits spikes that no validation row believes: they are no match for what is believed
        return LatentFormulas(_readings(counted, parse), _matched(_believed(null), counted, parse))


def named(encoder: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Put an encoder's name in front of a frame: `encoder, variant, latent_dim`."""
    variant, _, latent_dim = encoder.rpartition("-")
    columns: dict[str, Any] = {
        "encoder": encoder,
        "variant": variant,
        "latent_dim": int(latent_dim),
    }
    return frame.assign(**columns)[[*columns, *frame.columns]]


def usage(readings: Readings, blocks: Sequence[frozenset[str]]) -> NDArray[np.float64]:
    """Share of a latent's formulas, as they are believed, that use a block of features.

    Args:
        readings: The formulas; search seeds weigh alike.
        blocks: Feature names of each block; a formula uses a block if it uses any of them.

    Returns:
        Shape (latents, blocks), the latents in the order of `readings`.
    """
    shares = np.zeros((len(readings), len(blocks)))
    for row, (_, formula, belief) in _flat(readings):
        used = frozenset(formula.features)
        shares[row] += belief * np.array([not used.isdisjoint(block) for block in blocks])
    return shares


def believed(readings: Readings) -> Iterator[tuple[int, Formula, float]]:
    """Yield latent, formula and belief, with sum 1 over the formulas of a latent."""
    for _, entry in _flat(readings):
        yield entry


def _flat(readings: Readings) -> Iterator[tuple[int, tuple[int, Formula, float]]]:
    for row, (latent, by_seed) in enumerate(readings.items()):
        for formulas in by_seed.values():
            for formula, belief in formulas.items():
                yield row, (latent, formula, belief / len(by_seed))


class _Parser:
    """Parses each expression once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._known: dict[str, Formula] = {}

    def __call__(self, text: str) -> Formula:
        if text not in self._known:
            self._known[text] = Formula.parse(text, self._names)
        return self._known[text]


def _of_encoder(fronts: pd.DataFrame, encoder: str) -> pd.DataFrame:
    """Return the rows of one encoder, columns checked."""
    missing = [column for column in _COLUMNS if column not in fronts.columns]
    if missing:
        raise LatentLawsError(f"a table of fronts has no column '{missing[0]}'")
    return fronts[fronts["encoder"] == encoder]


def _believed(fronts: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates that count, with their `belief`: sum 1 over a search."""
    searches = [fronts["latent"], fronts["seed"]]
    # an undefined candidate explains nothing
    left = (1 - fronts["r2_validation"].astype(float)).fillna(np.inf).clip(lower=_ROUNDING)
    belief = (left.groupby(searches).transform("min") / left).fillna(1.0) ** _SHARPNESS
    belief = belief.where(belief >= _NEGLIGIBLE, 0.0)
    counted = fronts.assign(belief=belief / belief.groupby(searches).transform("sum"))
    return counted[counted["belief"] > 0]


def _readings(rows: pd.DataFrame, parse: _Parser) -> Readings:
    """Group expressions by latent and seed, each expression once."""
    found: dict[int, dict[int, dict[Formula, float]]] = {}
    for latent, seed, group in _by_search(rows):
        formulas = found.setdefault(latent, {}).setdefault(seed, {})
        for text, belief in zip(group["expression"], group["belief"], strict=True):
            formulas[parse(text)] = formulas.get(parse(text), 0.0) + float(belief)
    return found


def _matched(null: pd.DataFrame, counted: pd.DataFrame, parse: _Parser) -> Readings:
    """Return for every null search the members as complex as the latent's candidates.

    A null front is judged at equal complexity, for what a selection rule picks from noise is the
    mean, which uses no feature and would correct nothing.
    """
    parts = []
    for latent, _, group in _by_search(null):
        own = counted[counted["latent"] == latent]
        if len(own):
            front = group.sort_values("complexity", kind="stable")
            places = np.searchsorted(front["complexity"], own["complexity"], side="right") - 1
            matched = front.iloc[np.maximum(places, 0)]
            belief = own["belief"].to_numpy() / own["belief"].sum()
            parts.append(matched.assign(belief=belief))
    return _readings(pd.concat(parts), parse) if parts else {}


def _by_search(rows: pd.DataFrame) -> Iterator[tuple[int, int, pd.DataFrame]]:
    """Yield latent, seed and the rows of each search."""
    for (latent, seed), group in rows.groupby(["latent", "seed"]):
        yield int(str(latent)), int(str(seed)), group
