"""Whatever is read as a formula is a formula or a one-line error: no crash, no code, no wait."""

import json
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.grammar import MAX_CHARACTERS
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder

NAMES = ("x", "y", "Elevation", "wind speed", "log", "Höhe", "a`b")
N_STRINGS = 100_000
SEEDS = (
    "0.82*Elevation - tanh(1.3*`wind speed`) + 3.5e-07", "x**2/(1 + y**4) - inv(x)*neg(y)",
    "((-0.5) + ((1.25 * x) / (sqrt(1 + ((2.0 * y) ^ 2)))))", "sin(x)*cos(`log`)**-1.5 + `a``b`",
    "__import__('os').system('touch hacked')", "eval(\"open('hacked', 'w')\")", "x.__class__",
    "(lambda: x)()", "[x for x in y]", "f'{x}'", "exec('1')", "print(x)", "x if y else 1",
)  # fmt: skip
PIECES = (
    *"xy01.e+-*/^()`, \n\t'\"[]{}:=#\\λ²\0\u200bﬁ🜂%@!~<>&|;_", "**", "sin(", "log", "wind speed",
    "1e999", "9" * 30, "0x", "1j", "nan", "inf", "True", "lambda", "__", "``", "Höhe", "\u202e",
)  # fmt: skip
DANGEROUS = ("exec", "import", "open", "os.", "subprocess.", "socket.", "ctypes.")

watched: list[str] | None = None


def watch(event: str, _: object) -> None:
    """Audit hooks stay for the life of a process, so this one listens only when asked."""
    if watched is not None and event.startswith(DANGEROUS):
        watched.append(event)


def hostile_strings(count: int) -> Iterator[str]:
    """Mutations of formulas and code, and texts of random pieces."""
    rng = random.Random(0)  # noqa: S311 - nothing secret
    for number in range(count):
        if number % 4 == 0:
            yield "".join(rng.choices(PIECES, k=rng.randint(0, 25)))
            continue
        letters = list(rng.choice(SEEDS))
        for _ in range(rng.randint(1, 4)):
            start = rng.randrange(len(letters) + 1)
            end = start + rng.choice((0, 0, 1, 1, 5))
            moved = letters[start:end]
            letters[start:end] = rng.choice((rng.choice(PIECES), "", moved * 2, moved[::-1]))
        yield "".join(letters)


def test_a_hundred_thousand_strings() -> None:
    sys.addaudithook(watch)
    global watched  # noqa: PLW0603 - see watch
    read, slowest = 0, 0.0
    watched = []
    try:
        for text in hostile_strings(N_STRINGS):
            start = time.process_time()
            try:
                formula = Formula.parse(text, NAMES)
            except FormulaError as error:
                assert len(str(error).splitlines()) == 1, text
            else:
                read += 1
                if read % 20 == 0:
                    assert Formula.parse(formula.expression, NAMES) == formula, text
            slowest = max(slowest, time.process_time() - start)
        assert watched == []
    finally:
        watched = None
    assert read > N_STRINGS / 50
    assert slowest < 1


LONG = MAX_CHARACTERS
BOMBS = {
    "parentheses": "(" * LONG,
    "closed parentheses": "(" * (LONG // 2) + ")" * (LONG // 2),
    "tower": "x**" * (LONG // 4) + "x",
    "number tower": "9**" * 30 + "9",
    "minuses": "-" * (LONG - 1) + "x",
    "calls": "sin(" * (LONG // 4 - 1) + "x",
    "sum": "+".join("x" * (LONG // 2)),
    "digits": "9" * LONG,
    "hexadecimal digits": "0x" + "f" * (LONG - 2),
    "fraction digits": "0." + "3" * (LONG - 2),
    "unknown name": "E" * LONG,
    "quoted name": "`" + "E" * (LONG - 2) + "`",
    "quoted names": "+".join(["`q`"] * (LONG // 4)),
    "backticks": "`" * LONG,
    "our own placeholders": "_name" + "_" * (LONG - 5),
    "many placeholders": "_name" * (LONG // 5),
    "attributes": "x" + ".a" * (LONG // 2 - 1),
    "lists": "[" * LONG,
    "strings": "'" * LONG,
    "marks": "\u0301" * LONG,
    "new lines": "\n" * LONG,
    "10 MB": "x" * 10_000_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_no_text_takes_long_or_much(text: str) -> None:
    long_names = [*NAMES, "E" * LONG, "E" * (LONG - 1), "e" * 10_000_000]
    for names in (NAMES, long_names):
        tracemalloc.start()
        start = time.process_time()
        try:
            Formula.parse(text, names)
        except FormulaError as error:
            assert len(str(error)) < 400
            assert len(str(error).splitlines()) == 1
        seconds = time.process_time() - start
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert seconds < 2
        assert peak < 200e6


def test_ten_megabyte_names_are_names() -> None:
    names = ["n" * 10_000_000, "m m" * 1_000]
    formula = Formula.linear(0.0, {name: 2.0 for name in names}, names)
    np.testing.assert_allclose(formula.evaluate(np.ones((2, 2)), names), 4.0)
    with pytest.raises(FormulaError, match="too long"):
        Formula.parse(formula.expression, names)


any_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
near_documents = st.fixed_dictionaries(
    {
        "names": st.lists(st.sampled_from(NAMES), max_size=4) | any_json,
        "formulas": st.lists(st.sampled_from(SEEDS) | st.just("x"), max_size=3) | any_json,
    },
    optional={
        "scaling": st.fixed_dictionaries(
            {"mean": st.lists(st.floats()), "scale": st.lists(st.floats()), "units": any_json}
        )
        | any_json
    },
)


@settings(max_examples=300, deadline=None)
@given(near_documents | any_json)
def test_any_json_is_an_encoder_or_a_one_line_error(document: dict[str, object]) -> None:
    try:
        encoder = SymbolicEncoder.from_json(document)
    except FormulaError as error:
        assert len(str(error).splitlines()) == 1
    else:
        again = SymbolicEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
        assert again.formulas == encoder.formulas
