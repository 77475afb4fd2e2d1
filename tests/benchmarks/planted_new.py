"""Thirty more encoders whose formulas are known: products of sums, ratios, nesting, angles."""

from latent_laws.formulas.formula import Formula
from tests.benchmarks.covertype import degrees

# ASPECT and SLOPE stand for the angles in radians.
TRUTHS = (
    # products of sums
    "(Elevation + Slope - Hillshade_9am)*(Aspect + Hillshade_3pm)",
    "0.5*(Elevation - Slope)*(Aspect + Hillshade_Noon) + 0.3*Slope",
    "0.3*(Elevation + Aspect)*(Slope + 2.0)",
    "(0.5*Elevation + Slope + 1.0)*(0.7*Aspect - 1.5)",
    "0.4*(Elevation + Slope + Aspect)*Wilderness_Area_0 - 0.6*Hillshade_3pm",
    "square(Elevation + Slope - Aspect)",
    "(Elevation - Aspect)*(Slope + Hillshade_3pm) - 0.5*(Elevation + Hillshade_Noon)",
    "0.2*(Elevation + Aspect)*(Slope - Aspect)*Hillshade_3pm",
    # ratios
    "Elevation/(2.0 + square(Slope))",
    "(Elevation + Slope)/(3.0 + square(Aspect))",
    "Aspect/(1.5 + 0.5*square(Elevation)) + 0.4*Slope",
    "(Elevation - 0.5)/(4.0 + Wilderness_Area_0)",
    "1.0/(1.0 + exp(-1.5*Elevation))",
    "Slope/(2.0 + abs(Aspect))",
    "Hillshade_3pm*Aspect/(2.0 + square(Elevation))",
    # nested functions
    "tanh(Elevation*Slope)",
    "tanh(0.8*Elevation + 0.5*Slope - 0.3*Aspect + 0.2)",
    "exp(-square(Elevation - 0.5))*Slope",
    "abs(Elevation + 0.7*Slope - 0.4) - 0.5*Aspect",
    "sin(1.2*Elevation + 0.6*Slope)",
    "tanh(Elevation + square(Slope))",
    "exp(0.3*Elevation - 0.5*abs(Aspect))",
    "tanh(Elevation + Slope)*tanh(Aspect)",
    "abs(Elevation) + abs(Slope - Aspect) - 0.7*abs(Hillshade_3pm)",
    # angles
    "cos(ASPECT) + 0.5*Elevation",
    "sin(SLOPE)*cos(ASPECT)",
    "0.8*cos(SLOPE) + 1.2*sin(SLOPE)*cos(ASPECT - 2.0)",
    "Elevation*sin(ASPECT) - 0.3*Slope",
    "tanh(cos(ASPECT) + 0.5*Elevation)",
    "exp(cos(ASPECT))*Slope + 0.4*Elevation",
)


def planted_new(names: tuple[str, ...]) -> list[Formula]:
    """Return the known formulas."""
    spelled = [
        text.replace("ASPECT", degrees("Aspect")).replace("SLOPE", degrees("Slope"))
        for text in TRUTHS
    ]
    return [Formula.parse(text, names) for text in spelled]
