from latent_laws.findings.counting import count_inputs
from latent_laws.formulas.formula import Formula

NAMES = [f"input {i}" for i in range(12)]


def test_a_name_within_a_name_is_counted_by_text_only() -> None:
    formulas = [Formula.parse(text, NAMES) for text in ("2*`input 10`", "`input 3` + `input 11`")]
    counts = count_inputs(formulas, NAMES).set_index("feature")
    assert counts["n_exact"].to_dict() == {
        **dict.fromkeys(NAMES, 0),
        **{"input 10": 1, "input 3": 1, "input 11": 1},
    }
    # x1 stands in x10 and in x11
    assert counts.loc["input 1", "n_by_text"] == 2
    assert (counts["n_by_text"] >= counts["n_exact"]).all()
