import pytest
from pydantic import ValidationError

from latent_laws.search.engines.registry import DEFAULT, ENGINES
from latent_laws.search.options import SearchOptions


def test_an_unknown_engine_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"'opern'; accepted are sparse_linear, .*operon"):
        SearchOptions(engines=("opern",))


def test_a_single_name_joins_the_default_engines() -> None:
    options = SearchOptions.model_validate({"engines": "pysr"})
    assert options.engines == (*DEFAULT, "pysr")


def test_the_baseline_always_runs_first() -> None:
    assert SearchOptions(engines=("operon",)).running == ("sparse_linear", "operon")
    assert SearchOptions(engines=()).running == ("sparse_linear",)


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_has_its_block_of_parameters(name: str) -> None:
    assert SearchOptions().of(name) == ENGINES[name].options()
    with pytest.raises(ValidationError, match=name):
        SearchOptions.model_validate({name: {"unheard_of": 1}})
