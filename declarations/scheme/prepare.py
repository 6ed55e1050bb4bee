"""What is done to the values before they become points: in declared order, each step over the outcome of the one before.

Each step works within a period over the subjects that are scored, and touches only the indicators that it names (where it
names none, those of the tree's leaves: never a denominator or a target). The raw value stays: explanations show it beside the
prepared one. Steps that look at one subject alone (derive, previous, denominate, log, box_cox from zero) also reach the
periods before, so that what is carried or compared over time has the same unit. What a step makes is finite or ``invalid``.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Key, Strict

By = Literal["all", "group"] | Key
"""Whom a statistic is taken over: ``all`` subjects, the scheme's ``group``, or an attribute of the subjects."""


class Derive(Strict):
    """A new value from others: an SQL expression over indicator codes.

    An absent input makes it absent, too, of the kind that is worst among the inputs: not_reported, source_down, invalid,
    too_few, not_applicable. With all inputs there, a null or an infinite outcome is ``invalid``.
    """

    step: Literal["derive"]
    code: Key
    expression: str
    absent_when_any_is: bool = Field(default=True, description="false: the expression itself treats absent inputs (coalesce).")


class Previous(Strict):
    """A new value: the indicator's value so many periods (of the same grain) before; ``not_reported`` where that is not known."""

    step: Literal["previous"]
    code: Key
    indicator: Key
    periods: int = Field(default=1, ge=1)


class Denominate(Strict):
    """``x · scale / denominator``: a size made comparable. A denominator of 0 makes the value ``invalid``; an absent one makes it
    absent, of the same kind."""

    step: Literal["denominate"]
    indicators: list[Key] = Field(min_length=1)
    by: Key = Field(description="The indicator that is the denominator.")
    scale: float = 1


class Impute(Strict):
    """An estimate in the place of what is absent, marked as imputed in every explanation.

    ``mean`` and ``median`` of the group (``by``), ``carry``: the last known earlier period, ``interpolate``: linear in time
    between the nearest known periods (ends carried), ``constant``: ``value``. Where there is nothing to estimate from (a group
    without one value, a subject without the attribute, no earlier period) the value stays absent.
    """

    step: Literal["impute"]
    method: Literal["mean", "median", "carry", "interpolate", "constant"]
    indicators: list[Key] = []
    by: By = "group"
    value: float | None = None
    periods: int | None = Field(default=None, ge=1, description="carry: at most so many periods back.")
    statuses: list[Literal["not_reported", "source_down", "too_few", "invalid"]] = Field(
        default=["not_reported"], description="Kinds of absence that are estimated; not_applicable never is."
    )

    @model_validator(mode="after")
    def _constant_given(self) -> "Impute":
        if (self.method == "constant") != (self.value is not None):
            raise ValueError("'value' goes with method: constant, and constant needs it")
        if self.periods is not None and self.method != "carry":
            raise ValueError("'periods' goes with method: carry")
        return self


class Winsorise(Strict):
    """The most extreme values are set to the nearest that is not extreme.

    ``count``: the ``low`` lowest and ``high`` highest of the peers are set to the next one. ``quantile``: what is beyond the
    quantiles ``low`` and ``high`` (0 to 1, linear between values) is set to them. ``skew_kurtosis``: while |skew| ≥ ``skew`` and
    kurtosis ≥ ``kurtosis``, the highest value (where the skew is negative: the lowest) is set to the next one, equal ones
    together, until at least ``at_most`` are; where that does not help, ``otherwise`` takes the values as they were: ``log`` is
    ln(x − min + 0.01 · (max − min)); ``log_by_skew`` the same, for a negative skew −ln(max − x + 0.01 · (max − min)); ``none``
    leaves them winsorised. This is COINr's default treatment. Skew and kurtosis are the bias-corrected estimators G1 and G2
    (Joanes and Gill 1998); of fewer than 4 values, or equal ones, there are none, and such values stay.
    """

    step: Literal["winsorise"]
    by: Literal["count", "quantile", "skew_kurtosis"]
    indicators: list[Key] = []
    peers: By = "all"
    low: float = Field(default=0, ge=0, description="count: how many; quantile: its level.")
    high: float = Field(default=0, ge=0, description="count: how many; quantile: its level (1: no upper end).")
    skew: float = Field(default=2, gt=0)
    kurtosis: float = Field(default=3.5, gt=0)
    at_most: int = Field(default=5, ge=1)
    otherwise: Literal["log", "log_by_skew", "none"] = "log"

    @model_validator(mode="after")
    def _ends(self) -> "Winsorise":
        if self.by == "count" and (self.low % 1 or self.high % 1 or self.low + self.high == 0):
            raise ValueError(f"by: count needs how many at the 'low' and 'high' end, whole numbers; here {self.low:g} and {self.high:g}")
        if self.by == "quantile" and not self.low < self.high <= 1:
            raise ValueError(f"by: quantile needs 0 ≤ low < high ≤ 1; here {self.low:g} and {self.high:g}")
        return self


class _Transform(Strict):
    indicators: list[Key] = Field(min_length=1)
    base: Literal["zero", "minimum"] = Field(default="zero", description="Counted from 0, or from the lowest value of the period.")
    offset: float = Field(default=0, description="Added first; above 0 where the base is the minimum.")

    @model_validator(mode="after")
    def _above_zero(self) -> "_Transform":
        if self.base == "minimum" and self.offset <= 0:
            raise ValueError(f"base: minimum needs an 'offset' above 0 (here {self.offset:g}): else the lowest value itself has no log")
        return self


class Log(_Transform):
    """``ln(x + offset)``, or ``ln(x − min + offset)``; what is not above 0 becomes ``invalid``."""

    step: Literal["log"]


class BoxCox(_Transform):
    """``(y^lambda − 1) / lambda``, ``ln y`` where lambda is 0 (Box and Cox 1964), of y = x + offset, or x − min + offset.

    A y that is not above 0 becomes ``invalid``.
    """

    step: Literal["box_cox"]
    power: float = Field(alias="lambda", ge=-20, le=20)


class ScreenSubjects(Strict):
    """A subject with less of its applicable data than ``minimum_available``, or whose available data are zeros but for less than
    ``minimum_nonzero``, gets no score (``status: screened_out``) and is nobody's peer from here on.

    ``zeros: absent`` counts a stated zero as absent, too. Without one applicable indicator a subject is out.
    """

    step: Literal["screen_subjects"]
    minimum_available: float | None = Field(default=None, gt=0, le=1)
    minimum_nonzero: float | None = Field(default=None, gt=0, le=1)
    indicators: list[Key] = []
    zeros: Literal["present", "absent"] = "present"
    keep: list[str] = Field(default=[], description="Subjects that stay in whatever their data.")
    leave_out: list[str] = Field(default=[], description="Subjects that are out whatever their data.")

    @model_validator(mode="after")
    def _something(self) -> "ScreenSubjects":
        if self.minimum_available is None and self.minimum_nonzero is None and not self.leave_out:
            raise ValueError("give 'minimum_available', 'minimum_nonzero' or 'leave_out'")
        return self


Prepare = Annotated[Derive | Previous | Denominate | Impute | Winsorise | Log | BoxCox | ScreenSubjects, Field(discriminator="step")]
