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


class Compare(Strict):
    """The node's points among those of the peers: who has points for the node in the same period, oneself among them.

    ``z_score`` (x − mean) / sd, 0 where all are equal; ``min_max`` (x − min) / (max − min), 1 where all are equal; ``percentile``
    (r − 1) / (n − 1), r the rank from the worst, equal ones sharing the average, ½ of one alone; ``rank`` the place from the best,
    equal ones the first of their places. More points are better; numbers that agree to twelve digits are equal.
    """

    by: Literal["z_score", "min_max", "percentile", "rank"]
    peers: Literal["group", "all"] = "group"
    estimator: Literal["sample", "population"] = Field(default="sample", description="z_score: the sd divides by n − 1, or by n.")

    @model_validator(mode="after")
    def _estimates(self) -> "Compare":
        if self.by != "z_score" and self.estimator != "sample":
            raise ValueError("'estimator' goes with by: z_score")
        return self


class After(Strict):
    """One of: ``multiply``, ``add``, ``round``, ``clamp``, ``power`` (of the absolute value, the sign kept), ``compare``."""

    multiply: Fixed | None = None
    add: Fixed | None = None
    power: float | None = Field(default=None, gt=0)
    round: Round | None = None
    clamp: Clamp | None = None
    compare: Compare | None = None

    @model_validator(mode="after")
    def _one(self) -> "After":
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("a step is exactly one of multiply, add, power, round, clamp, compare")
        return self
