"""Linear forms whose inputs share weights: more inputs for the same number of nodes.

`0.7*(a + b - c) + 0.2*(d - e) + 1` holds five inputs in 17 nodes, where a weight each takes 21.
Latents of dense encoders depend on many inputs by similar amounts, so at equal complexity these
forms explain more than plain sparse ones.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

import latent_laws
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.sums import MINUS, PLUS, TIMES, join
from latent_laws.formulas.tokens import Tokens, Variable
from latent_laws.search.engines.base import Engine
from latent_laws.search.moments import Moments
from latent_laws.search.problem import Problem

# Keeps the moments of nearly dependent groups invertible, as a share of the mean variance.
_RIDGE = 1e-9
_SMALLEST_GAIN = 1e-5

Array = NDArray[np.float64]


class TiedLinearOptions(BaseModel):
    """Sizes that are tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    complexities: tuple[int, ...] = (13, 19, 25, 31, 39)
    group_counts: tuple[int, ...] = (2, 3, 4, 5, 6)
    swap_width: int = Field(default=30, ge=0)
    max_inputs: int = Field(default=16, ge=1)
    passes: int = Field(default=4, ge=1)


class TiedLinearEngine(Engine[TiedLinearOptions]):
    """Group the inputs of a sparse linear form by weight, then exchange inputs between groups.

    k inputs in g groups cost 2k + 2g + 1 nodes. Each (k, g) starts from the sparse linear form's
    least squares weights, grouped by one-dimensional k-means on their size, and is improved by
    coordinate descent: every input in turn moves to the group and sign, or gives its place to
    the outsider, that explains most.
    """

    name = "tied_linear"
    options = TiedLinearOptions

    def version(self) -> str:
        """Return the version of this package."""
        return latent_laws.__version__

    def search(self, problem: Problem, options: TiedLinearOptions, seed: int) -> list[Formula]:
        """Return the best form found of each complexity.

        Only the first `swap_width` columns may enter by exchange. The seed plays no part.
        """
        del seed
        moments, names = Moments.of(problem.X, problem.y), problem.names
        judged = replace(moments, gram=moments.judged)
        choices = moments.best_choices(range(1, options.max_inputs + 1))
        chosen = {len(choice): choice for choice in choices if choice}
        labels = [problem.knowledge.kinds.get(name, "") for name in names]
        kinds = np.unique(labels, return_inverse=True)[1]
        outsiders = np.arange(min(options.swap_width, len(names)))
        forms: list[Formula] = []
        for complexity in options.complexities:
            starts = [
                largest_start(judged, chosen, g, kinds, complexity) for g in options.group_counts
            ]
            candidates = [
                refine(judged, groups, outsiders, options.passes, kinds)
                for groups in starts
                if groups is not None
            ]
            if candidates:
                forms.append(tied_form(moments, max(candidates, key=lambda c: c[1])[0], names))
        return forms


def largest_start(
    moments: Moments,
    chosen: dict[int, list[int]],
    n_groups: int,
    kinds: NDArray[np.intp],
    complexity: int,
) -> Array | None:
    """Return the grouping of most inputs that keeps to a size; none where no weight is shared."""
    for k in range((complexity - 1) // 2 - n_groups, n_groups, -1):
        if k in chosen:
            groups = start(moments, chosen[k], n_groups, kinds)
            if len(groups) < k and 2 * k + 2 * len(groups) + 1 <= complexity:
                return groups
    return None


def start(moments: Moments, chosen: list[int], n_groups: int, kinds: NDArray[np.intp]) -> Array:
    """Group the chosen inputs by kind and by the size of their least squares weights.

    Returns:
        Signed membership, groups x features, of -1, 0 and 1.
    """
    weights = moments.least_squares(chosen)
    sizes = _group_sizes(np.abs(weights), n_groups)
    label = np.unique(sizes * (kinds.max() + 1) + kinds[chosen], return_inverse=True)[1]
    groups = np.zeros((label.max() + 1, len(moments.cross)))
    groups[label, chosen] = np.where(weights < 0, -1.0, 1.0)
    return groups[groups.any(axis=1)]


def _group_sizes(sizes: Array, n_groups: int) -> NDArray[np.intp]:
    """Label numbers by one-dimensional k-means, started at their quantiles."""
    centres = np.quantile(sizes, (np.arange(n_groups) + 0.5) / n_groups)
    label: NDArray[np.intp] = np.abs(sizes[:, None] - centres).argmin(axis=1)
    for _ in range(20):
        for group in range(n_groups):
            if (label == group).any():
                centres[group] = sizes[label == group].mean()
        before, label = label, np.abs(sizes[:, None] - centres).argmin(axis=1)
        if (label == before).all():
            break
    return label


def explained(moments: Moments, gram: Array, cross: Array) -> Array:
    """Return R² of least squares on groups, for a stack of their moments.

    Args:
        moments: of the table.
        gram: ... x groups x groups.
        cross: ... x groups.
    """
    ridge = _RIDGE * float(np.diag(moments.gram).mean()) * np.eye(gram.shape[-1])
    weights = np.linalg.solve(gram + ridge, cross[..., None])[..., 0]
    r2: Array = (weights * cross).sum(axis=-1) / max(moments.variance, 1e-300)
    return r2


def refine(
    moments: Moments,
    groups: Array,
    outsiders: NDArray[np.intp],
    passes: int,
    kinds: NDArray[np.intp],
) -> tuple[Array, float]:
    """Improve a grouping by coordinate descent.

    Args:
        moments: of table and target.
        groups: signed membership, groups x features.
        outsiders: features that may take the place of a member.
        passes: at most so many rounds over the members.
        kinds: of the features; a group holds one kind.

    Returns:
        The better grouping and its R².
    """
    r2 = float(explained(moments, groups @ moments.gram @ groups.T, groups @ moments.cross))
    for _ in range(passes):
        before = r2
        for member in np.flatnonzero(groups.any(axis=0)):
            without = groups.copy()
            without[:, member] = 0
            if without.any(axis=1).all():
                entering = [
                    int(member),
                    *(i for i in outsiders if i != member and not without[:, i].any()),
                ]
                groups, r2 = _best_move(moments, groups, r2, without, entering, kinds)
        if r2 - before < _SMALLEST_GAIN:
            break
    return groups, r2


def _best_move(
    moments: Moments,
    groups: Array,
    r2: float,
    without: Array,
    entering: list[int],
    kinds: NDArray[np.intp],
) -> tuple[Array, float]:
    """Put one of the features into the best group of its kind with the best sign."""
    n_groups = len(without)
    feature = np.repeat(entering, 2 * n_groups)
    group = np.tile(np.repeat(np.arange(n_groups), 2), len(entering))
    sign = np.tile([1.0, -1.0], n_groups * len(entering))
    alike = kinds[feature] == kinds[np.argmax(without != 0, axis=1)][group]
    feature, group, sign = feature[alike], group[alike], sign[alike]
    if not len(feature):
        return groups, r2
    # Adding a signed feature changes one row and one column of the groups' moments.
    move = np.arange(len(feature))
    gram = np.repeat((without @ moments.gram @ without.T)[None], len(feature), axis=0)
    cross = np.repeat((without @ moments.cross)[None], len(feature), axis=0)
    shared = (without @ moments.gram)[:, feature].T * sign[:, None]
    gram[move, group, :] += shared
    gram[move, :, group] += shared
    gram[move, group, group] += moments.gram[feature, feature]
    cross[move, group] += sign * moments.cross[feature]
    scores = explained(moments, gram, cross)
    best = int(scores.argmax())
    if scores[best] <= r2 + _SMALLEST_GAIN / 10:
        return groups, r2
    without[group[best], feature[best]] = sign[best]
    return without, float(scores[best])


def tied_form(moments: Moments, groups: Array, names: Sequence[str]) -> Formula:
    """Return the formula of a grouping, its weights fitted by least squares."""
    gram, cross = groups @ moments.gram @ groups.T, groups @ moments.cross
    ridge = _RIDGE * float(np.diag(moments.gram).mean()) * np.eye(len(groups))
    weights = np.linalg.solve(gram + ridge, cross)
    terms: list[Tokens] = []
    for weight, membership in zip(weights, groups, strict=True):
        members = np.flatnonzero(membership)
        lead = membership[members[0]]
        total: Tokens = (Variable(names[members[0]]),)
        for i in members[1:]:
            total += (Variable(names[i]), PLUS if membership[i] == lead else MINUS)
        terms.append((float(weight * lead), *total, TIMES))
    intercept = moments.mean_y - float(weights @ (groups @ moments.mean_x))
    return Formula(join([*terms, (intercept,)]))
