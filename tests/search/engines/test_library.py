import numpy as np
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.scores import r2_score
from latent_laws.search.engines.library import LibraryEngine, LibraryOptions, Walk
from latent_laws.search.problem import Knowledge, Problem

NAMES = [f"x{i}" for i in range(8)]
X = np.random.default_rng(0).normal(size=(2400, len(NAMES)))


def problem(text: str, knowledge: Knowledge | None = None) -> Problem:
    truth = Formula.parse(text, NAMES)
    return Problem(X, truth.evaluate(X, NAMES), NAMES, knowledge or Knowledge())


def best(found: list[Formula], given: Problem) -> Formula:
    return max(found, key=lambda f: r2_score(given.y, f.evaluate(given.X, NAMES)))


@pytest.mark.parametrize(
    "text",
    [
        "0.7*x1 - 0.3*x4 + 0.2",
        "x1*x2 + 0.5*x3",
        "(x0 + x1 - x2)*(x3 + x4)",
        "tanh(x0 + x1 - x2) - 0.4*x5",
        "0.4*square(x0 - 0.5*x1) + 0.3*x2",
        "abs(0.8*x0 + 0.5*x1 + 0.3) - x6",
        "exp(-0.7*x0)*x1 + 0.4*x2",
        "x0*(x1 + 2.5)",
        "sin(1.5*x0) + 0.5*x1",
    ],
)
def test_finds_planted_formulas_and_their_constants(text: str) -> None:
    given = problem(text)
    form = best(LibraryEngine().search(given, LibraryOptions(), 0), given)
    assert r2_score(given.y, form.evaluate(X, NAMES)) > 0.99999
    assert set(form.features) == set(Formula.parse(text, NAMES).features)


def test_an_angle_is_a_linear_problem_and_its_units_stay() -> None:
    degrees = 360 * np.random.default_rng(1).random(len(X))
    table = np.column_stack([(degrees - 130) / 50, X[:, :7]])
    angles = {"x0": (float(np.radians(130)), float(np.radians(50)))}
    y = 3 * np.cos(np.radians(degrees)) + 2 * np.sin(np.radians(degrees)) * X[:, 0]
    given = Problem(table, y, NAMES, Knowledge(angles=angles))
    form = best(LibraryEngine().search(given, LibraryOptions(), 0), given)
    assert r2_score(y, form.evaluate(table, NAMES)) > 0.999999
    assert {angles["x0"][0], angles["x0"][1]} <= set(form.constants)


def test_estimates_of_steps_are_what_least_squares_finds() -> None:
    walk = Walk(problem("tanh(x0 + x1)*x2 + 0.5*x3 - 0.2*square(x4)"), LibraryOptions(), 0)
    walk.budget = 8
    walk.run()
    _, model = walk.front[max(walk.front)]
    checked = 0
    for proposal in walk.near.proposals(model.atoms):
        fitted, left = walk.near.fit(proposal.build())
        if not fitted.is_tuned:
            assert left == pytest.approx(proposal.unexplained, rel=1e-4, abs=1e-6)
            assert len(fitted.tokens(walk.bases)) == proposal.nodes
            checked += 1
    assert checked > 5


def test_the_front_rises_and_keeps_to_its_limit() -> None:
    given = problem("tanh(x0 + x1)*x2 + 0.5*x3 - 0.2*square(x4)")
    found = LibraryEngine().search(given, LibraryOptions(max_complexity=20, rows=len(X)), 0)
    sizes = [form.complexity for form in found]
    scores = [r2_score(given.y, form.evaluate(X, NAMES)) for form in found]
    assert max(sizes) <= 20
    assert scores == sorted(scores)
    assert sizes == sorted(sizes)


def test_noise_stops_the_search_early() -> None:
    given = Problem(X, np.random.default_rng(5).normal(size=len(X)), NAMES)
    walk = Walk(given, LibraryOptions(), 0)
    walk.run()
    assert len(walk.expanded) == 3


def test_less_is_spent_where_little_is_left() -> None:
    given = problem("x0 + 0.2*x1*x2")
    full, little = (Walk(Problem(given.X, given.y, NAMES, left=left), LibraryOptions(), 0)
                    for left in (0.5, 1e-3))  # fmt: skip
    assert little.budget < full.budget / 2


def test_only_inputs_of_one_kind_share_weights() -> None:
    kinds = {name: "a" if i % 2 else "b" for i, name in enumerate(NAMES)}
    given = problem("x0 + x1 + x2 + x3", Knowledge(kinds=kinds))
    form = best(LibraryEngine().search(given, LibraryOptions(), 0), given)
    free = best(LibraryEngine().search(problem("x0 + x1 + x2 + x3"), LibraryOptions(), 0), given)
    assert free.complexity < form.complexity


def test_two_calls_agree() -> None:
    given = problem("tanh(x0 + x1)*x2 + 0.5*x3")
    first, second = (LibraryEngine().search(given, LibraryOptions(), 0) for _ in range(2))
    assert first == second


def test_few_rows_and_constant_inputs_do_no_harm() -> None:
    few = X[:30].copy()
    few[:, 5] = 1.0
    found = LibraryEngine().search(Problem(few, few[:, 0] * 2 + 1, NAMES), LibraryOptions(), 0)
    assert r2_score(few[:, 0], found[-1].evaluate(few, NAMES)) <= 1
    assert best(found, Problem(few, few[:, 0] * 2 + 1, NAMES)).features == ("x0",)
