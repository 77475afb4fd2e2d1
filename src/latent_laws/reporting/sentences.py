"""What the findings say in plain sentences."""

from latent_laws.reporting.claims.thresholds import GAIN, IS_MATRIX, SMALL_TEST
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.numbers import NARROW, r2
from latent_laws.reporting.results import Results

READABLE = ("symbolic", "distillable", "rotated", "standard")
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def main_encoder(results: Results) -> EncoderResult:
    """Return the encoder to look at first: of the middle latent dim, the easiest to read."""
    dims = sorted({one.latent_dim for one in results.encoders})
    dim = dims[(len(dims) - 1) // 2]
    return best_of_dim(results, dim)


def best_of_dim(results: Results, latent_dim: int) -> EncoderResult:
    """Return the encoder of a latent dim that is easiest to read."""
    here = {one.variant: one for one in results.encoders if one.latent_dim == latent_dim}
    return next((here[name] for name in READABLE if name in here), next(iter(here.values())))


def opening(results: Results, one: EncoderResult) -> str:
    """Return the first sentences about an encoder; a matrix is called a matrix first.

    Args:
        results: Of the run.
        one: The encoder.
    """
    said = []
    if one.linearity is not None and one.linearity >= IS_MATRIX:
        said.append(f"{one.encoder} is a matrix (R² {r2(one.linearity)}).")
    elif one.gain is not None and one.gain < GAIN:
        said.append(f"{one.encoder}: linear forms do as well as the search.")
    said.append(kept(one))
    test = results.rows.get("test")
    if test is not None and test < SMALL_TEST:
        said.append(f"Only {test} test rows: read every figure with its interval.")
    return " ".join(said)


def kept(one: EncoderResult) -> str:
    """Return what latents and formulas keep: `two latents keep 73 % of what 54 columns hold`."""
    latents = f"{_count(one.latent_dim)} latent{'s' if one.latent_dim > 1 else ''}"
    verb = "keep" if one.latent_dim > 1 else "keeps"
    columns = f"{one.n_features:.0f} columns" if one.n_features else "the columns"
    if one.fvu_network is None:
        if one.r2_median is None:
            return f"{latents} of {columns}; nothing was measured.".capitalize()
        return f"Formulas of {latents} of {columns} reach R² {r2(one.r2_median)} in the median."
    said = f"{latents} {verb} {_share(one.fvu_network)} of what {columns} hold"
    if one.fvu_formulas is None:
        return f"{said}.".capitalize()
    if one.fvu_formulas >= 1:
        return f"{said}; their formulas in the encoder's place keep nothing.".capitalize()
    return f"{said}; their formulas keep {_share(one.fvu_formulas)}.".capitalize()


def _share(lost: float) -> str:
    """Return the share kept, with as many digits as tell it from everything."""
    kept_share = 100 * (1 - lost)
    digits = 0 if kept_share < 99 else 1 if kept_share < 99.9 else 2  # noqa: PLR2004
    return f"{kept_share:.{digits}f}{NARROW}%"


def _count(value: int) -> str:
    return WORDS[value] if value < len(WORDS) else str(value)
