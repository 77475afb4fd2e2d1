"""What the findings are about: encoders, their formulas, and null formulas to hold them against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

# latent -> search seed -> formula -> how much it is believed, with sum 1
Readings = Mapping[int, Mapping[int, Mapping[Formula, float]]]

# A formula that leaves twice as much unexplained as the best of its front counts a quarter.
_SHARPNESS = 2.0
# What a float32 encoder leaves unexplained of a formula that it is.
_ROUNDING = 1e-6
# Candidates that are believed less, relative to the best, would only cost time.
_NEGLIGIBLE = 0.05


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

    def front(self, encoder: str) -> Readings:
        """Return the candidates of each latent and search seed, as they are believed.

        That is by what they leave unexplained on the validation rows.

        Raises:
            LatentLawsError: The encoder has no candidate.
        """
        return _readings(self._counted(encoder), self.table.names)

    def null(self, encoder: str) -> Readings:
        """Return formulas as complex as the candidates, fitted to the permuted latent.

        For each latent and null seed; a latent without a null search is left out. A null front is
        judged at equal complexity, for what a selection rule picks from noise is the mean, which
        uses no feature and would correct nothing.
        """
        counted, parts = self._counted(encoder), []
        # noise fits spikes that no validation row believes: they are no match for what is believed
        null = _believed(self.null_fronts[self.null_fronts["encoder"] == encoder])
        for (latent, _), group in null.groupby(["latent", "seed"]):
            own = counted[counted["latent"] == latent]
            if len(own):
                front = group.sort_values("complexity", kind="stable")
                places = np.searchsorted(front["complexity"], own["complexity"], side="right") - 1
                matched = front.iloc[np.maximum(places, 0)]
                belief = own["belief"].to_numpy() / own["belief"].sum()
                parts.append(matched.assign(belief=belief))
        return _readings(pd.concat(parts), self.table.names) if parts else {}

    def _counted(self, encoder: str) -> pd.DataFrame:
        """Return the candidates of an encoder that count."""
        chosen = self.fronts[self.fronts["encoder"] == encoder]
        if chosen.empty:
            raise LatentLawsError(f"pareto_fronts has no formula of encoder '{encoder}'")
        return _believed(chosen)


def named(encoder: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Put an encoder's name in front of a frame: `encoder, variant, latent_dim`."""
    variant, _, latent_dim = encoder.rpartition("-")
    columns: dict[str, Any] = {
        "encoder": encoder,
        "variant": variant,
        "latent_dim": int(latent_dim),
    }
    return frame.assign(**columns)[[*columns, *frame.columns]]


def stacked(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the frames of several encoders into one, each under its encoder's name."""
    return pd.concat([named(name, frame) for name, frame in frames.items()], ignore_index=True)


def believed(readings: Readings) -> Iterator[tuple[int, Formula, float]]:
    """Yield latent, formula and belief, with sum 1 over the formulas of a latent."""
    for latent, by_seed in readings.items():
        for formulas in by_seed.values():
            for formula, belief in formulas.items():
                yield latent, formula, belief / len(by_seed)


def _believed(fronts: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates that count, with their `belief`: sum 1 over a search."""
    searches = [fronts["latent"], fronts["seed"]]
    # an undefined candidate explains nothing
    left = (1 - fronts["r2_validation"].astype(float)).fillna(np.inf).clip(lower=_ROUNDING)
    belief = (left.groupby(searches).transform("min") / left).fillna(1.0) ** _SHARPNESS
    belief = belief.where(belief >= _NEGLIGIBLE, 0.0)
    counted = fronts.assign(belief=belief / belief.groupby(searches).transform("sum"))
    return counted[counted["belief"] > 0]


def _readings(rows: pd.DataFrame, names: Sequence[str]) -> Readings:
    """Group expressions by latent and seed, each expression once."""
    known = {text: Formula.parse(text, names) for text in rows["expression"].unique()}
    found: dict[int, dict[int, dict[Formula, float]]] = {}
    for (latent, seed), group in rows.groupby(["latent", "seed"]):
        formulas = found.setdefault(int(str(latent)), {}).setdefault(int(str(seed)), {})
        for text, belief in zip(group["expression"], group["belief"], strict=True):
            formulas[known[text]] = formulas.get(known[text], 0.0) + float(belief)
    return found
