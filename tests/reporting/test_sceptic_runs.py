"""Sceptic's cases from rows to verdicts: encoders of which it is known what may be said of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from latent_laws import distil
from latent_laws.interface.page import saved_findings
from latent_laws.reporting.claims.evidence import Verdict
from latent_laws.reporting.results import summarise
from latent_laws.reporting.sentences import opening

Array = np.ndarray[tuple[int, int], np.dtype[np.float64]]

NAMES = ["a", "b", "product", "curved", "copy", "noise"]


def rows(count: int = 300) -> Array:
    """Return six inputs that two of them tell, but for noise."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, count))
    noisy = a + 0.01 * rng.normal(size=count), 0.3 * rng.normal(size=count)
    return np.column_stack([a, b, a * b, np.tanh(2 * a), *noisy])


def decode(z: Array) -> Array:
    """Return what the first two inputs tell of all six."""
    a, b = z[:, 0], z[:, 1]
    return np.column_stack([a, b, a * b, np.tanh(2 * a), a, 0 * a])


def verdicts(encode: object, decoder: Callable[[Array], Array] | None = None) -> dict[str, Verdict]:
    options: dict[str, Any] = {"engines": ("tied_linear",), "workers": 1, "progress": False}
    found = distil(encode, rows(), decoder, names=NAMES, nulls=60, **options)
    return {one.claim: one.verdict for one in summarise(saved_findings(found)).claims}


def test_latents_that_are_noise_support_nothing() -> None:
    found = verdicts(np.random.default_rng(1).normal(size=(300, 2)))
    assert found["fidelity"] is Verdict.NO
    # constants agree on nothing
    assert found["stability"] is Verdict.NOT_MEASURED
    assert Verdict.YES not in found.values()


def test_of_a_good_encoder_of_two_inputs_what_is_true_is_said_and_no_more() -> None:
    found = verdicts(lambda x: x[:, :2], decode)
    true = ("reconstruction", "fidelity", "null", "substitution", "stability", "collapse")
    assert {name: found[name] for name in true} == dict.fromkeys(true, Verdict.YES)
    # four inputs it does not read, but it was not trained again without them
    assert found["redundancy"] is Verdict.PARTLY
    # it is a matrix, and nothing in it acts together
    for name in ("gain", "interactions"):
        assert found[name] is Verdict.NO, name
    for name in ("tuned", "trainings", "law"):
        assert found[name] is Verdict.NOT_MEASURED, name


def test_an_encoder_that_wastes_latents_and_a_decoder_that_knows_nothing_are_found() -> None:
    # more latents than inputs that follow from no others: no network can do with fewer
    found = verdicts(
        lambda x: np.column_stack([x[:, 0], x[:, 1], x[:, 0], 0 * x[:, 0] + 1]),
        lambda z: np.column_stack([z[:, 1]] * 6),
    )
    assert "law_cost" not in found or found["law_cost"] is Verdict.NO
    for name in ("collapse", "reconstruction", "substitution", "importance", "redundancy"):
        assert found[name] is Verdict.NO, name


def test_what_takes_a_decoder_is_not_measured_without_one() -> None:
    found = verdicts(lambda x: np.column_stack([np.exp(x[:, 0]), x[:, 1] * x[:, 3]]))
    for name in ("reconstruction", "substitution", "tuned", "importance", "redundancy", "collapse"):
        assert found[name] is Verdict.NOT_MEASURED, name
    # a linear search says no more than a linear form
    assert found["gain"] is Verdict.NO


def test_sums_without_weights_say_no_more_than_linear_forms() -> None:
    """They read twice as many inputs with as many nodes, and are linear all the same."""
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(600, 30)), rng.normal(size=(30, 3))
    W /= np.linalg.norm(W, axis=0)
    options: dict[str, Any] = {"engines": ("tied_linear",), "workers": 1, "progress": False}
    found = summarise(
        saved_findings(distil(lambda x: np.tanh(1.2 * (x @ W)), X, nulls=2, **options))
    )
    (one,) = found.encoders
    assert one.linearity is not None
    assert one.linearity < 0.99
    assert {claim.verdict for claim in found.claims if claim.claim == "gain"} == {Verdict.NO}
    assert opening(found, one).startswith("own-3: linear forms do as well as the search.")
