"""Formulas as a torch module whose parameters are their constants."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from latent_laws.formulas import backends
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling


class SymbolicModule(nn.Module):
    """Formulas as a differentiable module; it computes in the precision of its input.

    The constants are one float64 parameter, so that nothing is lost before training. Constant
    exponents belong to the form of a formula and receive no gradient.
    """

    _mean: Tensor
    _scale: Tensor

    def __init__(
        self, formulas: Sequence[Formula], names: Sequence[str], scaling: Scaling | None = None
    ) -> None:
        """Bind formulas to the columns of a batch.

        Args:
            formulas: One formula a latent.
            names: The features, in the order of the columns.
            scaling: Of the names, in their order; with it the module takes rows in the units of
                the table and scales them, without it rows as the formulas read them.
        """
        super().__init__()
        self._formulas = tuple(formulas)
        self._names = tuple(names)
        features = dict.fromkeys(name for formula in formulas for name in formula.features)
        self._positions = backends.column_positions((0, len(names)), names, tuple(features))
        self._sizes = [len(formula.constants) for formula in formulas]
        values = [value for formula in formulas for value in formula.constants]
        self.constants = nn.Parameter(torch.tensor(values, dtype=torch.float64))
        self._scales = scaling is not None
        mean, scale = (scaling.mean, scaling.scale) if scaling else ((0.0,), (1.0,))
        self.register_buffer("_mean", torch.tensor(mean, dtype=torch.float64))
        self.register_buffer("_scale", torch.tensor(scale, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Latents of x, rows x features: rows x latents, NaN where a formula is undefined."""
        backends.column_positions(x.shape, self._names, ())
        if self._scales:
            x = (x - self._mean.to(x.dtype)) / self._scale.to(x.dtype)
        columns = {name: x[:, position] for name, position in self._positions.items()}
        constants = torch.split(self.constants.to(x.dtype), self._sizes)
        latents = [
            backends.evaluate_torch(formula.tokens, columns, own, x[:, 0])
            for formula, own in zip(self._formulas, constants, strict=True)
        ]
        return torch.stack(latents, dim=1)

    def formulas(self) -> list[Formula]:
        """The formulas with the constants as they are now."""
        parts = torch.split(self.constants.detach().double(), self._sizes)
        return [
            formula.with_constants(part.tolist())
            for formula, part in zip(self._formulas, parts, strict=True)
        ]
