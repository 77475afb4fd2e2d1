"""What the page shows of each encoder, as plain data for its script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.formulas import export
from latent_laws.formulas.printing import unit_behind
from latent_laws.reporting import exports
from latent_laws.reporting.candidates import Inputs, write_formulas
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.saved import Saved
from latent_laws.reporting.sentences import is_matrix
from latent_laws.tables.groups import one_hot_groups
from latent_laws.tasks import TaskOptions, run_tasks

Record = Mapping[Any, Any]

# without a cache
AT_ONCE = TaskOptions(workers=1, cache=None, progress=False)
SHOWN_ROWS = 300
SHOWN_CANDIDATES = 9
DIGITS = 6
ZERO = 1e-6  # of the largest value
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
        tasks: Where what was written of formulas is kept.
    """

    saved: Saved
    tasks: TaskOptions = AT_ONCE

    @property
    def has_units(self) -> bool:
        """Whether inputs as the encoder sees them differ from the columns of the table."""
        one = self.saved.scaling
        return one is not None and (any(one.mean) or any(scale != 1 for scale in one.scale))

    def encoders(self, results: Sequence[EncoderResult]) -> dict[str, dict[str, Any]]:
        """Return latents with their candidate formulas, files and values on the shown rows.

        Formulas are written once for as long as they stay the same, an encoder at a time.
        """
        records = {one.encoder: self._records(one.encoder) for one in results}
        fronts = {name: [self._front(one) for one in found] for name, found in records.items()}
        texts = {
            name: sorted({str(row["expression"]) for front in own for row in front})
            for name, own in fronts.items()
        }
        jobs = {name: {"expressions": own, "inputs": self._inputs} for name, own in texts.items()}
        found = run_tasks(write_formulas, jobs, self.tasks, "writing formulas")
        written = {name: dict(zip(texts[name], found[name], strict=True)) for name in texts}
        return {
            one.encoder: self._encoder(
                one, records[one.encoder], fronts[one.encoder], written[one.encoder]
            )
            for one in results
        }

    def _records(self, encoder: str) -> Sequence[Record]:
        """Return the chosen formulas, by latent."""
        formulas = self.saved.own("formulas", encoder).sort_values("latent")
        return formulas.to_dict("records")

    def _encoder(
        self,
        result: EncoderResult,
        records: Sequence[Record],
        fronts: Sequence[Sequence[Record]],
        written: Mapping[str, Any],
    ) -> dict[str, Any]:
        latents = [
            self._latent(record, [_candidate(row, record, written) for row in front])
            for record, front in zip(records, fronts, strict=True)
        ]
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

    def _latent(self, record: Record, front: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return one latent: its values on the shown rows, and its front by size."""
        values = self.saved.frame("latents").get(f"{record['encoder']}:{record['latent']}")
        by_size = sorted(front, key=lambda row: (row["nodes"], row["scores"]["r2_test"] or 0))
        return {
            "latent": int(record["latent"]),
            "values": [] if values is None else rounded(values.to_numpy(float)[self._places]),
            "front": by_size,
            "chosen": next(i for i, one in enumerate(by_size) if one["chosen"]),
        }

    def _front(self, record: Record) -> list[Record]:
        """Return the chosen formula and the candidates that no smaller one beats, thinned."""
        fronts = self.saved.own("pareto_fronts", record["encoder"], latent=record["latent"])
        if not len(fronts):
            return [record]
        own = fronts[fronts["seed"] == record.get("seed", 0)].sort_values("complexity")
        best = own["r2_validation"].cummax()
        own = own[(own["r2_validation"] >= best) & ~best.duplicated()]
        others = own[own["expression"] != record["expression"]].to_dict("records")
        places = np.linspace(0, len(others) - 1, min(len(others), SHOWN_CANDIDATES))
        return [record, *(others[int(place)] for place in places.round() if others)]

    @cached_property
    def _inputs(self) -> Inputs:
        saved, rows = self.saved, self._raw_rows.to_numpy(float)
        return Inputs(tuple(saved.names), saved.scaling, rows, exports.sql_columns(saved.plans))

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
        rows, texts = self._raw_rows, self.saved.frame("texts")
        labels = texts[["label"]] if "label" in texts else self.saved.frame("labels")
        found: dict[str, list[str] | list[float | None]] = {
            str(name): _label(labels[name].iloc[self._places], labels[name].nunique())
            for name in labels
        }
        for group, members in self.groups.items():
            own = rows[[self.saved.names[place] for place, _ in members]].to_numpy()
            found[group] = [members[row.argmax()][1] if row.any() else "none" for row in own]
        return found

    @cached_property
    def groups(self) -> dict[str, list[tuple[int, str]]]:
        """The one-hot groups: place and name of each member; none where no rows were saved."""
        info, names = self.saved.frame("feature_info"), self.saved.names
        if not (len(self._raw_rows) and len(info)):
            return {}
        return {
            group: [(names.index(name), name.removeprefix(f"{group}_")) for name in members]
            for group, members in one_hot_groups(info).items()
        }

    def inputs(self, encoders: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the inputs that any formula reads, with their values on the shown rows.

        Args:
            encoders: What `encoders` returned.
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
                "values": rounded(_without_noise(rows[name].to_numpy(float))),
            }
            for place, name in enumerate(self.saved.names)
            if f"${place}" in used and len(rows)
        ]


def _candidate(row: Record, record: Record, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return one formula of a front as the page shows it."""
    return {
        **written[row["expression"]],
        "nodes": int(row["complexity"]),
        "scores": {name: finite(row.get(name)) for name in SCORES},
        "chosen": row is record,
    }


def _label(values: "pd.Series[Any]", n_different: int) -> list[str] | list[float | None]:
    """Return a label of some rows: as numbers where it takes too many to be classes."""
    if pd.api.types.is_numeric_dtype(values) and n_different > MOST_CODES:
        return rounded(values.to_numpy(float))
    # whole numbers among gaps came as floats
    return [str(value).removesuffix(".0") if pd.notna(value) else "none" for value in values]


def _without_noise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of the table with zeros where single precision left next to nothing."""
    return np.where(np.abs(values) < ZERO * np.abs(values).max(initial=0.0), 0.0, values)


def rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers with as many digits as a figure needs."""
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in values]


def finite(value: object) -> float | None:
    """Return a number, None where it is undefined."""
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None
