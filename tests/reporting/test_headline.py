import io

import numpy as np
from rich.console import Console

from latent_laws.reporting.headline import print_headline
from latent_laws.reporting.results import Results
from latent_laws.reporting.sentences import kept, lead, main_encoder, opening
from tests.reporting import planted


def printed(results: Results) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_headline(results, "data/08_reporting/planted/report.html", console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def nine_encoders() -> Results:
    found = planted.results()
    one = found.encoders[0].model_dump()
    encoders = [
        type(found.encoders[0])(
            **one | {"encoder": f"{variant}-{dim}", "variant": variant, "latent_dim": dim}
        )
        for dim in (2, 8, 32)
        for variant in ("standard", "rotated", "symbolic")
    ]
    return found.model_copy(update={"encoders": encoders}).judged()


def test_the_headline_fits_a_terminal() -> None:
    lines = printed(nine_encoders()).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "report: data/08_reporting/planted/report.html"


def test_a_long_title_and_many_claims_fit_too() -> None:
    """What does not fit is cut where it can be seen, or left to the report."""
    found = planted.results()
    long = [
        one.model_copy(update={"claim": f"{one.claim} {k}", "figure": "so it was found " * 9})
        for one in found.claims
        for k in range(3)
    ]
    lines = printed(
        found.model_copy(update={"title": "A table " * 20, "claims": long})
    ).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 100
    cut = [line for line in lines if "so it was found" in line]
    assert len(cut) > 5
    assert all(line.rstrip().endswith("\N{HORIZONTAL ELLIPSIS}") for line in cut)


def test_it_says_rows_losses_and_verdicts() -> None:
    text = printed(planted.results())
    assert "300 train, 100 validation, 200 test rows" in text
    assert "Formulas can replace the encoder" in text
    losing = planted.datasets()["substitution"].assign(fvu_encoder=[0.02, 0.5])
    mixed = printed(planted.results(substitution=losing))
    line = next(one for one in mixed.splitlines() if "less than PCA" in one)
    assert line.startswith("1 of 2 yes")


def test_claims_that_refer_to_the_one_before_stand_behind_it() -> None:
    lines = printed(planted.results()).splitlines()
    place = next(i for i, line in enumerate(lines) if "Formulas can replace" in line)
    assert "They can, with the decoder tuned" in lines[place + 1]


def test_of_a_claim_not_made_about_the_main_encoder_its_latent_dim_is_shown() -> None:
    found = nine_encoders()
    assert main_encoder(found).encoder == "symbolic-8"
    claims = [
        one.model_copy(update={"figure": f"of {one.encoder}"}) if one.encoder else one
        for one in found.claims
    ]
    text = printed(found.model_copy(update={"claims": claims}))
    lines = {line[15:50].strip(): line for line in text.splitlines()}
    line = next(line for name, line in lines.items() if name.startswith("Formulas can replace"))
    assert line.rstrip().endswith("of rotated-8")


def test_where_linear_forms_do_as_well_is_said_latent_by_latent() -> None:
    ladder = planted.datasets()["fidelity"]
    linear, of_search = ladder["surrogate"] == "sparse_linear", ladder["encoder"] == "standard-4"

    def said(*as_well: int) -> str:
        scored = ladder.copy()
        scored.loc[linear & of_search & scored["latent"].isin(as_well), "r2_test"] = 0.965
        found = planted.results(fidelity=scored)
        return opening(found, found.encoder("standard-4"))

    assert "linear form" not in said()
    assert said(0, 1, 2, 3).startswith("standard-4: linear forms do as well as the search.")
    # the median says that a linear form does as well, of one latent it does not
    assert said(0, 1, 3).startswith(
        "standard-4: for 3 of 4 latents a linear form does as well as the search; not for z2."
    )
    assert (
        "for 1 of 4 latents a linear form does as well as the search; not for z0, z1, z2" in said(3)
    )


def test_of_a_latent_that_a_matrix_says_no_form_says_more() -> None:
    """A linear form of the same size reads fewer inputs than the matrix, and says less."""
    matrix = planted.datasets()["linearity"].copy()
    matrix.loc[matrix["latent"] == 0, "linearity"] = 0.999
    found = planted.results(linearity=matrix).encoder("standard-4")
    assert found.curved == (1, 2, 3)


def test_no_encoder_for_which_it_holds_is_no() -> None:
    losing = planted.datasets()["substitution"].assign(fvu_encoder=[0.5, np.nan])
    line = next(
        one
        for one in printed(planted.results(substitution=losing)).splitlines()
        if "less than PCA" in one
    )
    assert line.startswith("no ")


def test_a_matrix_is_called_a_matrix_first() -> None:
    linear = planted.datasets()["linearity"].assign(linearity=0.999)
    found = planted.results(linearity=linear)
    assert opening(found, found.encoders[0]).startswith("symbolic-2 is a matrix")


def test_linear_forms_that_do_as_well_are_said_first() -> None:
    fidelity = planted.datasets()["fidelity"].assign(r2_test=0.97)
    found = planted.results(fidelity=fidelity)
    assert opening(found, found.encoders[0]).startswith(
        "symbolic-2: linear forms do as well as the search."
    )


def test_small_test_splits_say_so() -> None:
    features = planted.datasets()["features"]
    test = features.index[features["split"] == "test"]
    found = planted.results(features=features.drop(index=test[18:]))
    assert "Only 18 test rows" in opening(found, found.encoders[0])


def test_the_head_says_of_a_rotated_network_what_its_own_section_says() -> None:
    """So that the page need not say it twice."""
    found = nine_encoders()
    rotated = [one for one in found.encoders if one.variant != "symbolic"]
    better = [
        one.model_copy(update={"fvu_validation": 0.001, "fvu_formulas": 0.02})
        if one.variant == "rotated"
        else one
        for one in rotated
    ]
    found = found.model_copy(update={"encoders": better})
    assert lead(found, 8) == kept(found.encoder("rotated-8"))
    assert lead(found, 8) in opening(found, found.encoder("rotated-8"))


def test_one_sentence_says_what_is_kept() -> None:
    found = planted.results()
    formulas, network = (kept(one).replace("\N{NO-BREAK SPACE}", " ") for one in found.encoders)
    assert formulas == "Two latents keep 98 % of what 6 columns hold (PCA: 90 %)."
    assert network == (
        "Four latents keep 98 % of what 6 columns hold (PCA: 90 %); their formulas keep 98 %."
    )
    assert lead(nine_encoders(), 2).replace("\N{NO-BREAK SPACE}", " ") == (
        "Two latents keep 98 % of what 6 columns hold (PCA: 90 %); an encoder made of formulas "
        "keeps 98 %."
    )
    undecoded = planted.results(substitution=None, training_metrics=None).encoders[0]
    assert kept(undecoded) == "Formulas of two latents of 6 columns reach R² 0.970 in the median."


def test_the_first_to_look_at_is_the_readable_one_of_the_middle_dim() -> None:
    assert main_encoder(nine_encoders()).encoder == "symbolic-8"


def test_the_first_to_look_at_is_not_one_that_keeps_nothing() -> None:
    found = nine_encoders()
    encoders = [
        one.model_copy(update={"fvu_validation": 1.18 if one.variant == "symbolic" else 0.4})
        for one in found.encoders
    ]
    # what happens on test rows decides nothing
    lucky = [one.model_copy(update={"fvu_formulas": 0.9}) for one in encoders]
    for chosen in (encoders, lucky):
        changed = found.model_copy(update={"encoders": chosen})
        assert main_encoder(changed).encoder == "rotated-8"


def test_who_loses_more_than_the_mean_keeps_nothing() -> None:
    one = planted.results().encoders[1]
    lost = one.model_copy(update={"fvu_network": 1.161, "fvu_formulas": 1.2})
    assert kept(lost).replace("\N{NO-BREAK SPACE}", " ") == (
        "Four latents keep nothing of what 6 columns hold (PCA: 90 %); their formulas in the "
        "encoder's place keep nothing."
    )
