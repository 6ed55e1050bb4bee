"""Steps that follow a computation, in declared order: published ranks hang on where and how a number is rounded."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Strict
from declarations.scheme.parameter import Fixed

Rounding = Literal["floor", "ceil", "half_up", "half_even"]


class Round(Strict):
    """To so many decimals (negative: tens, hundreds); values within 1e-9 of a half count as a half."""

    decimals: int = Field(default=0, ge=-6, le=12)
    rounding: Rounding = "half_up"


class Clamp(Strict):
    """Not below ``low``, not above ``high``."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Clamp":
        if self.low is None and self.high is None:
            raise ValueError("a clamp has 'low', 'high' or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self


class After(Strict):
    """One of: ``multiply``, ``add``, ``round``, ``clamp``, ``power`` (of the absolute value, the sign kept)."""

    multiply: Fixed | None = None
    add: Fixed | None = None
    power: float | None = Field(default=None, gt=0)
    round: Round | None = None
    clamp: Clamp | None = None

    @model_validator(mode="after")
    def _one(self) -> "After":
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("a step is exactly one of multiply, add, power, round, clamp")
        return self
