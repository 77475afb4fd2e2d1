"""Outputs that belong together, and those that do not."""

from pathlib import Path

import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.lineage import Lineage, path_digest


def chain(lineage: Lineage, run: str, mark: str) -> None:
    """Record a run whose outputs carry a mark: features -> networks, metrics -> formulas."""
    lineage.record(run, {}, {"features": "f"})
    lineage.record(run, {"features": "f"}, {"networks": f"n{mark}", "metrics": f"m{mark}"})
    lineage.record(run, {"networks": f"n{mark}", "features": "f"}, {"formulas": f"q{mark}"})


def test_outputs_of_one_run_belong_together() -> None:
    lineage = Lineage()
    chain(lineage, "first", "1")
    lineage.check({"features": "f", "networks": "n1", "metrics": "m1", "formulas": "q1"})
    assert lineage.known["formulas"]["q1"]["run"] == "first"
    assert lineage.known["formulas"]["q1"]["from"] == {"networks": "n1", "features": "f"}


@pytest.mark.parametrize(
    "inputs",
    [
        {"networks": "n2", "formulas": "q1"},
        {"formulas": "q2", "networks": "n1"},
        # neither is made from the other; both go back to networks
        {"metrics": "m2", "formulas": "q1"},
    ],
)
def test_formulas_of_one_run_and_networks_of_another_are_refused(inputs: dict[str, str]) -> None:
    lineage = Lineage()
    chain(lineage, "first", "1")
    chain(lineage, "second", "2")
    with pytest.raises(LatentLawsError, match="they go back to different 'networks'") as caught:
        lineage.check(inputs)
    assert "\n" not in str(caught.value)


def test_a_run_that_makes_the_same_again_changes_nothing() -> None:
    lineage = Lineage()
    chain(lineage, "first", "1")
    # the seconds among the metrics differ, the networks do not
    lineage.record("second", {"features": "f"}, {"networks": "n1", "metrics": "m2"})
    lineage.check({"networks": "n1", "metrics": "m2", "formulas": "q1"})


def test_what_nobody_recorded_is_taken_as_it_is() -> None:
    Lineage({"formulas": {}}).check({"networks": "n1", "formulas": "q1"})


def test_it_does_not_grow_for_ever() -> None:
    lineage = Lineage()
    for number in range(60):
        lineage.record("run", {}, {"features": str(number)})
    assert next(iter(lineage.known["features"])) == "10"
    assert len(lineage.known["features"]) == 50


def test_a_digest_sees_names_and_content(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        (folder / "x").write_text("1")
    assert path_digest(first) == path_digest(second)
    (second / "x").rename(second / "y")
    assert path_digest(first) != path_digest(second)
    (second / "y").rename(second / "x")
    (second / "x").write_text("2")
    assert path_digest(first) != path_digest(second)
