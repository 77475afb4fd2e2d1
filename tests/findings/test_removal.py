import numpy as np
import pandas as pd
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.symbolic import SymbolicOptions, train_symbolic
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.findings.removal import AsItIs, RemovalOptions, redundancy_check, removals
from latent_laws.findings.retraining import (
    NetworkAgain,
    SymbolicAgain,
    shorter,
    shorter_symbolic,
)
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
from tests.findings.planted import ENCODER, linear_autoencoder, table_of

FIT = FitOptions(steps=300, batch_size=128)
NETWORK = NetworkOptions(hidden=(16,))


def table() -> FeatureTable:
    """Two sources, a copy and a product of them, and noise that nothing says anything about."""
    rng = np.random.default_rng(0)
    a, b, noise = rng.normal(size=(3, 3000))
    return table_of(np.stack([a, b, a + b, a * b, noise], axis=1), ["a", "b", "sum", "ab", "noise"])


def retrained(*removed: str) -> float:
    return NetworkAgain(NETWORK, 3, FIT).loss(removed, table(), seed=0)


def lost_as_it_is(model: Encoder, *removed: str) -> float:
    return AsItIs(model, RemovalOptions()).loss(removed, table())


def test_what_follows_from_the_rest_can_go() -> None:
    assert retrained("sum", "ab") < 1.5 * retrained() + 0.01


def test_what_does_not_follow_cannot() -> None:
    # noise is a fifth of the five features' variance of about one each (the sum has two)
    assert retrained("noise") > 0.15
    assert retrained("a", "sum", "ab") > 0.3


def test_a_network_without_removal_is_the_plain_one() -> None:
    plain = train_standard(table(), 3, 0, NETWORK, FIT).metrics["fvu_test"]
    assert retrained() == pytest.approx(plain, rel=0.2, abs=0.002)


def test_an_encoder_of_others_gets_predictions_in_place_of_what_is_removed() -> None:
    model = linear_autoencoder(np.eye(5), np.eye(5))
    assert lost_as_it_is(model) == pytest.approx(0, abs=1e-9)
    assert lost_as_it_is(model, "sum", "ab") == pytest.approx(0, abs=1e-3)
    # a fifth or sixth of the variance
    assert lost_as_it_is(model, "noise") == pytest.approx(1 / 6, abs=0.03)


def test_without_a_decoder_it_is_the_latents_that_are_lost() -> None:
    coded = FunctionEncoder(lambda X: X[:, :1] * 10.0, 1)
    assert lost_as_it_is(coded, "noise") == 0
    assert lost_as_it_is(coded, "a", "sum", "ab") == pytest.approx(1, abs=0.1)


def test_as_many_random_and_least_varying_features_are_removed() -> None:
    sets = list(removals(["sum", "ab"], table(), RemovalOptions()))
    assert [(kind, draw, len(features)) for kind, draw, features in sets] == [
        (kind, draw, count)
        for draw in range(2)
        for kind, count in (("nothing", 0), ("least_variance", 2), ("redundant", 2), ("random", 2))
    ]
    assert "sum" not in sets[1][2]
    assert sets[3][2] != sets[7][2]
    assert list(removals([], table(), RemovalOptions())) == []


def test_the_check_names_what_was_removed_and_what_it_cost() -> None:
    verdicts = pd.DataFrame(
        {
            **{"encoder": ENCODER, "feature": table().names, "kind": "numeric"},
            "verdict": ["used", "used", "recoverable", "recoverable", "used"],
            "jointly_recoverable": [False, False, True, True, False],
        }
    )
    models = {ENCODER: linear_autoencoder(np.eye(5)[:3], np.eye(5)[:, :3])}
    tasks = TaskOptions(workers=1, cache=None)
    for trained in ({ENCODER: NetworkAgain(NETWORK, 3, FIT)}, {}):
        frame = redundancy_check(models, verdicts, table(), trained, RemovalOptions(), tasks)
        assert frame.columns.tolist() == [
            *("encoder", "variant", "latent_dim", "removed", "draw", "n_removed"),
            *("fvu_before", "fvu_after", "retrained"),
        ]
        assert frame["removed"].tolist() == ["least_variance", "redundant", "random"] * 2
        assert frame["draw"].tolist() == [0, 0, 0, 1, 1, 1]
        assert frame["n_removed"].tolist() == [2] * 6
        assert frame["retrained"].tolist() == [bool(trained)] * 6
        # each training is held against the one with the same seed
        assert frame.groupby("draw")["fvu_before"].nunique().tolist() == [1, 1]
        assert frame["fvu_before"].nunique() == 1 + bool(trained)
        after = frame.groupby("removed")["fvu_after"]
        assert after.mean()["redundant"] <= after.mean().min() + 1e-6
        # other weights, other losses; kept ones lose the same
        assert after.nunique()["redundant"] == 1 + bool(trained)


def test_one_network_in_two_bases_is_trained_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("standard-3", "rotated-3")
    verdicts = pd.DataFrame({"feature": table().names, "kind": "numeric", "verdict": "used"})
    verdicts.loc[2, "verdict"] = "ignored"
    verdicts = pd.concat([verdicts.assign(encoder=name) for name in names])
    verdicts["jointly_recoverable"] = False
    trained: list[object] = []

    def count(function: object, jobs: dict[str, object], *_: object) -> dict[str, float]:
        trained.extend(jobs)
        return dict.fromkeys(jobs, 0.1)

    monkeypatch.setattr("latent_laws.findings.removal.run_tasks", count)
    models = {name: linear_autoencoder(np.eye(5)[:3], np.eye(5)[:, :3]) for name in names}
    again = dict.fromkeys(names, NetworkAgain(NETWORK, 3, FIT))
    tasks = TaskOptions(workers=1, cache=None)
    frame = redundancy_check(models, verdicts, table(), again, RemovalOptions(), tasks)
    # two bases of one network
    assert len(frame) == 12
    sets = {(draw, gone) for _, draw, gone in removals(["sum"], table(), RemovalOptions())}
    assert len(trained) == len(sets) > 4
    # weights that are kept are asked once, whatever the draw
    trained.clear()
    frame = redundancy_check(models, verdicts, table(), {}, RemovalOptions(), tasks)
    assert len(frame) == 12
    assert len(trained) == 2 * len({gone for _, gone in sets})


def test_formulas_trained_again_read_nothing_that_was_removed() -> None:
    start = train_standard(table(), 3, 0, NETWORK, FIT).autoencoder
    long = SymbolicOptions(max_nodes=(15, 40), distilled_nodes=15, decoder_hidden=(16,), fit=FIT)
    options = shorter_symbolic(long, 0.5)
    assert (options.max_nodes, options.start_steps) == ((15,), 100)
    assert shorter(FIT, 0.5).steps == 150
    again = SymbolicAgain(start, options)
    assert again.loss(("sum", "ab"), table(), 0) < 0.05
    assert again.loss(("noise",), table(), 0) > 0.15
    (blind,) = train_symbolic(start, table(), "linear", options, unseen=("sum", "ab"))
    read = {name for text in blind.autoencoder.model.config.formulas for name in named_in(text)}
    assert read == {"a", "b", "noise"}


def named_in(text: str) -> set[str]:
    return set(Formula.parse(text, table().names).features)


def test_a_redundant_set_that_is_not_costs_as_much_as_any() -> None:
    assert retrained("a", "noise") > 3 * retrained()


def test_where_nothing_is_redundant_nothing_is_checked() -> None:
    verdicts = pd.DataFrame(
        {"encoder": ENCODER, "feature": ["a"], "kind": "numeric", "verdict": "used"}
    ).assign(jointly_recoverable=False)
    models = {ENCODER: linear_autoencoder(np.eye(5), np.eye(5))}
    frame = redundancy_check(
        models,
        verdicts,
        table(),
        {},
        RemovalOptions(),
        TaskOptions(workers=1, cache=None),
    )
    assert frame.empty
    assert {"removed", "fvu_after"} <= set(frame.columns)
