"""Claims about inputs and latents."""

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
from latent_laws.reporting.claims.formulas import beside, stands_in
from latent_laws.reporting.facts import EncoderResult, InputResult
from latent_laws.reporting.numbers import number, percent, r2

INPUTS = "inputs"


def _importance(e: Evidence) -> Finding:
    figure = f"area {number(e.importance_area)}, the best other ranking {number(e.rival_area)}"
    check = (
        f"own variance {number(e.own_variance_area)}, random {number(e.random_area)}; "
        "without credit for the deleted input itself"
    )
    ahead = e.importance_area > max(e.rival_area, e.own_variance_area, e.random_area)
    if ahead and not e.importance_clears_next:
        figure += ": its interval does not clear it"
    return Finding(Verdict.YES if ahead and e.importance_clears_next else Verdict.NO, figure, check)


def _trainings(e: Evidence) -> Finding:
    return _agreement(e, e.agreement_trainings, e.agreement_trainings_low, "between trainings")


def _basis(e: Evidence) -> Finding:
    return _agreement(e, e.agreement_basis, e.agreement_basis_low, "between latent bases")


def _agreement(e: Evidence, value: float, low: float, between: str) -> Finding:
    figure = f"rank correlation {r2(value)}"
    if e.n_features < t.RANKED:
        check = f"fewer than {t.RANKED} inputs: chance ranks them the same"
        return Finding(Verdict.NOT_MEASURED, figure, check)
    verdict = graded(value, t.GOOD_AGREEMENT, t.FAIR_AGREEMENT)
    if low < t.FAIR_AGREEMENT and verdict is not Verdict.NO:
        verdict = Verdict.PARTLY if low > 0 else Verdict.NO
    check = f"{between}; lower end of the interval over inputs {r2(low)}"
    return Finding(verdict, figure, check)


def _redundancy(e: Evidence) -> Finding:
    figure = (
        f"{percent(e.fvu_removed)} lost without {number(e.removed)} of {number(e.n_features)}, "
        f"{percent(e.fvu_removed_before)} with them"
    )
    check = (
        f"{'trained again' if e.retrained else 'weights kept'}; {number(e.redundant)} redundant; "
        f"without as many random ones {percent(e.fvu_random)} lost, of least variance "
        f"{percent(e.fvu_least_variance)}; {beside(e.fvu_removed, e.fvu_removed_before, e.fvu_pca)}"
    )
    if e.removed == 0:
        return Finding(Verdict.NOT_MEASURED, figure, "no input was removed")
    # what costs nothing can be left out, whatever PCA does
    free = e.fvu_removed <= min(1.0, (1 + t.SAME) * e.fvu_removed_before)
    if e.fvu_random < e.fvu_removed * (1 + t.LEVEL):
        how = "no" if e.fvu_removed >= e.fvu_random else "hardly"
        first = "so can any others" if free else f"{how} better than any others"
        return Finding(Verdict.PARTLY if free else Verdict.NO, f"{first}: {figure}", check)
    scale = stands_in(e.fvu_removed, e.fvu_removed_before, e.fvu_pca)
    verdict = Verdict.YES if free else scale
    if verdict is Verdict.NO:
        return Finding(Verdict.NO, figure, check)
    # what trainings differ by is no advantage over random ones
    if e.fvu_removed_high >= e.fvu_random_low:
        undecided = f"; trainings differ by more: up to {percent(e.fvu_removed_high)} lost, "
        check += f"{undecided}from {percent(e.fvu_random_low)} without random ones"
        return Finding(Verdict.NOT_MEASURED, figure, check)
    half = e.fvu_removed > e.fvu_least_variance or e.removed < e.redundant or not e.retrained
    if e.fvu_removed_before > STANDS_IN * e.fvu_network:
        half = True
        check += f"; these trainings are shorter, the network loses {percent(e.fvu_network)}"
    return Finding(Verdict.PARTLY if half else verdict, figure, check)


def _interactions(e: Evidence) -> Finding:
    shown = min(e.interaction, e.interaction_encoder)
    check = (
        f"in its formula {number(e.interaction)}, in the encoder itself "
        f"{number(e.interaction_encoder)}; pairs in noise reach {number(e.interaction_null)}"
    )
    # the square of a product's strength is its share of the latent's variance
    verdict = graded(shown**2, t.GAIN, t.NOTICED**2)
    if shown <= e.interaction_null:
        verdict = Verdict.NO
    if verdict is Verdict.YES and shown <= (1 + t.LEVEL) * e.interaction_null:
        verdict = Verdict.PARTLY
    return Finding(verdict, f"strongest pair {number(shown)}", check)


def _collapse(e: Evidence) -> Finding:
    whole = e.wasted == 0 and e.effective >= t.EFFECTIVE_SHARE * e.latent_dim
    # of two latents, one is always half
    whole &= e.largest_correlation**2 < t.GOOD_R2
    check = (
        f"{number(e.wasted)} constant, dead or duplicate; largest correlation of two "
        f"{e.largest_correlation:.2f}"
    )
    figure = f"effective number {e.effective:.1f} of {number(e.latent_dim)}"
    return Finding(Verdict.YES if whole else Verdict.NO, figure, check)


def _input_laws(e: Evidence) -> Finding:
    figure = f"{number(e.laws)} of {number(e.tried)} inputs tried"
    check = (
        f"best law: R² at least {r2(e.best_low)}, trees on all others {r2(e.best_ceiling)}, for "
        f"the shuffled input {r2(e.best_null)}; of the same inputs in {percent(e.best_stability)} "
        "of bootstrap samples"
    )
    return Finding(Verdict.YES if e.laws else Verdict.NO, figure, check)


def _law_use(e: Evidence) -> Finding:
    verdict = graded(e.follows_law, t.FOLLOWS, t.HALF_WAY)
    if verdict is Verdict.YES and e.fvu_along_law > 1 - t.FAIR_R2:
        verdict = Verdict.PARTLY
    share = "nothing" if e.follows_law < t.NOTICED else f"at least {percent(e.follows_law)}"
    figure = f"comes back with {share} of what the law says"
    check = (
        f"an input moved off its law, beside what was given; {percent(e.fvu_along_law)} of it lost "
        f"along the law, {percent(e.fvu_off_law)} off it"
    )
    return Finding(verdict, figure, check)


def _law_cost(e: Evidence) -> Finding:
    one = e.dependents == 1
    figure = (
        f"{number(e.dependents)} {'input costs' if one else 'inputs cost'} {e.cost:.1f} latents"
    )
    check = f"as many other inputs cost {e.control_cost:.1f}"
    if e.control_cost < t.FEWER_LATENTS:
        return Finding(Verdict.NOT_MEASURED, figure, f"{check}: the network has latents to spare")
    if e.cost > e.control_cost - t.FEWER_LATENTS:
        return Finding(Verdict.NO, figure, check)
    few = e.cost <= t.HALF_WAY * e.dependents
    return Finding(Verdict.YES if few else Verdict.PARTLY, figure, check)


_RANKS_AGREE = (
    f"rank correlation at least {t.GOOD_AGREEMENT}, its interval above {t.FAIR_AGREEMENT} "
    f"(partly: at least {t.FAIR_AGREEMENT}, its interval above 0)"
)

CLAIMS = (
    Claim(
        "importance",
        INPUTS,
        EncoderResult,
        "Deleting what ranks high hurts most",
        "more than in the order of permutation, integrated gradients, own variance or chance, with "
        "an interval over rows above that of the best of them",
        (
            *("importance_area", "importance_clears_next", "rival_area"),
            *("own_variance_area", "random_area"),
        ),
        _importance,
        lacking=NO_DECODER,
    ),
    Claim(
        "trainings",
        INPUTS,
        EncoderResult,
        "Other trainings rely on the same inputs",
        _RANKS_AGREE,
        ("agreement_trainings", "agreement_trainings_low", "n_features"),
        _trainings,
        rows=Rows.OTHERS,
        lacking="that takes trainings with other seeds",
    ),
    Claim(
        "basis",
        INPUTS,
        EncoderResult,
        "Another basis ranks inputs the same",
        _RANKS_AGREE,
        ("agreement_basis", "agreement_basis_low", "n_features"),
        _basis,
        rows=Rows.OTHERS,
        silent=True,
    ),
    Claim(
        "redundancy",
        INPUTS,
        EncoderResult,
        "Redundant inputs can be left out",
        "trained again without them (in the basis of the training: another one changes no loss), "
        f"at most {t.SAME:.0%} more loss, or {STANDS_IN:g} times it and half-way to PCA's (partly: "
        f"up to PCA's, or by an encoder that kept its weights), {t.LEVEL:.0%} less than without as "
        "many random ones (partly: where neither costs anything; not measured: not in every "
        "training), and no more than without those of least variance (partly: more), by trainings "
        f"that lose at most {STANDS_IN:g} times as much as the network (partly: more)",
        (
            *("redundant", "n_features", "removed", "fvu_removed_before", "fvu_removed"),
            *("fvu_removed_high", "fvu_random", "fvu_random_low", "fvu_least_variance"),
            # without a decoder the loss is of latents, to which PCA's says nothing
            *("fvu_pca", "fvu_network", "retrained"),
        ),
        _redundancy,
        lacking="that takes an encoder and a decoder to run without them",
        nothing="no input is redundant",
    ),
    Claim(
        "interactions",
        INPUTS,
        EncoderResult,
        "Some inputs act together",
        "a pair is stronger, in its formula and in the encoder itself, than those in formulas of "
        "shuffled latents, and than any with one of three noise inputs that the library of terms "
        f"is offered for the latents of the strongest pairs (partly: by less than {t.LEVEL:.0%}), "
        f"and holds {t.GAIN:.0%} of the latent's variance, a strength of {t.GAIN**0.5:g} (partly: "
        f"{t.NOTICED:g})",
        ("interaction", "interaction_encoder", "interaction_null"),
        _interactions,
        rows=Rows.OTHERS,
        lacking="that takes the encoder, and nulls and noise to hold its pairs against",
        nothing="no formula has a pair",
    ),
    Claim(
        "collapse",
        "formulas",
        EncoderResult,
        "No latent is wasted",
        f"none constant, dead or duplicate, none that another says with R² {t.GOOD_R2}, and an "
        f"effective number of at least {t.EFFECTIVE_SHARE:.0%} of the latents",
        ("wasted", "effective", "largest_correlation", "latent_dim"),
        _collapse,
        rows=Rows.OTHERS,
        lacking=NO_DECODER,
    ),
    Claim(
        "input_laws",
        INPUTS,
        InputResult,
        "Inputs follow laws of other inputs",
        f"R² at least {t.INPUT_LAW_R2} at the lower end, at most {t.NEAR_CEILING} below trees on "
        f"all others, below {t.FAIR_R2} for the shuffled input, and of the same inputs in "
        f"{t.GOOD_AGREEMENT:.0%} of bootstrap samples; so many have such a law",
        ("laws", "tried", "best_low", "best_ceiling", "best_null", "best_stability"),
        _input_laws,
        silent=True,
    ),
    Claim(
        "law_use",
        INPUTS,
        EncoderResult,
        "The network uses these laws",
        f"with one input moved off its law, the reconstruction holds {t.FOLLOWS:.0%} of what the "
        f"law says (partly: {t.HALF_WAY:.0%}), by least squares on that and on what was given, and "
        f"along the law less than {1 - t.FAIR_R2:.0%} of the input is lost, for each law",
        ("follows_law", "fvu_along_law", "fvu_off_law"),
        _law_use,
        silent=True,
    ),
    Claim(
        "law_cost",
        INPUTS,
        InputResult,
        "Inputs with a law cost few latents",
        f"at least {t.FEWER_LATENTS} fewer than as many other inputs, and at most {t.HALF_WAY} of "
        "one each (partly: more)",
        ("dependents", "cost", "control_cost"),
        _law_cost,
        silent=True,
    ),
)
