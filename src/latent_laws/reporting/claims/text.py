"""Claims about texts: words behind latents and dimensions, and what tells labels apart."""

from latent_laws.reporting.claims import thresholds as t
from latent_laws.reporting.claims.evidence import Claim, Evidence, Finding, Verdict, graded
from latent_laws.reporting.facts import EncoderResult, InputResult
from latent_laws.reporting.numbers import number, percent, r2


def _words(e: Evidence) -> Finding:
    verdict = graded(e.labelled / e.with_words, t.GOOD_R2, t.FAIR_R2)
    check = "chosen on training texts, above any permutation on test texts"
    return Finding(verdict, f"{number(e.labelled)} of {number(e.with_words)} dimensions", check)


def _label(e: Evidence) -> Finding:
    lost = e.accuracy_encoder - e.accuracy_formulas
    check = (
        f"lower end of the interval {percent(e.accuracy_low)}; latents "
        f"{percent(e.accuracy_encoder)}, all inputs {percent(e.accuracy_inputs)}, the commonest "
        f"label {percent(e.accuracy_commonest)}"
    )
    verdict = graded(-lost, -t.ACCURACY, -2 * t.ACCURACY)
    if e.accuracy_encoder < e.accuracy_commonest + 2 * t.ACCURACY:
        return Finding(Verdict.NO, "latents tell no more than the commonest label", check)
    if verdict is Verdict.YES and e.accuracy_low < e.accuracy_encoder - 2 * t.ACCURACY:
        verdict = Verdict.PARTLY
    return Finding(verdict, f"accuracy {percent(e.accuracy_formulas)}", check)


def _word_laws(e: Evidence) -> Finding:
    verdict = graded(e.words_share, t.GOOD_R2, t.FAIR_R2)
    figure = f"median R² {r2(e.words_r2)}"
    check = f"permuted latents reach {r2(e.words_null)}; more: {percent(e.words_share)} of latents"
    return Finding(verdict, figure, check)


CLAIMS = (
    Claim(
        "word_laws",
        "text",
        EncoderResult,
        "Words say something about latents",
        f"for {t.GOOD_R2:.0%} of them (partly: half), R² with its interval above that of any "
        "permuted latent",
        ("words_r2", "words_null", "words_share"),
        _word_laws,
        silent=True,
    ),
    Claim(
        "words",
        "text",
        InputResult,
        "Words stand for embedding dimensions",
        f"at least {t.GOOD_R2:.0%} of those in formulas (partly: half)",
        ("labelled", "with_words"),
        _words,
        silent=True,
    ),
    Claim(
        "label",
        "text",
        EncoderResult,
        "Formulas keep what tells labels apart",
        f"at most {100 * t.ACCURACY:g} points of accuracy below the latents, which lie twice that "
        "above the commonest label, and with the interval over rows at most twice that below "
        "(partly: without)",
        (
            *("accuracy_formulas", "accuracy_encoder", "accuracy_inputs"),
            *("accuracy_low", "accuracy_commonest"),
        ),
        _label,
        silent=True,
    ),
)
