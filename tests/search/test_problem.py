import numpy as np
import pandas as pd

from latent_laws.search.problem import Knowledge, Problem


def test_units_tell_angles_and_kinds() -> None:
    info = pd.DataFrame(
        {
            "feature": ["Aspect", "Height", "Width", "Wet"],
            "kind": ["numeric", "numeric", "numeric", "binary"],
            "unit": ["degree", "metre", "metre", None],
            "mean": [90.0, 1.0, 2.0, 0.0],
            "scale": [180.0, 1.0, 2.0, 1.0],
        }
    )
    knowledge = Knowledge.of(info)
    offset, factor = knowledge.angles["Aspect"]
    np.testing.assert_allclose([offset, factor], [np.pi / 2, np.pi])
    assert set(knowledge.angles) == {"Aspect"}
    assert knowledge.kinds["Height"] == knowledge.kinds["Width"]
    assert len(set(knowledge.kinds.values())) == 3
    assert not Knowledge.of(info.drop(columns="unit")).angles


def test_a_sample_keeps_rows_together() -> None:
    X = np.arange(50.0)[:, None] * np.ones(6)
    sample = Problem(X, X[:, 0], list("abcdef")).sample(20, seed=0)
    assert sample.X.shape == (20, 6)
    np.testing.assert_array_equal(sample.X[:, 3], sample.y)
    assert len(np.unique(sample.y)) == 20
