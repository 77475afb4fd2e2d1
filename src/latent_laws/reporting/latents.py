"""The latent table of the report: a line a formula, with its evidence."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from latent_laws.reporting import figures
from latent_laws.reporting.equations import equation, equation_text
from latent_laws.reporting.numbers import number, r2
from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.sections import label_texts

Record = dict[str, object]
Key = tuple[str, object]

LADDER = ("r2_test", "ci_low", "ci_high", "complexity")
EQUATION_BUDGET = 3_500_000  # characters of equations and fronts, so that the file keeps to 5 MB


@dataclass(frozen=True)
class LatentRow:
    """One line of the latent table with what unfolds below it."""

    variant: str
    latent: int
    r2: float
    ci_low: float
    ci_high: float
    complexity: float
    inputs: tuple[str, ...]
    gain: float
    formula_class: str
    undefined: int
    origin: str
    equation: Markup
    ladder: list[tuple[str, str, str, str]]
    front: figures.Figure | None
    labels: list[tuple[str, str]]


def latent_rows(outputs: RunOutputs) -> Iterator[LatentRow]:
    """Yield a line for each selected formula, by variant and latent.

    Args:
        outputs: Frames of the run.
    """
    ladders = _by_latent(outputs.frame("fidelity"), ("surrogate", *LADDER))
    fronts = _by_latent(outputs.frame("pareto_fronts"), ("seed", *figures.FRONT))
    classes = _by_latent(outputs.frame("formula_classes"), ("formula_class",))
    words = label_texts(outputs.frame("dimension_labels"))
    spent = 0
    for row in records(outputs.frame("formulas").sort_values(["variant", "latent"])):
        key = (str(row["variant"]), row["latent"])
        ladder = {str(rung["surrogate"]): rung for rung in ladders.get(key, [])}
        front = [entry for entry in fronts.get(key, []) if entry["seed"] == row["seed"]]
        drawn = _drawn(row, front, spent)
        spent += drawn.size
        yield LatentRow(
            variant=str(row["variant"]),
            latent=int(_float(row["latent"])),
            r2=_float(row["r2_test"]),
            ci_low=_float(row["ci_low"]),
            ci_high=_float(row["ci_high"]),
            complexity=_float(row["complexity"]),
            inputs=_names(row["variables"]),
            gain=_gain(ladder),
            formula_class=str(classes[key][0]["formula_class"]) if key in classes else "",
            undefined=int(_float(row["undefined"])) if row["undefined"] else 0,
            origin=f"{row['engine']} {row['engine_version']}, seed {row['seed']}",
            equation=drawn.equation,
            ladder=_ladder(ladder),
            front=drawn.front,
            labels=_labels(row, words),
        )


@dataclass(frozen=True)
class _Drawn:
    """The costly parts of a latent's row."""

    equation: Markup
    front: figures.Figure | None

    @property
    def size(self) -> int:
        """Characters of HTML."""
        return len(self.equation) + (len(self.front.chart) if self.front else 0)


def _by_latent(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[Key, list[Record]]:
    """Return the rows of each variant and latent, some columns only."""
    found: dict[Key, list[Record]] = {}
    for row in records(frame[["variant", "latent", *columns]]):
        found.setdefault((str(row["variant"]), row["latent"]), []).append(row)
    return found


def _drawn(row: Record, front: list[Record], spent: int) -> _Drawn:
    """Return equation and front; the equation as text once the file's room is spent."""
    expression = str(row["expression"])
    if spent > EQUATION_BUDGET:
        return _Drawn(equation_text(expression), None)
    title = f"{row['variant']} latent {row['latent']}"
    figure = figures.front_figure(front, title)
    return _Drawn(equation(expression, _names(row["variables"])), figure)


def _labels(row: Record, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the words behind a latent and behind the inputs of its formula."""
    own = words.get(f"{row['variant']} z{row['latent']}")
    inputs = [(name, words[name]) for name in _names(row["variables"]) if name in words]
    return [*([("this latent", own)] if own else []), *inputs]


def _ladder(rungs: Mapping[str, Record]) -> list[tuple[str, str, str, str]]:
    """Return the fidelity ladder of one latent: surrogate, R², interval, nodes."""
    shown = []
    for name, label in figures.SURROGATES.items():
        if name in rungs:
            score, low, high, size = (_float(rungs[name][key]) for key in LADDER)
            shown.append((label, r2(score), f"{r2(low)} to {r2(high)}", number(size)))
    return shown


def _gain(rungs: Mapping[str, Record]) -> float:
    """Return the formula's R² minus that of the sparse linear form of its size."""
    own, linear = (rungs.get(name, {}).get("r2_test") for name in ("symbolic", "sparse_linear"))
    return _float(own) - _float(linear)


def records(frame: pd.DataFrame) -> list[Record]:
    """Return a frame as records, missing values as None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _float(value: object) -> float:
    """Return a number, NaN for what is none."""
    return float(value) if isinstance(value, int | float) else math.nan


def _names(value: object) -> tuple[str, ...]:
    """Return a list of names, empty for what is none."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
