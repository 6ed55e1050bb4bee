"""How far a feed was pulled, and in what pieces the rest is asked for."""

from datetime import date
from typing import Literal

from pydantic import Field

from declarations.base import Duration, Name, Strict


class CursorBy(Strict):
    """Incremental pull: rows whose ``column`` is at or after the last seen value less ``look_back``."""

    column: Name = Field(description="The contract column that only grows in the source, such as updated_at or a sequence number.")
    look_back: Duration = "0s"


class Slices(Strict):
    """The window is asked for in slices of time, oldest first: for sources that limit the length of a request's window."""

    every: Literal["hour", "day", "week", "month", "quarter", "year"]
    first: date = Field(description="Where the first pull begins.")
