"""The encoder of the `symbolic` variant while it trains: sums that lose their least terms.

Latent j is a linear form and a few ridge units, z_j = w_j·x + Σ_u v_ju f_u(a_ju·x + c_ju) + b_j.
What is gone is masked. Scale and shift of a latent are the decoder's: a formula has neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Literal, TypeVar

import torch
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


class RidgeEncoder(nn.Module):
    """Linear forms and ridge units, with masks of what is left of them.

    Args:
        weight: Of the linear forms at the start, latents x inputs.
        bias: Latents.
        spread: Standard deviations of the inputs; constant ones are never used.
        units: Functions that each latent may use, each with its own weights.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, spread: Tensor, units: Sequence[UnitName]
    ) -> None:
        super().__init__()
        m, n, u = *weight.shape, len(units)
        self.units = tuple(UNITS[name] for name in units)
        self.kinds = [(UNITS[name], len(list(run))) for name, run in groupby(units)]
        self.spread = spread
        self.weight, self.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())
        self.inner = nn.Parameter(torch.randn(m, u, n) / n**0.5)
        self.shift = nn.Parameter(torch.randn(m, u) * 0.5)
        self.outer = nn.Parameter(torch.randn(m, u) * 0.3)
        usable = (spread > 0).float()
        self.mask = usable.expand(m, n).clone()
        self.inner_mask = usable.expand(m, u, n).clone()
        self.overhead = torch.tensor([float(unit.overhead) for unit in self.units])

    def forward(self, x: Tensor) -> Tensor:
        """Map rows x inputs to rows x latents."""
        z = nn.functional.linear(x, self.weight * self.mask, self.bias)
        if self.units:
            z = z + (self._hidden(x)[1] * self.outer * self._alive()).sum(-1)
        return z

    def _hidden(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return arguments and values of the units, each rows x latents x units."""
        m, u, n = self.inner.shape
        flat = (self.inner * self.inner_mask).transpose(0, 1).reshape(u * m, n)
        h = torch.addmm(self.shift.t().reshape(-1), x, flat.t())
        # one call for neighbours of one function
        parts = torch.split(h, [m * count for _, count in self.kinds], dim=1)
        y = torch.cat([one.value(p) for (one, _), p in zip(self.kinds, parts, strict=True)], 1)
        return h.view(-1, u, m).transpose(1, 2), y.view(-1, u, m).transpose(1, 2)

    def _alive(self) -> Tensor:
        return (self.inner_mask.sum(-1) > 0).float()

    def nodes(self) -> Tensor:
        """Return the nodes of each latent as a formula."""
        units = self._alive() * (self.overhead + NODES_OF_TERM * self.inner_mask.sum(-1))
        return NODES_OF_TERM * self.mask.sum(1) - SAVED_BY_FIRST + units.sum(1)

    def pack(self, latent: int) -> tuple[Tensor, Tensor]:
        """Return the weights of one latent in a row, and which are left (1) or gone (0).

        Linear weights, bias, then outer weights, shifts and inner weights of the units.
        """
        alive = self._alive()[latent]
        parts = [
            (self.weight[latent], self.mask[latent]),
            (self.bias[latent, None], torch.ones(1)),
            (self.outer[latent], alive),
            (self.shift[latent], alive),
            (self.inner[latent].reshape(-1), self.inner_mask[latent].reshape(-1)),
        ]
        weights, masks = zip(*parts, strict=True)
        return torch.cat(weights).detach(), torch.cat(masks)

    @torch.no_grad()
    def unpack(self, latent: int, weights: Tensor, left: Tensor) -> None:
        """Take the weights of one latent, laid out as `pack` does, and which of them are left."""
        _, u, n = self.inner.shape
        sizes = [n, 1, u, u, u * n]
        weight, bias, outer, shift, inner = weights.split(sizes)
        self.weight[latent], self.bias[latent] = weight, bias[0]
        self.outer[latent], self.shift[latent] = outer, shift
        self.inner[latent] = inner.view(u, n)
        self.mask[latent], *_, inner_left = left.split(sizes)
        self.inner_mask[latent] = inner_left.view(u, n)

    def slopes(self, x: Tensor, latent: int) -> Tensor:
        """Return the derivatives of one latent by its packed weights, rows x weights."""
        ones = torch.ones(len(x), 1)
        if not self.units:
            return torch.cat([x, ones], dim=1)
        h = self._hidden(x)[0][:, latent].detach().requires_grad_()
        with torch.enable_grad():
            y = torch.stack([unit.value(h[:, i]) for i, unit in enumerate(self.units)], dim=1)
            (steep,) = torch.autograd.grad(y.sum(), h)
        steep = steep * self.outer[latent].detach()
        inner = (steep[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        return torch.cat([x, ones, y.detach(), steep, inner], dim=1)

    @torch.no_grad()
    def formulas(self, names: Sequence[str]) -> tuple[list[Formula], Tensor, Tensor]:
        """Return what the latents are, but for a scale and a shift of each.

        Returns:
            Formulas f_j, scales s_j and shifts t_j such that z_j = s_j·f_j + t_j.
        """
        found = [self._terms(latent, names) for latent in range(len(self.weight))]
        scales = torch.tensor([scale for _, scale in found], dtype=torch.float64)
        return (
            [Formula(join([scale_term(t, w / scale) for w, t in terms])) for terms, scale in found],
            scales,
            self.bias.detach().double(),
        )

    def _terms(self, latent: int, names: Sequence[str]) -> tuple[list[tuple[float, Tokens]], float]:
        """Return the weighted terms of one latent, and the weight of its first."""
        terms = _weighted(self.weight[latent], self.mask[latent], names)
        for u, unit in enumerate(self.units):
            inner = _weighted(self.inner[latent, u], self.inner_mask[latent, u], names)
            if inner:
                terms.append(self._unit(unit, inner, latent, u))
        return terms, terms[0][0] if terms else 1.0

    def _unit(
        self, unit: Unit, inner: list[tuple[float, Tokens]], latent: int, place: int
    ) -> tuple[float, Tokens]:
        """Return the weight and the tokens of one unit, with the factor that can be taken out."""
        factor = 1.0 if unit.power is None else inner[0][0]
        shift = self.shift[latent, place].item() / factor
        argument = join([*(scale_term(one, own / factor) for own, one in inner), (shift,)])
        outer = self.outer[latent, place].item() * abs(factor) ** (unit.power or 1)
        return outer, argument + tuple(map(Operation, unit.operations))


def _weighted(weights: Tensor, mask: Tensor, names: Sequence[str]) -> list[tuple[float, Tokens]]:
    """Return the weighted inputs of a sum, the largest first."""
    kept = sorted(_indices(mask), key=lambda i: -abs(weights[i].item()))
    return [(weights[i].item(), (Variable(names[i]),)) for i in kept]


def _indices(mask: Tensor) -> list[int]:
    return [int(i) for i in torch.nonzero(mask)[:, 0]]


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
