"""The split into training, validation and test rows, made before anything is learned."""

import math
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel

# fewer rows than this give no variance worth dividing by
MINIMUM_ROWS = 10


class SplitOptions(StrictModel):
    """Sizes of the three parts, as fractions of the rows.

    Attributes:
        validation_fraction: Share on which formulas and stopping are chosen.
        test_fraction: Share used once, for reporting.
        seed: Seed of the random assignment.
    """

    validation_fraction: float = Field(default=0.1, gt=0, lt=1)
    test_fraction: float = Field(default=0.1, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Self:
        taken = self.validation_fraction + self.test_fraction
        if taken >= 1:
            raise ValueError(
                f"validation_fraction and test_fraction sum to {taken:g}: accepted is less than 1, "
                "the rest being training rows"
            )
        return self

    @property
    def least_rows(self) -> int:
        """The smallest number of rows that fills each part."""
        train_fraction = 1 - self.validation_fraction - self.test_fraction
        smallest = min(train_fraction, self.validation_fraction, self.test_fraction)
        # rounding each part may cost it half a row
        return math.ceil((MINIMUM_ROWS + 0.5) / smallest)


def assign_splits(n_rows: int, options: SplitOptions) -> NDArray[np.str_]:
    """Assign each row at random to train, validation or test; the same seed gives the same parts.

    Raises:
        LatentLawsError: If there are too few rows for the fractions.
    """
    if n_rows < options.least_rows:
        raise LatentLawsError(
            f"the table has {n_rows} rows: a split with validation_fraction "
            f"{options.validation_fraction:g} and test_fraction {options.test_fraction:g} needs at "
            f"least {options.least_rows}"
        )
    n_validation = round(n_rows * options.validation_fraction)
    n_test = round(n_rows * options.test_fraction)
    order = np.random.default_rng(options.seed).permutation(n_rows)
    splits = np.full(n_rows, "train", dtype="<U10")
    splits[order[:n_validation]] = "validation"
    splits[order[n_validation : n_validation + n_test]] = "test"
    return splits
