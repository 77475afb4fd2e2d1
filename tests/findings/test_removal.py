import numpy as np
import pandas as pd
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.findings.removal import (
    RemovalOptions,
    Retraining,
    imputed_loss,
    redundancy_check,
    removals,
    retrained_loss,
)
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
    return retrained_loss(removed, table(), 3, NETWORK, FIT, seed=0)


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
    model, options = linear_autoencoder(np.eye(5), np.eye(5)), RemovalOptions()
    assert imputed_loss([], model, table(), options) == pytest.approx(0, abs=1e-9)
    assert imputed_loss(["sum", "ab"], model, table(), options) == pytest.approx(0, abs=1e-3)
    # a fifth or sixth of the variance
    assert imputed_loss(["noise"], model, table(), options) == pytest.approx(1 / 6, abs=0.03)


def test_without_a_decoder_it_is_the_latents_that_are_lost() -> None:
    coded = FunctionEncoder(lambda X: X[:, :1] * 10.0, 1)
    assert imputed_loss(["noise"], coded, table(), RemovalOptions()) == 0
    assert imputed_loss(["a", "sum", "ab"], coded, table(), RemovalOptions()) == pytest.approx(
        1, abs=0.1
    )


def test_as_many_random_and_least_varying_features_are_removed() -> None:
    sets = removals(["sum", "ab"], table(), RemovalOptions(draws=3))
    kinds = [(one.kind, one.draw, len(one.features)) for one in sets]
    assert kinds == [
        *(("redundant", 0, 2), ("random", 0, 2), ("random", 1, 2), ("random", 2, 2)),
        ("least_variance", 0, 2),
    ]
    least = sets[-1].features
    assert "sum" not in least
    assert removals([], table(), RemovalOptions()) == []


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
    for networks in ({ENCODER: NETWORK}, {}):
        retraining = Retraining(networks, FIT, seed=0)
        frame = redundancy_check(
            models, verdicts, table(), retraining, RemovalOptions(draws=1, effort=1), tasks
        )
        assert frame.columns.tolist() == [
            *("encoder", "variant", "latent_dim", "removed", "draw", "n_removed"),
            *("fvu_before", "fvu_after", "retrained"),
        ]
        assert frame["removed"].tolist() == ["redundant", "random", "least_variance"]
        assert frame["n_removed"].tolist() == [2] * 3
        assert frame["retrained"].tolist() == [bool(networks)] * 3
        assert frame["fvu_before"].nunique() == 1
        assert frame["fvu_after"][0] <= frame["fvu_after"].min() + 1e-6


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
    retraining = Retraining(dict.fromkeys(names, NETWORK), FIT, seed=0)
    frame = redundancy_check(
        models,
        verdicts,
        table(),
        retraining,
        RemovalOptions(draws=1),
        TaskOptions(workers=1, cache=None),
    )
    assert len(frame) == 6
    assert len(trained) == 4


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
        Retraining({}, FIT, seed=0),
        RemovalOptions(),
        TaskOptions(workers=1, cache=None),
    )
    assert frame.empty
    assert {"removed", "fvu_after"} <= set(frame.columns)
