"""The library: sparse regression over elementary terms, by local search along the whole front."""

import math
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

import latent_laws
from latent_laws.formulas.formula import Formula
from latent_laws.scores import gain_in_errors
from latent_laws.search.engines.base import Engine
from latent_laws.search.engines.library_moves import loosened
from latent_laws.search.engines.library_neighbours import Atoms, Neighbourhood
from latent_laws.search.engines.library_terms import Bases, Factor, Member
from latent_laws.search.problem import Problem
from latent_laws.search.refit import angle_constants
from latent_laws.search.tuning import tune

if TYPE_CHECKING:
    from latent_laws.search.engines.library_model import Model

# A model enters the front if it leaves over less, by more than this share.
_GAIN = 1e-3
# Nothing is left to explain.
_EXACT = 1e-9
# The first models of a search have to beat the constant by so many standard errors on other rows,
# else there is nothing to find.
_EVIDENT = 3.0
_PROBES = 3
# Functions of one weighted sum of so many inputs that a search starts with, and its constant.
_LINKS = ("tanh", "exp", "sin", "abs", "gauss")
_LINKED = (2, 3, 4)
_START = 0.1
# Up to these nodes constants are tried in every new function.
_LOOSENED = 20
# Above these nodes only every eighth size is worked on.
_DENSE = 40
_STRIDE = 8


class LibraryOptions(BaseModel):
    """Budget of one search.

    Attributes:
        screen: Inputs that may stand in products and functions, the most relevant ones.
        grouped: Inputs that may share a weight in a linear sum.
        rows: Training rows on which steps are judged.
        max_complexity: Nodes.
        expansions: Models whose neighbours are looked at.
        width: Neighbours of each that are fitted.
        tuning_steps: Of the constants of each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    screen: int = Field(default=16, ge=1)
    grouped: int = Field(default=30, ge=1)
    rows: int = Field(default=1500, ge=10)
    max_complexity: int = Field(default=100, ge=1)
    expansions: int = Field(default=30, ge=1)
    width: int = Field(default=5, ge=1)
    tuning_steps: int = Field(default=4, ge=1)


class LibraryEngine(Engine[LibraryOptions]):
    """Walks the front from small to large: the best model of a size is replaced by its neighbours.

    Neighbours of a model have one product more or less, exchanged, or changed: a member of a sum
    added, exchanged or left out, a factor added, a function changed, a constant freed. All gains
    come from one least squares each, in closed form; only the best neighbours are fitted, their
    inner constants tuned. Sweeps are repeated until the front stands still.
    """

    name = "library"
    options = LibraryOptions

    def version(self) -> str:
        """Return the version of this package."""
        return latent_laws.__version__

    def search(self, problem: Problem, options: LibraryOptions, seed: int) -> list[Formula]:
        """Return the best model found of each size; the seed draws the rows."""
        walk = Walk(problem, options, seed)
        walk.run()
        return [model.formula(walk.bases) for _, (_, model) in sorted(walk.front.items())]


class Walk:
    """One search along the front.

    Attributes:
        front: Nodes -> (share of variance left over, model), each better than all smaller ones.
    """

    def __init__(self, problem: Problem, options: LibraryOptions, seed: int) -> None:
        self.options = options
        self.sample = problem.sample(options.rows, seed)
        self.other = problem.sample(2 * options.rows, seed).tail(options.rows)
        self.bases = Bases.of(self.sample, options.screen)
        self.columns = self.sample.columns
        self.near = Neighbourhood(self.bases, self.sample.y, options.grouped)
        model, left = self.near.fit(())
        self.front: dict[int, tuple[float, Model]] = {1: (left, model)}
        self.budget = math.ceil(options.expansions * problem.effort)
        self.expanded: set[Atoms] = set()

    def run(self) -> None:
        """Sweep along the front until it stands still or the budget is spent."""
        self._start()
        while (before := len(self.expanded)) < self.budget:
            self._sweep()
            if len(self.expanded) == before:
                break

    def _start(self) -> None:
        """Offer functions of one weighted sum: sums of products lead away from them."""
        inputs = [base for base in self.bases.screened if base < self.bases.n_inputs]
        for count in _LINKED:
            few = inputs[:count]
            columns = self.bases.columns[few] - self.bases.columns[few].mean(axis=1, keepdims=True)
            weights = np.linalg.lstsq(columns.T, self.near.y, rcond=None)[0]
            spread = float((weights @ columns).std())
            if len(few) == count and spread > 0:
                pairs = zip(few, (weights / spread).tolist(), strict=True)
                members = tuple(Member(base, weight, free=True) for base, weight in pairs)
                for function in _LINKS:
                    self.offer(((Factor(function, members, _START),),))

    def _sweep(self) -> None:
        """Expand models from small to large; new ones of larger sizes are met on the way."""
        last = 0
        while len(self.expanded) < self.budget:
            ahead = [
                nodes
                for nodes, (left, model) in self.front.items()
                if nodes > last and left > _EXACT and model.atoms not in self.expanded
            ]
            if not ahead:
                return
            nodes = min(ahead)
            self.expand(self.front[nodes][1].atoms)
            last = nodes if nodes < _DENSE else nodes + _STRIDE - 1
            if len(self.expanded) == _PROBES and not self._is_evident():
                self.budget = 0

    def _is_evident(self) -> bool:
        """Tell whether what was found holds on rows that did not choose it."""
        if not len(self.other.y):
            return True
        constant = self.near.mean
        gains = [
            gain_in_errors(self.other.y, prediction, constant)
            for _, model in self.front.values()
            if np.isfinite(
                prediction := model.formula(self.bases).evaluate(self.other.X, self.other.names)
            ).all()
        ]
        return max(gains, default=0.0) > _EVIDENT

    def expand(self, atoms: Atoms) -> None:
        """Fit the neighbours that promise most beyond the front."""
        self.expanded.add(atoms)
        promising = [
            (np.log(self._bar(p.nodes) / max(p.unexplained, _EXACT / 100)), p)
            for p in self.near.proposals(atoms)
            if p.nodes <= self.options.max_complexity
        ]
        promising.sort(key=lambda pair: (-pair[0], pair[1].nodes))
        for gain, proposal in promising[: self.options.width]:
            if gain > _GAIN:
                atoms = proposal.build()
                if self.offer(atoms) and proposal.nodes <= _LOOSENED:
                    # what is new stands last; its constants are tried at once, since a small
                    # change, by which steps are judged, may promise nothing
                    for loose in loosened(atoms[-1]):
                        self.offer((*atoms[:-1], loose))

    def offer(self, atoms: Atoms) -> bool:
        """Fit a model, put it on the front if it belongs there, and tell whether it does."""
        model, left = self.near.fit(atoms)
        if model.is_tuned:
            tokens = model.tokens(self.bases)
            fixed = angle_constants(tokens, self.sample.knowledge)
            tokens, error = tune(
                tokens, self.columns, self.sample.y, self.options.tuning_steps, fixed
            )
            model, left = model.with_constants(tokens, self.bases), error / self.sample.y.var()
        nodes = len(model.tokens(self.bases))
        enters = nodes <= self.options.max_complexity and left < self._bar(nodes) * (1 - _GAIN)
        if enters:
            beaten = [n for n, (other, _) in self.front.items() if n > nodes and other >= left]
            for larger in beaten:
                del self.front[larger]
            self.front[nodes] = (left, model)
        return enters

    def _bar(self, nodes: int) -> float:
        """Return the least that a model of at most so many nodes leaves over."""
        return min(left for size, (left, _) in self.front.items() if size <= nodes)
