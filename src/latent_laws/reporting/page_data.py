"""What the page shows of each encoder, as plain data for its script."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.tokens import Operation, Variable
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.reporting.equations import equation
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.figures import raw_rows
from latent_laws.reporting.numbers import number
from latent_laws.reporting.saved import Saved

SHOWN_ROWS = 300
SHOWN_CANDIDATES = 12
DIGITS = 6
MATRIX_INPUTS = 20
SHOWN_PAIRS = 5


@dataclass(frozen=True)
class Pages:
    """Turns saved formulas and rows into what the script draws from.

    Attributes:
        saved: The findings.
    """

    saved: Saved

    @cached_property
    def scaling(self) -> Scaling | None:
        """How the table was scaled, where that is known."""
        info = self.saved.frame("feature_info")
        return Scaling.from_feature_info(info) if {"mean", "scale"} <= set(info) else None

    @cached_property
    def names(self) -> list[str]:
        """The inputs of the encoders."""
        columns = self.saved.frame("features").columns.drop("split", errors="ignore")
        info = self.saved.frame("feature_info")
        return list(map(str, info["feature"] if "feature" in info else columns))

    def encoder(self, result: EncoderResult) -> dict[str, Any]:
        """Return latents with their candidate formulas, exports and values on the shown rows."""
        records = self.saved.own("formulas", result.encoder).sort_values("latent")
        latents = [self._latent(record) for record in records.to_dict("records")]
        formulas = [Formula.parse(text, self.names) for text in records["expression"]]
        return {
            "latents": latents,
            "exports": self._exports(result.encoder, records, formulas),
            "matrix": self._matrix(result),
            "inputs": self._table(result.encoder),
            "pairs": self._pairs(result.encoder),
        }

    def _table(self, encoder: str) -> list[list[str | float | None]]:
        """Return input, importance with its interval, and verdict, most important first."""
        importance, verdicts = (
            self.saved.own(n, encoder) for n in ("feature_importance", "redundancy")
        )
        if importance.empty:
            return []
        named = dict(zip(verdicts.get("feature", []), verdicts.get("verdict", []), strict=True))
        kept = ["feature", "importance", "importance_low", "importance_high"]
        rows = importance.sort_values("importance", ascending=False)[kept].itertuples(index=False)
        return [
            [str(name), *map(finite, values), str(named.get(name, "")).replace("_", " ")]
            for name, *values in rows
        ]

    def _pairs(self, encoder: str) -> list[str]:
        """Return the strongest pairs of inputs that act together, and what noise reaches."""
        own = self.saved.own("interactions", encoder)
        if own.empty:
            return []
        strongest = own.sort_values("max_strength", ascending=False).head(SHOWN_PAIRS)
        return [
            f"{row['feature_a']} and {row['feature_b']} ({number(row['max_strength'])})"
            for row in strongest.to_dict("records")
        ]

    def _latent(self, record: dict[Any, Any]) -> dict[str, Any]:
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

    def _front(self, encoder: str, latent: int, record: dict[Any, Any]) -> list[dict[str, Any]]:
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
        return sorted(rows, key=lambda row: (row["nodes"], row["r2"] or 0))

    def _candidate(self, row: dict[Any, Any], chosen: bool) -> dict[str, Any]:
        formula = Formula.parse(row["expression"], self.names)
        raw = raw_formula(formula, self.scaling) if self.scaling else formula
        return {
            "math": {"raw": str(equation(raw)), "scaled": str(equation(formula))},
            "tokens": self._tokens(raw),
            "nodes": int(row["complexity"]),
            "inputs": len(formula.features),
            "r2": finite(row["r2_test"]),
            "interval": [finite(row.get("r2_low")), finite(row.get("r2_high"))],
            "chosen": chosen,
        }

    def _tokens(self, formula: Formula) -> list[str | float]:
        """Return the postfix form; an input is `$` and its number."""
        found: list[str | float] = []
        for token in formula.tokens:
            if isinstance(token, Variable):
                found.append(f"${self.names.index(token.name)}")
            else:
                found.append(token.name if isinstance(token, Operation) else float(token))
        return found

    def _exports(
        self, encoder: str, records: pd.DataFrame, formulas: Sequence[Formula]
    ) -> dict[str, str]:
        """Return what a reader takes away, in the units of the table."""
        symbolic = SymbolicEncoder(formulas, self.names, self.scaling)
        raw = [formula.expression for formula in symbolic.raw_formulas]
        kept = ["encoder", "latent", "complexity", "r2_train", "r2_validation", "r2_test"]
        table = records[[*kept, "r2_low", "r2_high"]].assign(
            expression=records["expression"], expression_raw=raw
        )
        return {
            "csv": table.to_csv(index=False),
            "tex": symbolic.to_latex(),
            "py": symbolic.to_python(),
            "sql": symbolic.to_sql("features"),
            "json": table.to_json(orient="records", indent=1),
        }

    def _matrix(self, result: EncoderResult) -> dict[str, Any] | None:
        """Return the best matrix (scaled inputs), least squares on the training rows."""
        features, latents = self.saved.frame("features"), self.saved.frame("latents")
        columns = [f"{result.encoder}:{i}" for i in range(result.latent_dim)]
        if features.empty or not set(columns) <= set(latents):
            return None
        train = (features["split"] == "train").to_numpy()
        X, Z = features.loc[train, self.names].to_numpy(float), latents.loc[train, columns]
        centred = X - X.mean(axis=0)
        weights = np.linalg.lstsq(centred, Z.to_numpy() - Z.to_numpy().mean(axis=0), rcond=None)[0]
        top = np.argsort(-np.abs(weights).max(axis=1) * X.std(axis=0))[:MATRIX_INPUTS]
        return {
            "linearity": result.linearity,
            "inputs": [self.names[i] for i in top],
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

    def inputs(self) -> list[dict[str, Any]]:
        """Return the inputs that formulas read, with their values on the shown rows."""
        info, rows = self.saved.frame("feature_info"), raw_rows(self.saved, "test")
        if rows.empty:
            return []
        units = dict(zip(info["feature"], info["unit"], strict=True)) if "unit" in info else {}
        used = {name for names in self.saved.frame("formulas")["variables"] for name in names}
        test = np.flatnonzero(self.saved.frame("features")["split"] == "test")
        shown = rows.iloc[np.searchsorted(test, self._places)]
        return [
            {
                "place": place,
                "name": name,
                "unit": unit if isinstance(unit := units.get(name), str) else "",
                "mean": self.scaling.column(name)[0] if self.scaling else float(rows[name].mean()),
                "values": rounded(shown[name].to_numpy(float)),
            }
            for place, name in enumerate(self.names)
            if name in used
        ]


def rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers with as many digits as a figure needs."""
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in values]


def finite(value: object) -> float | None:
    """Return a number, None where it is undefined."""
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None
