"""The support of a sparse linear encoder, found on second moments before any training.

How much linear latents z = Wx keep of the inputs depends on the covariance C alone: with the best
linear decoder they explain the share tr((WCWᵀ)⁻¹ WC²Wᵀ) / tr C of the variance. That share is
climbed by gradient while the least inputs go (gradual magnitude pruning, Zhu and Gupta, 2017), and
then by exchanging single inputs: with all other latents fixed, what one latent w adds is
wᵀR²w / wᵀRw, where R is the covariance that the others leave over.
"""

import numpy as np
import scipy.linalg
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

Array = NDArray[np.float64]

# Keeps moments of nearly dependent latents and inputs invertible, as a share of their mean.
_RIDGE = 1e-9
# Gains below this share are rounding.
_SMALLEST_GAIN = 1e-6


class SupportOptions(BaseModel):
    """How inputs are chosen.

    Attributes:
        steps: Of the gradient.
        learning_rate: Of Adam, on weights of standardised inputs.
        prune_until: Share of the steps after which the number of inputs is final.
        passes: Rounds of exchange over all latents.
        candidates: Inputs that are tried in the place of each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=500, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    prune_until: float = Field(default=0.7, gt=0, le=1)
    passes: int = Field(default=4, ge=0)
    candidates: int = Field(default=8, ge=1)


def sparse_weights(
    start: Array, covariance: Array, n_inputs: int, options: SupportOptions
) -> Array:
    """Find linear latents of few inputs that keep most of the variance.

    Args:
        start: Weights of dense latents, latents x features.
        covariance: Of the features, features x features.
        n_inputs: The most inputs of a latent.
        options: Of the search.

    Returns:
        Weights, latents x features, with at most `n_inputs` in each row that are not zero; latents
        have variance 1.
    """
    weights = prune(start, covariance, n_inputs, options)
    for _ in range(options.passes):
        before = explained(weights, covariance)
        for latent in range(len(weights)):
            exchange(weights, latent, covariance, options.candidates)
        if explained(weights, covariance) - before < _SMALLEST_GAIN:
            break
    spread = np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))
    return weights / np.where(spread > 0, spread, 1.0)[:, None]


def explained(weights: Array, covariance: Array) -> float:
    """Return the share of the variance that the best linear decoder of Wx explains."""
    return float(_explained(torch.from_numpy(weights), torch.from_numpy(covariance)))


def _explained(weights: Tensor, covariance: Tensor) -> Tensor:
    seen = weights @ covariance
    own = seen @ weights.T
    ridge = _RIDGE * own.diagonal().mean() * torch.eye(len(own), dtype=own.dtype)
    kept: Tensor = torch.linalg.solve(own + ridge, seen @ seen.T).trace()
    return kept / covariance.trace()


def prune(start: Array, covariance: Array, n_inputs: int, options: SupportOptions) -> Array:
    """Climb the explained variance while the number of inputs falls on a cubic schedule.

    Args:
        start: Weights, latents x features.
        covariance: Features x features.
        n_inputs: Inputs of a latent at the end.
        options: Steps and schedule.

    Returns:
        Weights, latents x features, with exact zeros.
    """
    C = torch.from_numpy(covariance)
    spread = C.diagonal().clamp_min(0).sqrt()
    inverse = torch.where(spread > 0, 1 / spread, 0.0)
    scaled = torch.from_numpy(start) * spread
    scaled = (scaled / scaled.norm(dim=1, keepdim=True)).requires_grad_()
    mask = (spread > 0).to(scaled.dtype).expand_as(scaled)
    optimiser = torch.optim.Adam([scaled], options.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    for step in range(1, options.steps + 1):
        optimiser.zero_grad()
        (-_explained(scaled * mask * inverse, C)).backward()
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            left = max(0.0, 1.0 - step / options.steps / options.prune_until)
            allowed = n_inputs + int((len(C) - n_inputs) * left**3)
            mask = keep_largest(scaled.abs() * mask, allowed)
            # Only the direction of a row counts.
            scaled /= (scaled * mask).norm(dim=1, keepdim=True)
    return np.asarray((scaled * mask * inverse).detach().numpy(), dtype=np.float64)


def keep_largest(strength: Tensor, count: int) -> Tensor:
    """Return a mask of the `count` largest positive entries of each row."""
    mask = torch.zeros_like(strength)
    mask.scatter_(1, strength.topk(min(count, strength.shape[1]), dim=1).indices, 1.0)
    return mask * (strength > 0)


def exchange(weights: Array, latent: int, covariance: Array, candidates: int) -> None:
    """Exchange inputs of one latent, in place, where the latents together then explain more.

    Args:
        weights: Latents x features.
        latent: The row that may change.
        covariance: Features x features.
        candidates: Inputs that are tried in the place of each: those along which the gain rises
            most steeply.
    """
    others = np.delete(weights, latent, axis=0)
    seen = others @ covariance
    rest = covariance - seen.T @ np.linalg.lstsq(seen @ others.T, seen, rcond=None)[0]
    squared = rest @ rest
    usable = np.diag(rest) > _SMALLEST_GAIN * np.maximum(np.diag(covariance), np.finfo(float).tiny)
    chosen = [int(i) for i in np.flatnonzero(weights[latent])]
    if not usable[chosen].all():
        return
    w, gain = _best_direction(chosen, rest, squared)
    for member in list(chosen):
        kept = [i for i in chosen if i != member]
        slope = (squared @ w - gain * (rest @ w)) ** 2 / np.maximum(np.diag(rest), _RIDGE)
        slope[[*chosen]] = -1.0
        slope[~usable] = -1.0
        tried = np.argsort(-slope, kind="stable")[:candidates]
        gains = [_best_gain([*kept, int(i)], rest, squared) for i in tried]
        best = int(np.argmax(gains))
        if gains[best] > gain * (1 + _SMALLEST_GAIN):
            chosen = [*kept, int(tried[best])]
            w, gain = _best_direction(chosen, rest, squared)
    weights[latent] = w


def _best_direction(chosen: list[int], rest: Array, squared: Array) -> tuple[Array, float]:
    """Return the weights of the chosen inputs, features, that add most, and how much."""
    place = np.ix_(chosen, chosen)
    ridge = _RIDGE * np.trace(rest[place]) / len(chosen) * np.eye(len(chosen))
    values, vectors = scipy.linalg.eigh(squared[place], rest[place] + ridge)
    weights = np.zeros(len(rest))
    weights[chosen] = vectors[:, -1]
    return weights, float(values[-1])


def _best_gain(chosen: list[int], rest: Array, squared: Array) -> float:
    place = np.ix_(chosen, chosen)
    ridge = _RIDGE * np.trace(rest[place]) / len(chosen) * np.eye(len(chosen))
    last = (len(chosen) - 1, len(chosen) - 1)
    return float(
        scipy.linalg.eigh(
            squared[place], rest[place] + ridge, eigvals_only=True, subset_by_index=last
        )[0]
    )
