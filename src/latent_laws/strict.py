"""What all parameters and records of this package are."""

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """Named values that nothing changes; a name that is unknown is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
