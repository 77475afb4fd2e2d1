"""What the findings say in plain sentences."""

from collections.abc import Sequence
from math import inf

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.claims.evidence import mostly_copies
from latent_laws.reporting.claims.thresholds import IS_MATRIX, NOTICED, SMALL_TEST
from latent_laws.reporting.facts import EncoderResult, LawResult
from latent_laws.reporting.numbers import NARROW, percent, r2
from latent_laws.reporting.results import Results
from latent_laws.reporting.saved import Saved

READABLE = ("symbolic", "rotated", "standard")
VARIANTS = {
    "standard": "the network as trained",
    "rotated": "the same network in the latent basis that is easiest to read",
    "symbolic": "an encoder made of formulas and trained as such",
}
FEW = 3  # latents that are named one by one
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def main_encoder(results: Results) -> EncoderResult:
    """Return the encoder to look at first: of the middle latent dim, the best of it."""
    dims = sorted({one.latent_dim for one in results.encoders})
    return best_of_dim(results, dims[(len(dims) - 1) // 2])


def best_of_dim(results: Results, latent_dim: int) -> EncoderResult:
    """Return the encoder whose formulas lose least on validation rows; of equals, the readable."""
    here = [one for one in results.encoders if one.latent_dim == latent_dim]
    here.sort(key=lambda one: [*READABLE, one.variant].index(one.variant))
    return min(here, key=lambda one: inf if one.fvu_validation is None else one.fvu_validation)


def lead(results: Results, latent_dim: int) -> str:
    """Return what so many latents keep: of the network, and of what is easiest to read."""
    one = best_of_dim(results, latent_dim)
    here = [other for other in results.encoders if other.latent_dim == latent_dim]
    network = next((other for other in here if other.variant == "standard"), one)
    if one.variant != "symbolic" or network.fvu_network is None or one.fvu_formulas is None:
        return kept(one)
    formulas = f"an encoder made of formulas keeps {_share(one.fvu_formulas)}"
    return f"{_kept_by_network(network)}; {formulas}."


def is_matrix(one: EncoderResult) -> bool:
    """Tell whether a matrix says all that an encoder does, of every latent."""
    return one.linearity_worst is not None and one.linearity_worst >= IS_MATRIX


def opening(results: Results, one: EncoderResult) -> str:
    """Return the first sentences about an encoder; a matrix is called a matrix first.

    Args:
        results: Of the run.
        one: The encoder.
    """
    said = []
    if is_matrix(one):
        said.append(f"{one.encoder} is a matrix (R² {r2(one.linearity)}).")
    elif one.curved is not None:
        said += _linear_ones(one, one.curved)
    if one.variant == "symbolic":
        said.append("Trained as formulas: R² near 1 by construction, at a price in variance.")
    said.append(kept(one))
    test = results.rows.get("test")
    if test is not None and test < SMALL_TEST:
        said.append(f"Only {test} test rows: read every figure with its interval.")
    if mostly_copies(one):
        said.append("Most test rows are copies of others: nothing is examined on new ones.")
    return " ".join(said)


def _linear_ones(one: EncoderResult, curved: Sequence[int]) -> list[str]:
    """Return of how many latents linear forms say as much as formulas, and the exceptions."""
    linear = one.latent_dim - len(curved)
    if not curved:
        return [f"{one.encoder}: linear forms do as well as the search."]
    if not linear:
        return []
    named = f"; not for {', '.join(f'z{latent}' for latent in curved)}"
    return [
        f"{one.encoder}: for {linear} of {one.latent_dim} latents a linear form does as well as "
        f"the search{named if len(curved) <= FEW else ''}."
    ]


def law_use(saved: Saved, encoder: str) -> list[str]:
    """Return one sentence a law: what the encoder makes of rows along it and off it."""
    # a rotation reconstructs what the network does
    own = saved.own("law_use", encoder.replace("rotated", "standard"))
    return [
        f"{law['feature']}: {percent(law['fvu_rows'])} of its variance is lost on rows as they "
        f"are, {percent(law['fvu_along'])} on rows moved along its law, {percent(law['fvu_off'])} "
        f"where it alone was moved off it; there the reconstruction "
        f"{_share_of_law(law['follows_law'])}."
        for law in own.to_dict("records")
    ]


def _share_of_law(share: float) -> str:
    if share < NOTICED:
        return "holds nothing of what the law says"
    return f"holds {percent(share)} of what the law says"


def loss_law(law: LawResult) -> str:
    """Return the form that fits best to the loss by latent dim; nothing where none was fitted."""
    if not law.expression:
        return ""
    form = Formula.parse(law.expression, ["latent_dim"]).printed()
    return f"The form that fits the {law.variant} networks best: share lost = {form}."


def sum_rules(saved: Saved) -> list[str]:
    """Return one sentence a one-hot group whose columns add up to one."""
    laws = saved.frame("redundancy_laws")
    rules = laws[laws["kind"] == "sum_rule"] if len(laws) else laws
    return [
        f"The {row['inputs'].count('|') + 2} columns of {row['feature'].rpartition('_')[0]} add up "
        "to 1 in every row: each follows from the others."
        for row in rules.to_dict("records")
    ]


def kept(one: EncoderResult) -> str:
    """Return what latents and formulas keep: `two latents keep 73 % of what 54 columns hold`."""
    if one.fvu_network is None:
        if one.r2_median is None:
            return f"{_latents(one)} of {_columns(one)}; nothing was measured.".capitalize()
        reached = f"reach R² {r2(one.r2_median)} in the median."
        return f"Formulas of {_latents(one)} of {_columns(one)} {reached}"
    if one.fvu_formulas is None or one.variant == "symbolic":
        return f"{_kept_by_network(one)}."
    place = " in the encoder's place" if one.fvu_formulas >= 1 else ""
    formulas = f"their formulas{place} keep" if one.latent_dim > 1 else f"its formula{place} keeps"
    return f"{_kept_by_network(one)}; {formulas} {_share(one.fvu_formulas)}."


def _kept_by_network(one: EncoderResult) -> str:
    lost = 1.0 if one.fvu_network is None else one.fvu_network
    verb = "keep" if one.latent_dim > 1 else "keeps"
    pca = "" if one.fvu_pca is None else f" (PCA: {_share(one.fvu_pca)})"
    return f"{_latents(one).capitalize()} {verb} {_share(lost)} of what {_columns(one)} hold{pca}"


def _latents(one: EncoderResult) -> str:
    return f"{_count(one.latent_dim)} latent{'s' if one.latent_dim > 1 else ''}"


def _columns(one: EncoderResult) -> str:
    return f"{one.n_features:,.0f} columns" if one.n_features else "the columns"


def _share(lost: float) -> str:
    """Return the share kept, or where it is nearly everything, the share lost."""
    if lost >= 1:
        return "nothing"
    if lost < 0.001:  # noqa: PLR2004 - 99.9 % are kept
        return f"all but {percent(lost)}"
    kept_share = 100 * (1 - lost)
    return f"{kept_share:.{1 if kept_share >= 99 else 0}f}{NARROW}%"  # noqa: PLR2004


def _count(value: int) -> str:
    return WORDS[value] if value < len(WORDS) else str(value)
