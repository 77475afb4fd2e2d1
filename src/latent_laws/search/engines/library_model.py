"""A sum of weighted products: fitted, tuned, printed."""

from dataclasses import dataclass
from functools import cached_property

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.sums import PLUS, join
from latent_laws.formulas.tokens import Operation, Tokens, Variable
from latent_laws.search.engines.library_terms import Atom, Bases, is_tuned, term_tokens


@dataclass(frozen=True)
class Model:
    """A weighted sum of products and a constant."""

    atoms: tuple[Atom, ...]
    weights: tuple[float, ...]
    intercept: float

    def tokens(self, bases: Bases) -> Tokens:
        """Return the sum as it is tuned: every weight is there and nothing is folded."""
        whole: Tokens = (self.intercept,)
        for weight, atom in zip(self.weights, self.atoms, strict=True):
            whole += (*term_tokens(weight, atom, bases), PLUS)
        return whole

    @cached_property
    def is_tuned(self) -> bool:
        """Whether it holds constants that least squares does not find."""
        return any(is_tuned(atom) for atom in self.atoms)

    def formula(self, bases: Bases) -> Formula:
        """Return the formula."""
        pairs = zip(self.weights, self.atoms, strict=True)
        terms = [term_tokens(weight, atom, bases) for weight, atom in pairs]
        return Formula(join([*terms, (self.intercept,)]))

    def with_constants(self, tokens: Tokens, bases: Bases) -> "Model":
        """Return the model with the constants of its tuned tokens."""
        fresh = iter([t for t in tokens if not isinstance(t, Variable | Operation)])
        intercept, weights, atoms = next(fresh), [], []
        for atom in self.atoms:
            weights.append(next(fresh))
            atoms.append(tuple(factor.with_constants(fresh, bases) for factor in atom))
        return Model(tuple(atoms), tuple(weights), intercept)
