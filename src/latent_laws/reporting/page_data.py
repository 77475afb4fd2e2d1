"""What the page shows of each encoder, as plain data for its script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.formulas import export
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import unit_behind
from latent_laws.formulas.tokens import Operation, Variable
from latent_laws.formulas.units import raw_formula
from latent_laws.reporting import exports
from latent_laws.reporting.equations import FEWEST_DIGITS, digits_needed, equation
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.saved import Saved
from latent_laws.reporting.sentences import is_matrix
from latent_laws.tables.groups import one_hot_groups

SHOWN_ROWS = 300
SHOWN_CANDIDATES = 9
DIGITS = 6
MATRIX_INPUTS = 20
# numbers that take more values are a measure, not codes of classes
MOST_CODES = 12
SCORES = ("r2_train", "r2_validation", "r2_test", "r2_low", "r2_high")
# where the formula of a latent stands in a file, for the script to fill in
SLOT = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}{}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"


@dataclass(frozen=True)
class Pages:
    """Turns saved formulas and rows into what the script draws from.

    Attributes:
        saved: The findings.
    """

    saved: Saved

    @property
    def has_units(self) -> bool:
        """Whether inputs as the encoder sees them differ from the columns of the table."""
        one = self.saved.scaling
        return one is not None and (any(one.mean) or any(scale != 1 for scale in one.scale))

    def encoder(self, result: EncoderResult) -> dict[str, Any]:
        """Return latents with their candidate formulas, files and values on the shown rows."""
        records = self.saved.own("formulas", result.encoder).sort_values("latent")
        latents = [self._latent(record) for record in records.to_dict("records")]
        return {
            "latents": latents,
            "files": self._files([latent["latent"] for latent in latents]),
            "matrix": self._matrix(result),
        }

    def _files(self, latents: Sequence[int]) -> dict[str, str]:
        """Return what a reader takes away, with a slot for the formula of each latent."""
        slots = [(f"z{latent}", SLOT.format(place)) for place, latent in enumerate(latents)]
        names, units, plans = self.saved.names, self.saved.units, self.saved.plans
        read = () if exports.are_plain(plans) else (exports.python_read(plans),)
        return {
            "tex": export.latex_table(slots),
            "py": export.python_module(slots, names, units, *read),
            "sql": exports.sql_note(plans) + export.sql_query(slots, "features"),
        }

    def _latent(self, record: Mapping[Any, Any]) -> dict[str, Any]:
        """Return one latent: its values on the shown rows, and its front."""
        encoder, latent = record["encoder"], record["latent"]
        values = self.saved.frame("latents").get(f"{encoder}:{latent}")
        front = self._front(encoder, latent, record)
        return {
            "latent": int(latent),
            "values": [] if values is None else rounded(values.to_numpy(float)[self._places]),
            "front": front,
            "chosen": next(i for i, one in enumerate(front) if one["chosen"]),
        }

    def _front(self, encoder: str, latent: int, record: Mapping[Any, Any]) -> list[dict[str, Any]]:
        """Return the candidates that no smaller one beats on validation rows, thinned."""
        fronts = self.saved.own("pareto_fronts", encoder, latent=latent)
        rows = [self._candidate(record, chosen=True)]
        if len(fronts):
            own = fronts[fronts["seed"] == record.get("seed", 0)].sort_values("complexity")
            best = own["r2_validation"].cummax()
            own = own[(own["r2_validation"] >= best) & ~best.duplicated()]
            others = own[own["expression"] != record["expression"]].to_dict("records")
            places = np.linspace(0, len(others) - 1, min(len(others), SHOWN_CANDIDATES))
            chosen = [others[int(place)] for place in places.round()] if others else []
            rows += [self._candidate(one, chosen=False) for one in chosen]
        return sorted(rows, key=lambda row: (row["nodes"], row["scores"]["r2_test"] or 0))

    def _candidate(self, row: Mapping[Any, Any], chosen: bool) -> dict[str, Any]:
        formula = Formula.parse(row["expression"], self.saved.names)
        raw = raw_formula(formula, scaling) if (scaling := self.saved.scaling) else formula
        digits = FEWEST_DIGITS
        if len(self._raw_rows):
            digits = digits_needed(raw, self._raw_rows.to_numpy(float), self.saved.names)
        return {
            "math": {
                "raw": str(equation(raw, digits, self.saved.units)),
                "scaled": str(equation(formula, digits)),
            },
            "tokens": self._tokens(raw),
            "nodes": int(row["complexity"]),
            "inputs": len(formula.features),
            "scores": {name: finite(row.get(name)) for name in SCORES},
            "text": {"expression": formula.expression, "expression_raw": raw.expression},
            "files": {
                "tex": export.latex_cells(raw, digits, self.saved.units),
                "py": export.python_text(raw),
                "sql": export.sql_text(raw, self._sql_columns),
            },
            "chosen": chosen,
        }

    @cached_property
    def _sql_columns(self) -> dict[str, str]:
        return exports.sql_columns(self.saved.plans)

    def _tokens(self, formula: Formula) -> list[str | float]:
        """Return the postfix form; an input is `$` and its number."""
        found: list[str | float] = []
        for token in formula.tokens:
            if isinstance(token, Variable):
                found.append(f"${self.saved.names.index(token.name)}")
            else:
                found.append(token.name if isinstance(token, Operation) else float(token))
        return found

    def _matrix(self, result: EncoderResult) -> dict[str, Any] | None:
        """Return the matrix of an encoder that is one (scaled inputs), from the training rows."""
        features, latents = self.saved.frame("features"), self.saved.frame("latents")
        columns = [f"{result.encoder}:{i}" for i in range(result.latent_dim)]
        if features.empty or not set(columns) <= set(latents) or not is_matrix(result):
            return None
        train = (features["split"] == "train").to_numpy()
        X, Z = features.loc[train, self.saved.names].to_numpy(float), latents.loc[train, columns]
        centred = X - X.mean(axis=0)
        weights = np.linalg.lstsq(centred, Z.to_numpy() - Z.to_numpy().mean(axis=0), rcond=None)[0]
        top = np.argsort(-np.abs(weights).max(axis=1) * X.std(axis=0))[:MATRIX_INPUTS]
        return {
            "linearity": result.linearity,
            "inputs": [self.saved.names[i] for i in top],
            "weights": [rounded(column) for column in weights[top].T],
        }

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """Positions of the shown rows: test rows, evenly spread."""
        for name in ("latents", "features"):
            frame = self.saved.frame(name)
            if "split" in frame:
                test = np.flatnonzero(frame["split"] == "test")
                chosen = np.linspace(0, len(test) - 1, min(len(test), SHOWN_ROWS)).round()
                return np.asarray(test[chosen.astype(int)])
        return np.array([], dtype=int)

    @cached_property
    def _raw_rows(self) -> pd.DataFrame:
        """The shown rows in the units of the table; empty where the inputs were not saved."""
        rows = self.saved.raw_rows
        if rows.empty:
            return rows
        test = np.flatnonzero(self.saved.frame("features")["split"] == "test")
        return rows.iloc[np.searchsorted(test, self._places)][self.saved.names]

    @property
    def classes(self) -> dict[str, list[str] | list[float | None]]:
        """What each shown row is, by labels and one-hot groups; numbers where labels measure."""
        rows = self._raw_rows
        texts, info = self.saved.frame("texts"), self.saved.frame("feature_info")
        labels = texts[["label"]] if "label" in texts else self.saved.frame("labels")
        found: dict[str, list[str] | list[float | None]] = {
            str(name): _label(labels[name].iloc[self._places], labels[name].nunique())
            for name in labels
        }
        for group, members in one_hot_groups(info).items() if len(rows) and len(info) else ():
            found[group] = [
                members[int(row.argmax())].removeprefix(f"{group}_") if row.any() else "none"
                for row in rows[list(members)].to_numpy()
            ]
        return found

    def inputs(self, encoders: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the inputs that any formula reads, with their values on the shown rows.

        Args:
            encoders: What `encoder` returned of each.
        """
        rows, scaling = self._raw_rows, self.saved.scaling
        used = {
            token
            for encoder in encoders.values()
            for latent in encoder["latents"]
            for one in latent["front"]
            for token in one["tokens"]
        }
        return [
            {
                "place": place,
                "name": name,
                "unit": unit_behind(name, self.saved.units),
                "mean": scaling.column(name)[0] if scaling else float(rows[name].mean()),
                "values": rounded(rows[name].to_numpy(float)),
            }
            for place, name in enumerate(self.saved.names)
            if f"${place}" in used and len(rows)
        ]


def _label(values: "pd.Series[Any]", n_different: int) -> list[str] | list[float | None]:
    """Return a label of some rows: as numbers where it takes too many to be classes."""
    if pd.api.types.is_numeric_dtype(values) and n_different > MOST_CODES:
        return rounded(values.to_numpy(float))
    # whole numbers among gaps came as floats
    return [str(value).removesuffix(".0") if pd.notna(value) else "none" for value in values]


def rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers with as many digits as a figure needs."""
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in values]


def finite(value: object) -> float | None:
    """Return a number, None where it is undefined."""
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None
