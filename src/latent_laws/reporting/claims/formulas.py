"""Claims about an encoder's reconstruction and its formulas."""

from latent_laws.checks.substitution import STANDS_IN
from latent_laws.reporting.claims import thresholds as t
from latent_laws.reporting.claims.evidence import (
    NO_DECODER,
    Claim,
    Evidence,
    Finding,
    Rows,
    Verdict,
    graded,
)
from latent_laws.reporting.facts import EncoderResult, NullResult
from latent_laws.reporting.numbers import number, percent, r2, times


def stands_in(lost: float, reference: float, pca: float) -> Verdict:
    """Return whether losing so much can stand in for the reference: the one scale of losses.

    PCA takes no network, and the mean of every input takes nothing at all: whatever loses as much
    is worth nothing in the reference's place, even where the reference itself loses more.
    """
    if lost >= 1 or lost > max(pca * (1 + t.SAME), t.ROUNDING):
        return Verdict.NO
    near = min(STANDS_IN * reference, (reference + pca) / 2, pca * (1 - t.SAME))
    return Verdict.YES if lost <= max(near, t.ROUNDING) else Verdict.PARTLY


def beside(lost: float, reference: float, pca: float) -> str:
    """Return what PCA loses, and where that or the mean leaves nothing to stand in for."""
    said = f"PCA {percent(pca)}"
    if lost >= 1:
        return f"{said}: the mean of every input does as well"
    if stands_in(lost, reference, pca) is Verdict.NO:
        both = reference > pca * (1 + t.SAME)
        return f"{said}, less than {'both' if both else 'that'}"
    return said


def _in_place(figure: str, whose: str, lost: float, reference: float, pca: float) -> Finding:
    check = f"{whose} loses {percent(reference)}, {beside(lost, reference, pca)}"
    return Finding(stands_in(lost, reference, pca), figure, check)


def _reconstruction(e: Evidence) -> Finding:
    verdict = graded(-e.fvu_network, -e.fvu_pca * (1 - t.SAME), -e.fvu_pca * (1 + t.SAME))
    return Finding(verdict, f"{percent(e.fvu_network)} lost", f"PCA loses {percent(e.fvu_pca)}")


def _fidelity(e: Evidence) -> Finding:
    worst = graded(e.r2_worst, t.FAIR_R2, t.FAIR_R2)
    verdict = graded(min(e.r2_low, e.r2_median), t.GOOD_R2, t.FAIR_R2)
    if verdict is Verdict.YES and worst is Verdict.NO:
        verdict = Verdict.PARTLY
    figure = f"R² {r2(e.r2_median)}, at worst {r2(e.r2_worst)}"
    check = (
        f"on rows that nothing was fitted to; lower end of the interval {r2(e.r2_low)}, which "
        "leaves out that formulas were chosen"
    )
    return Finding(verdict, figure, check)


def _gain(e: Evidence) -> Finding:
    if e.linearity_worst >= t.IS_MATRIX:
        figure = f"a matrix of all inputs says it all (R² {r2(e.linearity)})"
        check = f"at the same size formulas and linear forms differ by {r2(e.gain)} in R²"
        return Finding(Verdict.NO, figure, check)
    check = f"R² of a linear form of the same size {r2(e.r2_linear)}, of a matrix {r2(e.linearity)}"
    verdict = graded(e.gain, t.GAIN, t.GAIN)
    if verdict is Verdict.YES and e.r2_low < e.r2_linear:
        verdict = Verdict.PARTLY
    return Finding(verdict, f"R² differs by {r2(e.gain)}", check)


def _substitution(e: Evidence) -> Finding:
    ratio = times(e.fvu_formulas / e.fvu_network) if e.fvu_network > 0 else "more"
    figure = f"{percent(e.fvu_formulas)} lost, {ratio} the network's"
    return _in_place(figure, "the network", e.fvu_formulas, e.fvu_network, e.fvu_pca)


def _tuned(e: Evidence) -> Finding:
    figure = f"{percent(e.fvu_tuned)} lost"
    return _in_place(figure, "the network", e.fvu_tuned, e.fvu_network, e.fvu_pca)


def _cost(e: Evidence) -> Finding:
    figure = f"{percent(e.fvu_network)} lost"
    whose = "the best dense network"
    return _in_place(figure, whose, e.fvu_network, e.fvu_dense, e.fvu_pca)


def _all_symbolic(e: Evidence) -> Finding:
    figure = (
        f"{percent(e.fvu_all_symbolic)} lost, {percent(e.fvu_decoder_forms)} by forms of the "
        "network's own decoder"
    )
    whose = "the best dense network"
    return _in_place(figure, whose, e.fvu_all_symbolic, e.fvu_dense, e.fvu_pca)


def _nonlinear(e: Evidence) -> Finding:
    verdict = Verdict.PARTLY if e.fvu_symbolic < e.fvu_linear else Verdict.NO
    if e.fvu_symbolic <= e.fvu_linear * (1 - t.LEVEL) and e.fvu_symbolic_high < e.fvu_linear_low:
        verdict = Verdict.YES
    check = (
        "both trained as formulas of as many nodes; the worst training of the ones "
        f"{percent(e.fvu_symbolic_high)}, the best of the others {percent(e.fvu_linear_low)}"
    )
    return Finding(
        verdict, f"{percent(e.fvu_symbolic)} lost, {percent(e.fvu_linear)} by linear ones", check
    )


def _stability(e: Evidence) -> Finding:
    if e.search_seeds < 2:  # noqa: PLR2004 - one seed cannot be compared
        return Finding(Verdict.NOT_MEASURED, "", "one search seed only")
    check = (
        f"Jaccard index over {number(e.search_seeds)} seeds on {number(e.search_latents)} "
        f"{'latent' if e.search_latents == 1 else 'latents'}; R² differs by {r2(e.r2_spread)}"
    )
    figure = f"{percent(e.jaccard)} of inputs in common"
    verdict = graded(e.jaccard, t.GOOD_AGREEMENT, t.FAIR_AGREEMENT)
    # of two random sets of that size
    chance = e.inputs / (2 * e.n_features - e.inputs)
    if chance >= t.FAIR_AGREEMENT and verdict is not Verdict.NO:
        check += f"; so many inputs of {number(e.n_features)} agree by {percent(chance)} by chance"
        return Finding(Verdict.NOT_MEASURED, figure, check)
    return Finding(verdict, figure, check)


def _null(e: Evidence) -> Finding:
    figure = f"{number(e.chosen)} finds in {number(e.searches)} searches"
    check = (
        f"{percent(e.rate_low)} to {percent(e.rate_high)} of searches; best R² on shuffled latents "
        f"{r2(e.best_r2)} before the choice, {r2(e.best_chosen_r2)} after"
    )
    if e.searches < t.NULL_SEARCHES:
        few = f"fewer than {t.NULL_SEARCHES} nulls: up to {percent(e.rate_high)} is not excluded"
        return Finding(Verdict.NOT_MEASURED, figure, few)
    if e.best_r2 >= e.r2_median or e.rate_low > t.FALSE_FINDS:
        return Finding(Verdict.NO, figure, check)
    held = e.rate <= t.FALSE_FINDS and e.rate_high <= t.FALSE_FINDS_HIGH
    return Finding(Verdict.YES if held else Verdict.PARTLY, figure, check)


_SCALE = (
    f"at most {STANDS_IN:g} times the other's loss, at most half-way from it to PCA's at this "
    f"latent dim, and {t.SAME:.0%} below PCA's (partly: up to PCA's), and less than by the mean"
)

CLAIMS = (
    Claim(
        "reconstruction",
        "formulas",
        EncoderResult,
        "The network loses less than PCA",
        f"{t.SAME:.0%} less variance lost on test rows than by PCA (partly: within {t.SAME:.0%})",
        ("fvu_network", "fvu_pca"),
        _reconstruction,
        lacking=NO_DECODER,
    ),
    Claim(
        "fidelity",
        "formulas",
        EncoderResult,
        "Formulas reproduce the latents",
        f"median R² with its interval above {t.GOOD_R2}, no latent below {t.FAIR_R2} "
        f"(partly: median above {t.FAIR_R2})",
        ("r2_median", "r2_worst", "r2_low"),
        _fidelity,
        of_search=True,
    ),
    Claim(
        "gain",
        "formulas",
        EncoderResult,
        "They say more than a linear form",
        f"in the median at least {t.GAIN} of R² above the linear form of the same size (as many "
        "nodes, or as many inputs where that is more), which lies below their interval (partly: in "
        f"it), for an encoder of which a matrix says less than {t.IS_MATRIX}",
        ("linearity", "linearity_worst", "gain", "r2_low", "r2_linear"),
        _gain,
    ),
    Claim(
        "null",
        "formulas",
        NullResult,
        "The search finds nothing in noise",
        f"in at most {t.FALSE_FINDS:.0%} of at least {t.NULL_SEARCHES} shuffled latents, with an "
        f"interval that ends below {t.FALSE_FINDS_HIGH:.0%}, and R² below that of real latents",
        (
            *("searches", "chosen", "rate", "rate_low", "rate_high"),
            *("best_r2", "best_chosen_r2", "r2_median"),
        ),
        _null,
    ),
    Claim(
        "substitution",
        "formulas",
        EncoderResult,
        "Formulas can replace the encoder",
        _SCALE,
        ("fvu_formulas", "fvu_network", "fvu_pca"),
        _substitution,
        of_search=True,
        lacking=NO_DECODER,
    ),
    Claim(
        "tuned",
        "formulas",
        EncoderResult,
        "They can, with the decoder tuned",
        _SCALE,
        ("fvu_tuned", "fvu_network", "fvu_pca"),
        _tuned,
        of_search=True,
        lacking="that takes a decoder whose weights can be tuned",
    ),
    Claim(
        "cost",
        "frontier",
        EncoderResult,
        "An encoder of formulas costs little",
        _SCALE,
        ("fvu_network", "fvu_dense", "fvu_pca"),
        _cost,
        variants=("symbolic",),
    ),
    Claim(
        "all_symbolic",
        "decoder",
        EncoderResult,
        "Formulas can be encoder and decoder",
        _SCALE,
        ("fvu_all_symbolic", "fvu_decoder_forms", "fvu_dense", "fvu_pca"),
        _all_symbolic,
        silent=True,
    ),
    Claim(
        "nonlinear",
        "frontier",
        EncoderResult,
        "Curved formulas beat linear ones",
        f"in the median of trainings at least {t.LEVEL:.0%} less variance lost than by linear ones "
        "of as many nodes, and less in every training (partly: less in the median)",
        ("fvu_symbolic", "fvu_linear", "fvu_symbolic_high", "fvu_linear_low"),
        _nonlinear,
        variants=("symbolic",),
        silent=True,
    ),
    Claim(
        "stability",
        "formulas",
        EncoderResult,
        "Other search seeds find the same",
        f"at least {t.GOOD_AGREEMENT:.0%} of inputs in common (partly: {t.FAIR_AGREEMENT:.0%}; not "
        "measured where so many inputs agree as much by chance)",
        ("jaccard", "r2_spread", "search_seeds", "search_latents", "inputs", "n_features"),
        _stability,
        rows=Rows.OTHERS,
        lacking="that takes formulas of two search seeds that read inputs",
    ),
)
