"""How files are checked: see ``media_assets.fixity``."""

from pydantic import BaseModel, Field, NonNegativeFloat, NonNegativeInt


class FixitySettings(BaseModel, frozen=True):
    """How often files are read again to see whether they are intact."""

    days: NonNegativeFloat = Field(
        default=30, description="All files are checked once in so many days; 0: on demand only."
    )
    bytes_per_second: NonNegativeInt = Field(
        default=50_000_000, description="Read at most, so that other work goes on; 0: no bound."
    )
