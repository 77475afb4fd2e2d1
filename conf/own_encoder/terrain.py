"""Three indices that ecologists draw from a terrain, as an encoder: no weights, nothing trained."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ELEVATION, ASPECT, SLOPE, TO_WATER, ABOVE_WATER = range(5)


def encode(rows: Array) -> Array:
    """Return northness of the slope, distance to water, and elevation of that water.

    Args:
        rows: Rows x inputs in the units of the table: elevation (m), aspect and slope (degrees),
            horizontal and vertical distance to water (m), then others.
    """
    aspect, slope = np.radians(rows[:, ASPECT]), np.radians(rows[:, SLOPE])
    northness = np.cos(aspect) * np.sin(slope)
    distance = np.hypot(rows[:, TO_WATER], rows[:, ABOVE_WATER])
    return np.stack([northness, distance, rows[:, ELEVATION] - rows[:, ABOVE_WATER]], axis=1)
