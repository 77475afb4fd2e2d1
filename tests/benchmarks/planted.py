"""Encoders whose formulas are known, on real Covertype inputs."""

from latent_laws.formulas.formula import Formula

# Numeric inputs are standardised on the training rows, binary ones are 0/1.
TRUTHS = (
    "1.5*Elevation",
    "0.8*Elevation - 0.6*Slope + 0.3",
    "0.5*Aspect + 1.2*Soil_Type_28 - 0.7*Hillshade_9am",
    "0.9*Elevation - 0.4*Slope + 0.6*Wilderness_Area_0 - 1.1*Soil_Type_9",
    "0.7*Elevation + 0.5*Slope - 0.3*Aspect + 0.9*Hillshade_3pm - 0.2*Hillshade_Noon",
    "Elevation + 0.8*Slope - 0.6*Aspect + 0.5*Wilderness_Area_2 - 0.4*Soil_Type_22 + 0.1",
    "Elevation*Slope",
    "0.7*Elevation*Aspect + 0.5*Slope",
    "Slope*Aspect - 0.6*Elevation*Hillshade_3pm",
    "Elevation*Wilderness_Area_0 + 0.4*Slope",
    "square(Slope) - 0.5*Elevation",
    "square(Elevation) + square(Aspect)",
    "0.4*square(Elevation - 0.5*Slope) + 0.3*Aspect",
    "Elevation/(1.0 + square(Slope))",
    "Slope/(3.0 + tanh(Aspect))",
    "sin(1.5*Aspect) + 0.5*Elevation",
    "sin(Aspect)*Slope",
    "tanh(1.3*Slope)",
    "tanh(Elevation + Slope) - 0.5*Aspect",
    "0.82*Elevation - tanh(1.3*Slope) + 0.5*Aspect*Slope + 0.7*Soil_Type_28",
    "exp(-0.5*square(Elevation))",
    "exp(0.4*Slope) - 0.8*Aspect",
    "exp(-0.7*Slope)*Elevation + 0.4*Hillshade_Noon",
    "tanh(0.8*Elevation)*Slope + 0.6*Wilderness_Area_3",
)


def planted(names: tuple[str, ...]) -> list[Formula]:
    """Return the known formulas."""
    return [Formula.parse(text, names) for text in TRUTHS]
