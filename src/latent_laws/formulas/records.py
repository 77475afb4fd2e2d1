"""The record of a selected formula: what files and users exchange."""

from pydantic import Field

from latent_laws.strict import StrictModel


class SplitScores(StrictModel):
    """R² of a formula by split, with the bootstrap interval on the test rows."""

    train: float
    validation: float
    test: float
    test_ci: tuple[float, float]


class FormulaRecord(StrictModel):
    """One entry of the catalog's `formulas`.

    Attributes:
        encoder: Name, for example `standard-8`.
        variant: Of the encoder.
        latent_dim: Of the encoder.
        latent: Its number, from 0.
        expression: The formula, as `Formula.parse` reads it, over inputs as the encoder sees them.
        expression_raw: The same value over the columns of the user's table in their own units.
        variables: Features in it.
        complexity: Nodes, as PySR counts them.
        r2: By split.
        undefined: Rows of all splits on which the formula has no value.
        engine: What found it.
        engine_version: Version of that.
        seed: Of the search.
    """

    encoder: str
    variant: str
    latent_dim: int = Field(ge=1)
    latent: int = Field(ge=0)
    expression: str
    expression_raw: str
    variables: list[str]
    complexity: int = Field(ge=1)
    r2: SplitScores
    undefined: int = Field(ge=0)
    engine: str
    engine_version: str
    seed: int
