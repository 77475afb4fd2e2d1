"""What is wrong, in one message."""

import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.tables.problems import Problems, listed


def told(problems: Problems) -> str:
    with pytest.raises(LatentLawsError) as caught:
        problems.stop()
    return str(caught.value)


def test_nothing_found_stops_nothing() -> None:
    Problems().stop()


def test_one_problem_is_told_alone() -> None:
    problems = Problems()
    problems.add("gap", "a", "column 'a' has a gap", "fill it")
    assert told(problems) == "column 'a' has a gap: fill it"


def test_the_same_fault_of_many_columns_is_told_once() -> None:
    problems = Problems()
    for number in range(12):
        problems.add("gap", f"x{number}", f"column 'x{number}' has a gap", "fill it")
    problems.add("text", "a", "column 'a' holds text")
    shown = ", ".join(f"'x{number}'" for number in range(1, 9))
    assert told(problems) == (
        f"the table has 2 problems: (1) column 'x0' has a gap (also {shown} and 3 more): fill it; "
        "(2) column 'a' holds text"
    )


def test_names_are_listed() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(["a", "b", "c"], most=2) == "'a', 'b' and 1 more"
