"""What is known of an encoder, of the search, of the law and of the inputs, as typed entries.

A number that was not measured is None, never zero: claims refuse to be judged without it.
"""

from typing import Annotated

import pandas as pd
from pydantic import BeforeValidator

from latent_laws.strict import StrictModel


def _measured(value: object) -> object:
    """Return None for what is undefined in a frame."""
    return None if value is None or bool(pd.isna(value)) else value  # type: ignore[call-overload]  # any object


Number = Annotated[float | None, BeforeValidator(_measured)]


class Facts(StrictModel):
    """Named numbers, each None where it was not measured."""


class EncoderResult(Facts):
    """One distilled encoder. R² and FVU (fraction of variance unexplained) are on test rows.

    Attributes:
        encoder, variant, latent_dim: Its name, for example `standard-8`, and what is in it.
        n_features, test_rows: Inputs, and rows that all figures rest on.
        test_copies: Test rows that stand among the others, too: on these nothing is new.
        fvu_network, fvu_formulas, fvu_tuned: Of the decoder on latents, on formulas, and tuned to
            them; all of the same trainings (medians where there are several seeds).
        fvu_validation: Of the decoder on formulas, on validation rows: by it the encoder that is
            shown first is chosen.
        fvu_pca, fvu_dense: Of PCA and of the best encoder that reads all inputs (chosen on
            validation rows; its own where it alone is known) at this latent dim.
        fvu_symbolic, fvu_linear: Of encoders trained as formulas of as many nodes as its own, any
            or linear, medians over trainings; fvu_symbolic_high, fvu_linear_low, the worst of the
            ones and the best of the others.
        fvu_decoder_forms, fvu_all_symbolic: Of its latents decoded by forms, and of an autoencoder
            trained as formulas both ways.
        undefined_rows: Test rows on which some formula has no value.
        r2_median, r2_worst, r2_low: Of the formulas over latents; r2_low is the median of the lower
            ends of their intervals.
        r2_linear, gain: Of linear forms of the same size, and what the formulas add, medians.
        curved: Latents of which the formula says more than that form, and more than a matrix may.
        nodes, inputs: Of a formula, medians.
        linearity: R² of the best matrix; linearity_worst, for the latent that it says least of.
        jaccard, r2_spread: Inputs in common between search seeds, and R² between.
        search_seeds, search_latents: How many were compared.
        importance_area, importance_clears_next: Of our ranking without credit for the deleted
            input's own variance, and whether its interval lies above the next ranking.
        rival_area, own_variance_area, random_area: Of the best other ranking, and of trivial ones.
        agreement_trainings, agreement_basis: Rank correlation of importance; with `_low` the lower
            end of its interval over inputs.
        redundant, removed: Inputs called redundant, and those removed in the check.
        fvu_removed_before, fvu_removed: On all inputs, before and after removing them.
        fvu_random, fvu_least_variance: After removing as many others.
        fvu_removed_high, fvu_random_low: The worst training without them, and the best without
            random ones.
        retrained: 1 where the encoder was trained again without them, 0 where it kept its weights.
        interaction, interaction_encoder: Strength of the pair that is strongest in both, formula
            and encoder.
        interaction_null: Of pairs with noise, and of formulas of shuffled latents.
        follows_law, fvu_along_law, fvu_off_law: Where a law's output alone is moved, how much of
            what the law says the reconstruction holds (1: all), of the law it follows least;
            variance lost on that output along the law and off it.
        wasted, effective, largest_correlation: Constant, dead or duplicate latents; effective
            number of latents; largest correlation of two.
        words_r2, words_null, words_share: Of sparse forms over words, the longest: median R², the
            best on permuted latents, and the share of latents with more than that.
        accuracy_encoder, accuracy_formulas, accuracy_inputs: Of the label, by what predicts it;
            accuracy_low, the lower end of the interval of the formulas', accuracy_commonest, of the
            label that is most frequent.
    """

    encoder: str
    variant: str
    latent_dim: int
    n_features: Number = None
    test_rows: Number = None
    test_copies: Number = None
    fvu_network: Number = None
    fvu_formulas: Number = None
    fvu_tuned: Number = None
    fvu_validation: Number = None
    fvu_pca: Number = None
    fvu_dense: Number = None
    fvu_symbolic: Number = None
    fvu_linear: Number = None
    fvu_symbolic_high: Number = None
    fvu_linear_low: Number = None
    fvu_decoder_forms: Number = None
    fvu_all_symbolic: Number = None
    undefined_rows: Number = None
    r2_median: Number = None
    r2_worst: Number = None
    r2_low: Number = None
    r2_linear: Number = None
    gain: Number = None
    curved: tuple[int, ...] | None = None
    nodes: Number = None
    inputs: Number = None
    linearity: Number = None
    linearity_worst: Number = None
    jaccard: Number = None
    r2_spread: Number = None
    search_seeds: Number = None
    search_latents: Number = None
    importance_area: Number = None
    importance_clears_next: Number = None
    rival_area: Number = None
    own_variance_area: Number = None
    random_area: Number = None
    agreement_trainings: Number = None
    agreement_trainings_low: Number = None
    agreement_basis: Number = None
    agreement_basis_low: Number = None
    redundant: Number = None
    removed: Number = None
    fvu_removed_before: Number = None
    fvu_removed: Number = None
    fvu_removed_high: Number = None
    fvu_random: Number = None
    fvu_random_low: Number = None
    fvu_least_variance: Number = None
    retrained: Number = None
    interaction: Number = None
    interaction_encoder: Number = None
    interaction_null: Number = None
    follows_law: Number = None
    fvu_along_law: Number = None
    fvu_off_law: Number = None
    wasted: Number = None
    effective: Number = None
    largest_correlation: Number = None
    words_r2: Number = None
    words_null: Number = None
    words_share: Number = None
    accuracy_encoder: Number = None
    accuracy_formulas: Number = None
    accuracy_inputs: Number = None
    accuracy_low: Number = None
    accuracy_commonest: Number = None


class NullResult(Facts):
    """What the same search makes of shuffled latents, over all encoders.

    Attributes:
        searches: Shuffled latents that were searched.
        chosen: Those of which a formula that is no constant was chosen.
        rate, rate_low, rate_high: Their share, with its Clopper-Pearson interval.
        best_r2, best_chosen_r2: Highest test R² before and after the choice.
        r2_median: Of the formulas that were searched for real latents.
    """

    searches: Number = None
    chosen: Number = None
    rate: Number = None
    rate_low: Number = None
    rate_high: Number = None
    best_r2: Number = None
    best_chosen_r2: Number = None
    r2_median: Number = None


class LawResult(Facts):
    """The reconstruction law and its errors of log10 FVU on latent dims left out.

    Attributes:
        variant, expression: Whose law it is; FVU in `latent_dim`.
        r2, rmse: On latent dims left out.
        rmse_power_law, rmse_exponential, rmse_pca: Of the baselines.
        rmse_on_pca: Of the same search on PCA's own curve.
        shrink_share, shrink_null: Resamples in which each further latent is worth less, and those
            of a straight line with the same scatter.
    """

    variant: str = ""
    expression: str = ""
    r2: Number = None
    rmse: Number = None
    rmse_power_law: Number = None
    rmse_exponential: Number = None
    rmse_pca: Number = None
    rmse_on_pca: Number = None
    shrink_share: Number = None
    shrink_null: Number = None


class InputResult(Facts):
    """Findings about the inputs alone.

    Attributes:
        laws, tried: Inputs that follow a law of other inputs which passes all of its checks, of
            those that were tried.
        best_low, best_ceiling, best_null, best_stability: Of the best law: lower end of its R²,
            the R² within reach, that for the shuffled input, and the share of bootstrap samples
            whose law reads the same inputs.
        dependents, cost, control_cost: Inputs with a law, and how many latents a network saves
            without them, and without as many others.
        labelled, with_words: Embedding dimensions with words above chance, of those tried.
    """

    laws: Number = None
    tried: Number = None
    best_low: Number = None
    best_ceiling: Number = None
    best_null: Number = None
    best_stability: Number = None
    dependents: Number = None
    cost: Number = None
    control_cost: Number = None
    labelled: Number = None
    with_words: Number = None
