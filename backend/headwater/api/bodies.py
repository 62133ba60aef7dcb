"""How requests are read: strictly, and never with NaN."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Unknown fields are refused, so that a misspelt setting is not silently ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
