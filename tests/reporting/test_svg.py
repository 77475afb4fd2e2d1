import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.reporting.svg import WIDTH, Axis, Chart, legend, shortened

finite = st.floats(-1e6, 1e6, allow_nan=False)
positive = st.floats(1e-6, 1e6, allow_nan=False)


@given(st.lists(finite, min_size=1))
def test_a_linear_axis_holds_its_values(values: list[float]) -> None:
    axis = Axis.over("", values)
    assert all(0 <= axis.place(value) <= 1 for value in values)
    ticks = [value for value, _ in axis.ticks()]
    assert ticks == sorted(ticks)
    assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick in ticks)


@given(st.lists(positive, min_size=1))
def test_a_log_axis_holds_its_values(values: list[float]) -> None:
    axis = Axis.over("", values, log=True)
    assert all(-1e-9 <= axis.place(value) <= 1 + 1e-9 for value in values)
    assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick, _ in axis.ticks())


def test_equal_ratios_are_equal_steps_on_a_log_axis() -> None:
    axis = Axis("", 1, 100, log=True)
    assert axis.place(10) == pytest.approx(0.5)
    assert [label for _, label in axis.ticks()] == ["1", "10", "100"]


def test_ticks_are_round() -> None:
    assert [label for _, label in Axis("", 0, 1).ticks()] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]


def test_a_narrow_log_axis_has_ticks_too() -> None:
    assert len(Axis("", 0.27, 0.38, log=True).ticks()) >= 3


def test_not_a_number_does_not_spoil_an_axis() -> None:
    assert Axis.over("", [math.nan, 1.0, 3.0]).low == pytest.approx(0.9)
    assert Axis.over("", [math.nan]).high > Axis.over("", [math.nan]).low


def drawn(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(chart.render()))  # noqa: S314 -- what this project draws


def test_a_chart_is_well_formed_and_described() -> None:
    chart = Chart("Title <1>", "What & why.", Axis("x", 0, 1), Axis("y", 0, 1))
    chart.line([0, 1], [0, 1], "s0")
    chart.band([0, 1], [0, 0], [1, 1], "s0")
    chart.point(0.5, 0.5, "s0", 'tip "<b>"')
    chart.interval(0.1, 0.2, 0.5, "s0")
    chart.rule(0.3, "s0")
    svg = drawn(chart)
    assert svg.get("role") == "img"
    assert svg.findtext("title") == "Title <1>"
    assert svg.findtext("desc") == "What & why."
    assert svg.findtext("circle/title") == 'tip "<b>"'


def test_values_that_are_missing_are_not_drawn() -> None:
    chart = Chart("", "", Axis("x", 0, 1), Axis("y", 0, 1))
    chart.point(math.nan, 0.5, "s0", "")
    chart.line([math.nan], [1.0], "s0")
    chart.interval(math.nan, 1.0, 0.5, "s0")
    svg = drawn(chart)
    assert svg.find("circle") is None
    assert svg.find("polyline") is None


def test_up_is_up_and_names_run_down() -> None:
    plain = Chart("", "", Axis("x", 0, 1), Axis("y", 0, 1))
    assert plain.down(1) < plain.down(0)
    named = Chart("", "", Axis("x", 0, 1), Axis.named("", ["first", "second"]))
    assert named.down(0) < named.down(1)


def test_long_names_leave_room_for_the_plot() -> None:
    chart = Chart("", "", Axis("x", 0, 1), Axis.named("", ["n" * 200]))
    assert chart.across(0) <= WIDTH / 2
    assert all(len(text.text or "") < 40 for text in drawn(chart).iter("text"))


@given(st.text(min_size=1), st.integers(3, 50))
def test_shortened_keeps_to_its_room(text: str, room: int) -> None:
    assert len(shortened(text, room)) <= room
    assert shortened(text, len(text)) == text


def test_keys_are_escaped() -> None:
    assert "&lt;i&gt;" in legend([("s0", "<i>")])
