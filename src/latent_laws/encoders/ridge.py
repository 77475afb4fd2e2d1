"""The encoder of the `symbolic` variant while it trains: sums that lose their least terms.

Latent j is a linear form and a few ridge units, z_j = w_j·x + Σ_u v_ju f_u(a_ju·x + c_ju) + b_j.
What is gone is masked. Scale and shift of a latent are the decoder's: a formula has neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.sums import join, scale_term
from latent_laws.formulas.tokens import Operation, Tokens, Variable

Decoder = TypeVar("Decoder", bound=nn.Module)
UnitName = Literal["tanh", "sin", "gauss", "square", "abs"]

# A weighted input in a sum: weight, times, input, plus.
NODES_OF_TERM = 4
# The first term of a sum has no plus, and weight 1 where the scale of the sum is free.
SAVED_BY_FIRST = 3


@dataclass(frozen=True)
class Unit:
    """An elementary function of a sum.

    Attributes:
        value: Of the function.
        operations: The function, as tokens after its argument.
        power: Of a factor of the argument that can be taken out, None if none can.
    """

    value: Callable[[Tensor], Tensor]
    operations: tuple[str, ...]
    power: int | None = None

    @property
    def overhead(self) -> int:
        """Nodes of a unit beyond four for each weighted input: outer weight, constant, function."""
        return 4 + len(self.operations) - (0 if self.power is None else 2)


UNITS: dict[UnitName, Unit] = {
    "tanh": Unit(torch.tanh, ("tanh",)),
    "sin": Unit(torch.sin, ("sin",)),
    "gauss": Unit(lambda h: torch.exp(-h * h), ("square", "neg", "exp")),
    "square": Unit(lambda h: h * h, ("square",), power=2),
    "abs": Unit(torch.abs, ("abs",), power=1),
}


@dataclass(frozen=True)
class Layout:
    """Where the weights of a latent lie in a row.

    Linear weights, bias, then of the units outer weights, shifts and inner weights.

    Attributes:
        n_inputs: Linear weights, and inner weights of each unit.
        overhead: Nodes of each unit beyond its weighted inputs.
    """

    n_inputs: int
    overhead: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lengths of the five parts."""
        units = len(self.overhead)
        return self.n_inputs, 1, units, units, units * self.n_inputs

    def split(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Return the five parts of latents x weights; inner ones as latents x units x inputs."""
        *parts, inner = rows.split(self.sizes, dim=-1)
        return *parts, inner.unflatten(-1, (len(self.overhead), self.n_inputs))

    @property
    def outer(self) -> range:
        """Places of the units' outer weights."""
        return range(self.n_inputs + 1, self.n_inputs + 1 + len(self.overhead))

    def argument(self, outer: int) -> NDArray[np.intp]:
        """Return the places of shift and inner weights of the unit with that outer weight."""
        unit = self.outer.index(outer)
        first = sum(self.sizes[:4]) + unit * self.n_inputs
        return np.array([outer + len(self.overhead), *range(first, first + self.n_inputs)])


class RidgeEncoder(nn.Module):
    """Linear forms and ridge units, and which of their weights are left.

    Args:
        weight: Of the linear forms at the start, latents x inputs.
        bias: Latents.
        spread: Standard deviations of the inputs; constant ones are never used.
        units: Functions that each latent may use, each with its own weights.

    Attributes:
        weights: Latents x weights, laid out as `layout` says.
        alive: Which of them are left, 1 or 0.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, spread: Tensor, units: Sequence[UnitName]
    ) -> None:
        super().__init__()
        m, n, u = *weight.shape, len(units)
        self.units = tuple(UNITS[name] for name in units)
        self.kinds = [(UNITS[name], len(list(run))) for name, run in groupby(units)]
        self.layout = Layout(n, tuple(unit.overhead for unit in self.units))
        inner = torch.randn(m, u * n) / n**0.5
        shift, outer = torch.randn(m, u) * 0.5, torch.randn(m, u) * 0.3
        self.weights = nn.Parameter(torch.cat([weight, bias[:, None], outer, shift, inner], dim=1))
        usable = (spread > 0).float()
        self.alive = torch.cat([usable, torch.ones(1 + 2 * u), usable.repeat(u)]).repeat(m, 1)
        self._usable = self.alive.clone()

    def forward(self, x: Tensor) -> Tensor:
        """Map rows x inputs to rows x latents."""
        weight, bias, outer, shift, inner = self.layout.split(self.weights * self.alive)
        z = nn.functional.linear(x, weight, bias[:, 0])
        if self.units:
            z = z + (self._values(self._arguments(x, shift, inner)) * outer).sum(-1)
        return z

    def _arguments(self, x: Tensor, shift: Tensor, inner: Tensor) -> Tensor:
        """Return what the units are functions of, rows x latents x units."""
        flat = inner.transpose(0, 1).flatten(0, 1)
        h = torch.addmm(shift.t().reshape(-1), x, flat.t())
        return h.view(len(x), len(self.units), -1).transpose(1, 2)

    def _values(self, arguments: Tensor) -> Tensor:
        """Return the units' values, rows x latents x units; one call for neighbours of a kind."""
        parts = arguments.split([count for _, count in self.kinds], dim=-1)
        return torch.cat(
            [unit.value(part) for (unit, _), part in zip(self.kinds, parts, strict=True)], dim=-1
        )

    def growable(self) -> Tensor:
        """Return the weights that went but may come back, 1 or 0: those of living units."""
        gone = self._usable - self.alive
        for outer in self.layout.outer:
            gone[:, self.layout.argument(outer)] *= self.alive[:, outer, None]
            gone[:, outer] = 0
        return gone

    def nodes(self) -> Tensor:
        """Return the nodes of each latent as a formula."""
        linear, *_, inner = (part.sum(-1) for part in self.layout.split(self.alive))
        overhead = torch.tensor(self.layout.overhead)
        units = (inner > 0) * (overhead + NODES_OF_TERM * inner)
        return NODES_OF_TERM * linear - SAVED_BY_FIRST + units.sum(-1)

    @torch.no_grad()
    def slopes(self, x: Tensor) -> Tensor:
        """Return derivatives of the latents by their weights, rows x latents x weights."""
        _, _, outer, shift, inner = self.layout.split(self.weights * self.alive)
        m = len(outer)
        linear = torch.cat([x, torch.ones(len(x), 1)], dim=1)[:, None].expand(-1, m, -1)
        if not self.units:
            return linear
        h = self._arguments(x, shift, inner).requires_grad_()
        with torch.enable_grad():
            y = self._values(h)
            (steep,) = torch.autograd.grad(y.sum(), h)
        steep = steep * outer
        of_inner = (steep[..., None] * x[:, None, None, :]).flatten(2)
        return torch.cat([linear, y.detach(), steep, of_inner], dim=2)

    @torch.no_grad()
    def formulas(self, names: Sequence[str]) -> tuple[list[Formula], Tensor, Tensor]:
        """Return what the latents are, but for a scale and a shift of each.

        Returns:
            Formulas f_j, scales s_j and shifts t_j such that z_j = s_j·f_j + t_j.
        """
        found = [self._terms(latent, names) for latent in range(len(self.weights))]
        scales = torch.tensor([scale for _, scale in found], dtype=torch.float64)
        return (
            [Formula(join([scale_term(t, w / scale) for w, t in terms])) for terms, scale in found],
            scales,
            self.weights[:, self.layout.n_inputs].double(),
        )

    def _terms(self, latent: int, names: Sequence[str]) -> tuple[list[tuple[float, Tokens]], float]:
        """Return the weighted terms of one latent, and the weight of its first."""
        weight, _, outer, shift, inner = self.layout.split(self.weights[latent])
        left, *_, inner_left = self.layout.split(self.alive[latent])
        terms = _weighted(weight, left, names)
        for u, unit in enumerate(self.units):
            argument = _weighted(inner[u], inner_left[u], names)
            if argument:
                terms.append(_unit(unit, argument, outer[u].item(), shift[u].item()))
        return terms, terms[0][0] if terms else 1.0


def _unit(
    unit: Unit, argument: Sequence[tuple[float, Tokens]], outer: float, shift: float
) -> tuple[float, Tokens]:
    """Return the weight and the tokens of one unit, with the factor that can be taken out."""
    factor = 1.0 if unit.power is None else argument[0][0]
    inside = join([*(scale_term(one, own / factor) for own, one in argument), (shift / factor,)])
    outside = outer * abs(factor) ** (unit.power or 1)
    return outside, inside + tuple(map(Operation, unit.operations))


def _weighted(weights: Tensor, left: Tensor, names: Sequence[str]) -> list[tuple[float, Tokens]]:
    """Return the weighted inputs of a sum, the largest first."""
    places = sorted(torch.nonzero(left)[:, 0].tolist(), key=lambda i: -abs(weights[i].item()))
    return [(weights[i].item(), (Variable(names[i]),)) for i in places]


class Halves(nn.Module, Generic[Decoder]):
    """Formulas in the making, and what decodes them."""

    def __init__(self, encoder: RidgeEncoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct inputs, rows x features."""
        reconstruction: Tensor = self.decoder(self.encoder(x))
        return reconstruction


def nodes_left(first: float, last: float, over: float) -> float:
    """Return how many nodes are left when a share of pruning is over, on a cubic schedule.

    Zhu and Gupta, To prune, or not to prune (2017).
    """
    return last + (first - last) * max(0.0, 1.0 - over) ** 3
