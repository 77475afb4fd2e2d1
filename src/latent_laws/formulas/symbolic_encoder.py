"""All formulas of one encoder as one function: numpy, torch module, JSON."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latent_laws.formulas import backends
from latent_laws.formulas.formula import Formula, FormulaError


class SymbolicEncoder:
    """Encoder made of formulas, one a latent; takes the place of the network."""

    def __init__(self, formulas: Sequence[Formula], names: Sequence[str]) -> None:
        """Bind formulas to the columns of a table.

        Args:
            formulas: One formula a latent.
            names: The features, in the order of the columns.

        Raises:
            FormulaError: No formula, a name that occurs twice, or a formula that needs a feature
                which is not among the names.
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

    def __call__(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Latents of a table.

        Args:
            X: Rows x features.

        Returns:
            Rows x latents; NaN where a formula is undefined.

        Raises:
            FormulaError: X has another number of columns than there are names.
        """
        columns = backends.numpy_columns(X, self.names, self.features)
        latents = np.empty((len(X), len(self.formulas)))
        for position, formula in enumerate(self.formulas):
            latents[:, position] = backends.evaluate_numpy(formula.tokens, columns, len(X))
        return latents

    def module(self) -> "SymbolicModule":
        """The encoder as a torch module whose parameters are the constants."""
        return SymbolicModule(self.formulas, self.names)

    def to_json(self) -> dict[str, list[str]]:
        """The encoder as plain data: `names` of the columns and `formulas` as text."""
        return {
            "names": list(self.names),
            "formulas": [formula.expression for formula in self.formulas],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "SymbolicEncoder":
        """Read what `to_json` wrote; other keys are ignored.

        Args:
            document: `names` and `formulas`, each a list of strings.

        Returns:
            The encoder, equal in every constant.

        Raises:
            FormulaError: A key is missing or no list of strings, or a formula holds an unknown
                function, an unknown feature or code.
        """
        names = _strings(document, "names")
        formulas: list[Formula] = []
        for position, text in enumerate(_strings(document, "formulas")):
            try:
                formulas.append(Formula.parse(text, names))
            except FormulaError as error:
                raise FormulaError(f"formula {position} of the encoder: {error}") from error
        return cls(formulas, names)


class SymbolicModule(nn.Module):
    """Formulas as a differentiable module; it computes in the precision of its input.

    The constants are one float64 parameter, so that nothing is lost before training. Constant
    exponents belong to the form of a formula and receive no gradient.
    """

    def __init__(self, formulas: Sequence[Formula], names: Sequence[str]) -> None:
        super().__init__()
        self._formulas = tuple(formulas)
        self._names = tuple(names)
        features = dict.fromkeys(name for formula in formulas for name in formula.features)
        self._positions = backends.column_positions((0, len(names)), names, tuple(features))
        self._sizes = [len(formula.constants) for formula in formulas]
        values = [value for formula in formulas for value in formula.constants]
        self.constants = nn.Parameter(torch.tensor(values, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Latents of a batch.

        Args:
            x: Rows x features.

        Returns:
            Rows x latents; NaN where a formula is undefined.
        """
        backends.column_positions(x.shape, self._names, ())
        columns = {name: x[:, position] for name, position in self._positions.items()}
        constants = torch.split(self.constants.to(x.dtype), self._sizes)
        latents = [
            backends.evaluate_torch(formula.tokens, columns, own, x[:, 0])
            for formula, own in zip(self._formulas, constants, strict=True)
        ]
        return torch.stack(latents, dim=1)

    def encoder(self) -> SymbolicEncoder:
        """The symbolic encoder with the constants as they are now."""
        parts = torch.split(self.constants.detach().double(), self._sizes)
        formulas = [
            formula.with_constants(part.tolist())
            for formula, part in zip(self._formulas, parts, strict=True)
        ]
        return SymbolicEncoder(formulas, self._names)


def _strings(document: Mapping[str, object], key: str) -> list[str]:
    value = document.get(key)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FormulaError(
            f"symbolic encoder: {key!r} is {type(value).__name__}; accepted is a list of strings"
        )
    return value
