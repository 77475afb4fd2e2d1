import numpy as np
import pytest

from latent_laws.checks.stability import jaccard


def test_jaccard() -> None:
    assert jaccard(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)
    assert jaccard(frozenset(), frozenset("a")) == 0
    assert np.isnan(jaccard(frozenset(), frozenset())), "constants have no inputs to agree on"
