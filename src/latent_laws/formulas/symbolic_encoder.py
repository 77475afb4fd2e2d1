"""All formulas of one encoder as one function: numpy, torch module, JSON, exports."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from latent_laws.formulas import backends, export
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.module import SymbolicModule
from latent_laws.formulas.rows import Rows, columns_of, refuse_scaled
from latent_laws.formulas.units import Scaling, raw_formula


class SymbolicEncoder:
    """Encoder made of formulas, one a latent; takes the place of the network.

    With a scaling it takes rows of the user's table in their own units; without one it takes
    rows as the formulas read them.
    """

    def __init__(
        self, formulas: Sequence[Formula], names: Sequence[str], scaling: Scaling | None = None
    ) -> None:
        """Bind formulas to the columns of a table.

        Args:
            formulas: One formula a latent, of inputs as the encoder sees them.
            names: The features, in the order of the columns.
            scaling: How the columns of the table became these inputs; nothing if they are them.

        Raises:
            FormulaError: No formula, a name that occurs twice, a formula that needs a feature
                which is not among the names, or a name without scaling.
        """
        self.formulas = tuple(formulas)
        self.names = tuple(names)
        self.features = tuple(dict.fromkeys(f for one in formulas for f in one.features))
        if not self.formulas:
            raise FormulaError("a symbolic encoder got 0 formulas; at least one is accepted")
        if len(set(self.names)) != len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise FormulaError(f"feature {twice!r} occurs twice; accepted are distinct names")
        backends.column_positions((0, len(self.names)), self.names, self.features)
        self.scaling = None if scaling is None else scaling.of_columns(self.names)

    def __call__(self, rows: Rows) -> NDArray[np.float64]:
        """Latents of a table.

        Args:
            rows: A frame (columns by name, in any order; others are ignored) or an array
                rows x names; in the units of the table if there is a scaling.

        Returns:
            Rows x latents; NaN where a formula is undefined.

        Raises:
            FormulaError: A column is missing, the array has another number of columns than there
                are names, or the rows look scaled already.
        """
        columns = columns_of(rows, self.names, self.features)
        if self.scaling is not None:
            refuse_scaled(rows, self.scaling)
            columns = self.scaling.scaled_columns(columns)
        return self._latents(columns, len(rows))

    def on_scaled(self, rows: Rows) -> NDArray[np.float64]:
        """Latents of rows as the encoder sees them: scaled where it reads scaled inputs."""
        return self._latents(columns_of(rows, self.names, self.features), len(rows))

    def _latents(
        self, columns: Mapping[str, NDArray[np.float64]], n_rows: int
    ) -> NDArray[np.float64]:
        values = [backends.evaluate_numpy(one.tokens, columns, n_rows) for one in self.formulas]
        return np.stack(values, axis=1)

    @cached_property
    def raw_formulas(self) -> tuple[Formula, ...]:
        """The formulas of the table's columns in their own units."""
        if self.scaling is None:
            return self.formulas
        return tuple(raw_formula(formula, self.scaling) for formula in self.formulas)

    def module(self, scaled: bool = False) -> SymbolicModule:
        """The encoder as a torch module whose parameters are the constants.

        Args:
            scaled: Whether it takes rows as the encoder sees them (to tune a decoder beside it)
                rather than rows of the table, rows x names either way.
        """
        return SymbolicModule(self.formulas, self.names, None if scaled else self.scaling)

    def with_constants_of(self, module: SymbolicModule) -> "SymbolicEncoder":
        """The encoder with the constants that a module of it has now."""
        return SymbolicEncoder(module.formulas(), self.names, self.scaling)

    def to_latex(self, digits: int = 3) -> str:
        """The raw formulas as a LaTeX table, units named where they are known."""
        units = self._units()
        return export.latex_table(
            self._labelled(lambda formula: export.latex_cells(formula, digits, units))
        )

    def to_python(self) -> str:
        """The raw formulas as a Python module that needs numpy only."""
        return export.python_module(self._labelled(export.python_text), self.names, self._units())

    def to_sql(self, table: str) -> str:
        """The raw formulas as one SELECT on a table whose columns are named as the features."""
        return export.sql_query(self._labelled(export.sql_text), table)

    def _units(self) -> dict[str, str]:
        return {} if self.scaling is None else self.scaling.unit_of

    def _labelled(self, written: Callable[[Formula], str]) -> list[tuple[str, str]]:
        return [(f"z{latent}", written(one)) for latent, one in enumerate(self.raw_formulas)]

    def to_json(self) -> dict[str, Any]:
        """The encoder as plain data: names, formulas as text, and the scaling."""
        document: dict[str, Any] = {
            "names": list(self.names),
            "formulas": [formula.expression for formula in self.formulas],
        }
        if self.scaling is not None:
            document["scaling"] = {
                "mean": list(self.scaling.mean),
                "scale": list(self.scaling.scale),
                "units": list(self.scaling.units),
            }
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "SymbolicEncoder":
        """Read what `to_json` wrote; other keys are ignored.

        Raises:
            FormulaError: A key is missing or of another type, or a formula holds an unknown
                function, an unknown feature or code.
        """
        try:
            read = _Document.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the document"
            raise FormulaError(f"symbolic encoder: {place}: {first['msg']}") from error
        formulas: list[Formula] = []
        for position, text in enumerate(read.formulas):
            try:
                formulas.append(Formula.parse(text, read.names))
            except FormulaError as error:
                raise FormulaError(f"formula {position} of the encoder: {error}") from error
        scaling = read.scaling.of(read.names) if read.scaling else None
        return cls(formulas, read.names, scaling)


class _ScalingDocument(BaseModel):
    model_config = ConfigDict(strict=True)

    mean: list[float]
    scale: list[float]
    units: list[str | None]

    def of(self, names: Sequence[str]) -> Scaling:
        return Scaling(tuple(names), tuple(self.mean), tuple(self.scale), tuple(self.units))


class _Document(BaseModel):
    model_config = ConfigDict(strict=True)

    names: list[str]
    formulas: list[str]
    scaling: _ScalingDocument | None = None
