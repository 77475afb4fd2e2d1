"""The optimiser of the dense networks: orthogonalised momentum for matrices, Adam for the rest."""

from collections.abc import Iterable
from typing import Literal, cast

import torch
from torch import Tensor, nn

Optimiser = Literal["muon", "adamw"]

# A quintic that takes singular values between 0 and 1 towards 1 in a few rounds (Keller Jordan).
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 4
_MOMENTUM = 0.95
# Adam moves each weight by about its learning rate, Muon each singular value by its own.
_VECTOR_SHARE = 0.1
# Weights of formulas are few, and have to move far while most of them go.
_FORMULA_SHARE = 0.6
_LAYERS = (nn.Linear, nn.BatchNorm1d)


class Muon(torch.optim.Optimizer):
    """Momentum whose steps are orthogonalised: every direction of a matrix learns equally fast.

    On small autoencoders it needs several times fewer steps than Adam. (Jordan et al., Muon: an
    optimizer for hidden layers in neural networks, 2024. torch.optim.Muon computes in bfloat16,
    which few CPUs have.)
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure
        """Take one step along the gradients."""
        del closure
        for group in self.param_groups:
            for alike in _by_shape(group["params"]):
                self._move(alike, group["lr"], group["weight_decay"])

    def _move(self, weights: list[Tensor], lr: float, weight_decay: float) -> None:
        """Move matrices of one shape together, which is faster than one by one.

        Tall ones lie on their side: what is orthogonal does not depend on it.
        """
        gradient = torch.stack([_flat(cast("Tensor", weight.grad)) for weight in weights])
        momentum = self.state[weights[0]].setdefault("momentum", torch.zeros_like(gradient))
        momentum.lerp_(gradient, 1 - _MOMENTUM)
        direction = orthogonalised(gradient.lerp(momentum, _MOMENTUM))
        for weight, own in zip(weights, direction, strict=True):
            # as large a step of the output for tall matrices as for flat ones
            size = lr * max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
            if weight_decay:
                weight.mul_(1 - lr * weight_decay)
            weight.sub_(own if own.shape == weight.shape else own.mT, alpha=size)


def _by_shape(matrices: list[Tensor]) -> list[list[Tensor]]:
    alike: dict[torch.Size, list[Tensor]] = {}
    for matrix in matrices:
        alike.setdefault(_flat(matrix).shape, []).append(matrix)
    return list(alike.values())


def _flat(matrix: Tensor) -> Tensor:
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.mT


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return matrices x rows x columns of the same singular vectors, singular values about 1."""
    lengths = torch.linalg.vector_norm(matrices, dim=(1, 2), keepdim=True)
    x: Tensor = matrices / (lengths + torch.finfo(matrices.dtype).tiny)
    a, b, c = _QUINTIC
    for _ in range(_ROUNDS):
        square = x @ x.mT
        square = torch.baddbmm(square, square, square, beta=b, alpha=c)
        x = torch.baddbmm(x, square, x, beta=a)
    return x


def optimisers(
    model: nn.Module, kind: Optimiser, learning_rate: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """Return what moves the weights: one optimiser; for `muon` one for matrices, one for the rest.

    Args:
        model: The network.
        kind: `muon` or `adamw`.
        learning_rate: Of Muon or AdamW; beside Muon, Adam gets a share of it.
        weight_decay: Decoupled; beside Muon none for what is no matrix of a layer.
    """
    if kind == "adamw":
        return [adam(model.parameters(), learning_rate, weight_decay)]
    layers = [
        p for layer in model.modules() if isinstance(layer, _LAYERS) for p in layer.parameters()
    ]
    matrices = [p for p in layers if p.ndim == 2]  # noqa: PLR2004 - a matrix has two axes
    vectors = [p for p in layers if p.ndim != 2]  # noqa: PLR2004
    others = [p for p in model.parameters() if not any(p is one for one in layers)]
    shares = [(vectors, _VECTOR_SHARE), (others, _FORMULA_SHARE)]
    return [
        Muon(matrices, learning_rate, weight_decay),
        *(adam(own, learning_rate * share, 0.0) for own, share in shares if own),
    ]


def adam(
    parameters: Iterable[nn.Parameter], lr: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Return AdamW."""
    return torch.optim.AdamW(parameters, lr, weight_decay=weight_decay, fused=True)


def one_cycle(
    optimiser: torch.optim.Optimizer, steps: int, warmup: float
) -> torch.optim.lr_scheduler.OneCycleLR:
    """Return the schedule that raises the learning rate to that of the optimiser, then lowers it.

    Args:
        optimiser: What moves the weights.
        steps: Of training.
        warmup: Share of them in which the rate rises.
    """
    return torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        optimiser.param_groups[0]["lr"],
        total_steps=steps + 1,
        pct_start=warmup,
        cycle_momentum=False,
    )
