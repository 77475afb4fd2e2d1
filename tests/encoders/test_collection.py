import pandas as pd

from latent_laws.encoders.collection import (
    collect,
    rotate_all,
    train_standard_sweep,
    train_symbolic_sweep,
)
from latent_laws.encoders.frontier import choose_symbolic
from latent_laws.encoders.rotation import RotationOptions
from latent_laws.encoders.symbolic import SymbolicOptions
from latent_laws.encoders.training import FitOptions, NetworkOptions
from latent_laws.tasks import TaskOptions
from tests.builders import gaussian_table

SMALL = NetworkOptions(hidden=(4,))
HERE = TaskOptions(workers=1, cache=None)
FIT = FitOptions(steps=10, batch_size=64)


def test_sweeps_choice_and_tables() -> None:
    table = gaussian_table()
    standard = train_standard_sweep(table, dict.fromkeys((2, 3), SMALL), [0, 1], FIT, HERE)
    rotated = rotate_all(standard, [3], table, RotationOptions(steps=20), HERE)
    options = SymbolicOptions(
        max_nodes=(5, 9), distilled_nodes=5, units=("tanh",), decoder_hidden=(4,), fit=FIT
    )
    formulas = train_symbolic_sweep(rotated, table, {3: options}, HERE)
    assert [r.autoencoder.key for r in standard] == [
        *("standard-2-0", "standard-2-1", "standard-3-0", "standard-3-1"),
    ]
    assert [r.autoencoder.key for r in rotated] == ["rotated-3-0", "rotated-3-1"]
    assert {r.autoencoder.variant for r in formulas} == {
        *("linear_n5", "linear_n9", "symbolic_n5", "symbolic_n9"),
    }
    chosen = choose_symbolic(formulas, [3], 5)
    assert [r.autoencoder.key for r in chosen] == ["symbolic-3-0", "symbolic-3-1"]

    models, errors, metrics, curves = collect([*standard, *rotated, *chosen])
    assert len(models) == len(metrics) == 8
    assert set(errors["variant"]) == {"standard", "rotated", "symbolic"}
    assert isinstance(curves, pd.DataFrame)
    assert {m["variant"] for m in metrics} == set(errors["variant"])
