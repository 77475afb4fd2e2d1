from dataclasses import replace

import pandas as pd

from latent_laws.encoders.collection import (
    Trained,
    choose_distillable,
    collect,
    rotate_all,
    train_sparse_sweep,
    train_standard_sweep,
)
from latent_laws.encoders.pruning import SparseOptions
from latent_laws.encoders.rotation import RotationOptions
from latent_laws.encoders.training import FitOptions, NetworkOptions
from latent_laws.tasks import TaskOptions
from tests.builders import gaussian_table

SMALL = NetworkOptions(hidden=(4,))
HERE = TaskOptions(workers=1, cache=None)
FIT = FitOptions(steps=10, batch_size=64)


def sweep() -> tuple[Trained, Trained, Trained]:
    table = gaussian_table()
    standard = train_standard_sweep(table, dict.fromkeys((2, 3), SMALL), [0, 1], FIT, HERE)
    rotated = rotate_all(standard, [3], table, RotationOptions(steps=20), HERE)
    options = SparseOptions(decoder_hidden=(4,), fit=FIT)
    return standard, rotated, train_sparse_sweep(rotated, table, [2, 4, 99], options, HERE)


def test_sweeps_choice_and_tables() -> None:
    standard, rotated, sparse = sweep()
    assert [r.autoencoder.key for r in standard] == [
        *("standard-2-0", "standard-2-1", "standard-3-0", "standard-3-1"),
    ]
    assert [r.autoencoder.key for r in rotated] == ["rotated-3-0", "rotated-3-1"]
    assert sorted({r.n_inputs for r in sparse}) == [2, 4, 6], "no more inputs than there are"

    unpruned = {r.autoencoder.key for r in sparse if r.n_inputs == 6}
    assert unpruned == {"unpruned-3-0", "unpruned-3-1"}

    anything = choose_distillable(standard, sparse, [3], max_fvu_cost=10.0)
    assert {r.n_inputs for r in anything} == {2}
    best = choose_distillable(standard, sparse, [3], max_fvu_cost=0.0)
    assert {r.autoencoder.variant for r in best} == {"distillable"}
    assert len(best) == 2
    assert {r.n_inputs for r in best} <= {2, 4}, "all inputs are the reference, not a choice"

    models, errors, metrics, curves = collect([*standard, *rotated, *best])
    assert len(models) == len(metrics) == 8
    assert set(errors["variant"]) == {"standard", "rotated", "distillable"}
    assert isinstance(curves, pd.DataFrame)
    assert {m["variant"] for m in metrics} == set(errors["variant"])


def test_a_better_unpruned_network_is_what_sparsity_is_priced_against() -> None:
    standard, _, sparse = sweep()
    validation = {2: 0.30, 4: 0.25, 6: 0.21}
    priced = [replace(r, fvu_validation=validation[r.n_inputs]) for r in sparse]
    dense = [replace(r, fvu_validation=0.28) for r in standard]
    # 0.05 above the standard network, but 0.09 above the same network with all inputs
    assert {r.n_inputs for r in choose_distillable(dense, priced, [3], 0.05)} == {4}
    assert {r.n_inputs for r in choose_distillable(dense, priced, [3], 0.10)} == {2}
