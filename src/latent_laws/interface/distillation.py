"""What `distil` returns: formulas, fronts, every check, and the encoder that the formulas make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.checks.target import Target
from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.training import FitOptions
from latent_laws.errors import LatentLawsError
from latent_laws.findings.distillation import Distillation as FindingsDistillation
from latent_laws.findings.reconstruction_law import ReconstructionLaw
from latent_laws.formulas.contributions import contributions
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.records import FormulaRecord, SplitScores
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.interface.findings import Findings, feature_info, find_all, loss_law
from latent_laws.interface.saving import save
from latent_laws.interface.summary import summary
from latent_laws.scores import IntervalOptions, r2_interval
from latent_laws.tables.rows import read_row
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions

Array = NDArray[np.float64]

FRONT_COLUMNS = [
    *("latent", "expression", "expression_raw", "complexity", "n_inputs"),
    *("r2_train", "r2_validation", "r2_test", "undefined", "selected", "engine"),
]


@dataclass(frozen=True)
class Checks:
    """What the formulas were held against.

    Attributes:
        fidelity: A row a latent and surrogate: the formula beside linear forms, a tree, the mean,
            and what the same search finds on the permuted latent.
        nulls: Fronts of permuted latents.
        stability: What other search seeds choose on resampled rows.
        substitution: Variance lost (FVU) with the formulas in the encoder's place; None where
            there is no decoder.
    """

    fidelity: pd.DataFrame
    nulls: pd.DataFrame
    stability: pd.DataFrame
    substitution: Mapping[str, object] | None


@dataclass(frozen=True, repr=False)
class Distillation:
    """One encoder with the closed forms of its latents and every check of them.

    Attributes:
        table: Rows by split, as the encoder takes them.
        target: Latents by split.
        splits: Of every row handed over, in its order.
        scaling: From the user's raw columns to rows as the encoder takes them.
        records: The chosen formula of each latent.
        fronts_found: Fronts of all searches, as the catalog's `pareto_fronts`.
        linearity_found: R² of the best linear form on all inputs, a latent each, on test rows.
        checks: None where they were not asked for.
        source: The encoder itself; None where only latents were given.
        tasks: Workers and progress of what is still to be found.
    """

    table: FeatureTable
    target: Target
    splits: NDArray[np.str_]
    scaling: Scaling
    records: Sequence[FormulaRecord]
    fronts_found: pd.DataFrame
    linearity_found: Array
    checks: Checks | None
    source: Encoder | None
    tasks: TaskOptions

    @cached_property
    def formulas(self) -> pd.DataFrame:
        """The chosen formula of each latent, a row each; see the README for the columns."""
        rows = [
            {
                "latent": record.latent,
                "expression": record.expression,
                "expression_raw": record.expression_raw,
                "complexity": record.complexity,
                "n_inputs": len(record.variables),
                "r2_train": record.r2.train,
                "r2_validation": record.r2.validation,
                "r2_test": record.r2.test,
                "r2_low": record.r2.test_ci[0],
                "r2_high": record.r2.test_ci[1],
                "linearity": float(self.linearity_found[record.latent]),
                "gain_over_linear": self._gain(record.latent),
                "engine": record.engine,
            }
            for record in self.records
        ]
        return pd.DataFrame(rows)

    @cached_property
    def fronts(self) -> pd.DataFrame:
        """Every candidate on the front of the first seed's search, a row each."""
        found = self.fronts_found
        own = found[found["seed"] == self.records[0].seed]
        raw = [self._raw(text).expression for text in own["expression"]]
        own = own.assign(expression_raw=raw, n_inputs=own["n_features"])
        return own[FRONT_COLUMNS].reset_index(drop=True)

    @property
    def fidelity(self) -> pd.DataFrame | None:
        """The formula of each latent beside other surrogates; None without checks."""
        return None if self.checks is None else self.checks.fidelity

    @cached_property
    def findings(self) -> Findings:
        """What the formulas and the encoder say about the inputs; found when first asked for.

        Raises:
            LatentLawsError: If there is no encoder to ask, only its latents, or no checks were
                run to hold the formulas against.
        """
        if self.source is None or self.checks is None:
            missing = "the encoder itself" if self.source is None else "checks=True"
            raise LatentLawsError(f"findings need {missing}, which distil was not given")
        about = FindingsDistillation(
            {self.target.encoder: self.source},
            self.table,
            feature_info(self.scaling, self.table),
            [record.model_dump(mode="json") for record in self.records],
            self.fronts_found,
            self.checks.nulls,
        )
        return find_all(about, self.tasks.workers, self.tasks.progress)

    def reconstruction_law(
        self,
        latent_dims: Sequence[int] | None = None,
        seeds: Sequence[int] = (0, 1, 2),
        fit: FitOptions = FitOptions(),
    ) -> ReconstructionLaw:
        """Tell how many latents a loss takes, by training networks on the same rows.

        Autoencoders of this project are trained for it, one a latent dim and seed (seconds each).

        Args:
            latent_dims: Which; of 1 to 128 those that suit the table if left out.
            seeds: Of the trainings.
            fit: Schedule of each.

        Returns:
            Latents for losses of 10 %, 1 % and 0.1 %, inputs that come late, and the law.

        Raises:
            LatentLawsError: If a latent dim is not below the number of inputs that vary.
        """
        return loss_law(self.table, latent_dims, seeds, fit, self.tasks)

    @cached_property
    def encoder(self) -> SymbolicEncoder:
        """The formulas as one function from raw rows, frame or array, to latents."""
        forms = [Formula.parse(record.expression, self.table.names) for record in self.records]
        return SymbolicEncoder(forms, self.table.names, self.scaling)

    def choose(self, latent: int, complexity: int) -> Self:
        """Take another formula of a latent's front: the best of at most so many nodes.

        Args:
            latent: Which one.
            complexity: Most nodes.

        Returns:
            The distillation with that formula; checks that were run on the former one are gone.

        Raises:
            LatentLawsError: If there is no such latent, or no formula so small.
        """
        own = self.fronts_found
        own = own[(own["latent"] == latent) & (own["seed"] == self.records[0].seed)]
        if own.empty:
            raise LatentLawsError(
                f"there is no latent {latent}; accepted are 0 to {len(self.records) - 1}"
            )
        small = own[own["complexity"] <= complexity]
        if small.empty:
            raise LatentLawsError(
                f"latent {latent} has no formula of at most {complexity} nodes; the smallest has "
                f"{own['complexity'].min()}"
            )
        row = small.sort_values("r2_validation", kind="stable").iloc[-1]
        record = self._record(self.records[latent], row)
        records = [record if one.latent == latent else one for one in self.records]
        return replace(self, records=records, checks=None)

    def explain(self, row: object) -> pd.DataFrame:
        """Divide each latent of one row over the inputs, from the mean training row.

        Args:
            row: Raw values: a Series, a mapping, a one-row frame, an array in column order.

        Returns:
            A row a latent: `base` (the formula at the mean row), a column an input with its Shapley
            value, and `value`; base and contributions add up to the value.

        Raises:
            LatentLawsError: If a column is missing or no number.
        """
        names = self.table.names
        given = self.scaling.to_scaled(read_row(row, names)[None])[0]
        base = self.table.train.mean(axis=0, dtype=np.float64)
        rows = []
        for record in self.records:
            formula = Formula.parse(record.expression, names)
            ends = formula.evaluate(np.stack([base, given]), names)
            shown = dict(zip(names, contributions(formula, given, base, names), strict=True))
            rows.append({"base": ends[0], **shown, "value": ends[1]})
        return pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="latent"))

    def to_latex(self, digits: int = 3) -> str:
        """The formulas as a LaTeX table, over raw columns."""
        return self.encoder.to_latex(digits)

    def to_python(self) -> str:
        """The formulas as a Python module with a function `encode(X)` of raw rows."""
        return self.encoder.to_python()

    def to_sql(self, table: str) -> str:
        """The formulas as a SELECT over a table of raw columns."""
        return self.encoder.to_sql(table)

    def save(self, folder: str | Path) -> Path:
        """Write formulas, fronts, checks and the encoder into a folder, as JSON and Parquet.

        Returns:
            The folder.
        """
        return save(self, Path(folder))

    def report(self, path: str | Path, title: str = "Distillation", labels: object = None) -> Path:
        """Write the page that shows formulas and checks; it opens offline.

        Args:
            path: Of the HTML file.
            title: Of the page.
            labels: What colours its map of latents: a label for every row handed over, in their
                order, or a frame with a column a label.

        Returns:
            The path.

        Raises:
            LatentLawsError: If there is not one label for each row.
        """
        from latent_laws.interface.page import write_page  # noqa: PLC0415 - charts load slowly

        return write_page(self, Path(path), title, labels)

    def __repr__(self) -> str:
        """The summary; see `formulas`, `fronts` and `checks` for the figures."""
        return summary(self)

    def _raw(self, expression: str) -> Formula:
        return raw_formula(Formula.parse(expression, self.table.names), self.scaling)

    def _gain(self, latent: int) -> float:
        """Return the R² over the sparse linear form of the same size; NaN without checks."""
        if self.checks is None:
            return float("nan")
        own = self.checks.fidelity[self.checks.fidelity["latent"] == latent]
        r2 = own.set_index("surrogate")["r2_test"]
        return float(r2["symbolic"] - r2["sparse_linear"])

    def _record(self, former: FormulaRecord, row: "pd.Series[Any]") -> FormulaRecord:
        """Describe another formula of the same latent."""
        formula = Formula.parse(row["expression"], self.table.names)
        y = self.target.latents["test"][:, former.latent]
        predicted = formula.evaluate(self.table.test, self.table.names)
        interval = r2_interval(y, predicted, IntervalOptions())
        scores = {split: float(row[f"r2_{split}"]) for split in SPLITS}
        return former.model_copy(
            update={
                "expression": formula.expression,
                "expression_raw": self._raw(formula.expression).expression,
                "variables": list(formula.features),
                "complexity": formula.complexity,
                "r2": SplitScores(**scores, test_ci=interval),
                "undefined": int(row["undefined"]),
                "engine": row["engine"],
                "engine_version": row["engine_version"],
            }
        )
