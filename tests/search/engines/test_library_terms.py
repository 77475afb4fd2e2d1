"""Factors of the library: what they cost is what they write."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.search.engines.library_terms import FUNCTIONS, Bases, Factor, Member
from latent_laws.search.problem import Knowledge, Problem

KNOWN = Knowledge(angles={"b": (0.5, 1.5)})
BASES = Bases.of(Problem(np.eye(4, 3), np.ones(4), list("abc"), KNOWN), 3)
members = st.builds(
    Member,
    st.integers(0, len(BASES.tokens) - 1),
    weight=st.sampled_from([1.0, -1.0, 0.3]),
    free=st.booleans(),
)
factors = st.builds(
    Factor,
    st.sampled_from(sorted(FUNCTIONS)),
    st.lists(members, min_size=1, max_size=4).map(tuple),
    st.none() | st.just(0.7),
)


@given(factors)
def test_the_size_of_a_factor_is_the_number_of_its_tokens(factor: Factor) -> None:
    for one in (factor, factor.oriented()):
        assert one.size(BASES) == len(one.tokens(BASES))
