"""The indicator: one number about a subject and a period, computed from the rows of one feed.

Files: ``indicators/<name>.yaml``, each a list under ``indicators:``. All indicators of a feed are computed in one scan.
"""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict, Text

Grain = Literal["quarter", "year"]


class Attribution(Strict):
    """How an organisation's fact becomes a cadre's.

    ``tenure``: each responsible leader sees the organisation's value, weighted by role and days held.
    ``decisive_date``: each row goes to whoever held the domain on the decisive date.
    ``share: split`` divides an additive amount by the portfolio's shares (which sum to 1); ``whole`` does not.
    ``lag`` moves the decisive date back: an outcome of today answers for the leader of then.
    """

    domain: Name
    by: Literal["tenure", "decisive_date"] = "tenure"
    share: Literal["whole", "split"] = "whole"
    lag: Duration = "0d"


class Trim(Strict):
    """The most extreme rows of a subject's period are left out of its mean: ``floor(share · n)`` of n at each end 去头去尾.

    Shares of each period's own rows: a year is trimmed as a whole, not the mean of its trimmed quarters. n still counts all rows.
    """

    lowest: float = Field(default=0, ge=0, lt=0.5)
    highest: float = Field(default=0, ge=0, lt=0.5)


class Indicator(Strict):
    """``rate``: rows meeting the numerator ÷ rows meeting the denominator. ``amount``: sum of the numerator.
    ``mean``: sum ÷ number of rows with a value. ``duration``: mean in days. ``value``: the one stated value.

    ``where``, ``numerator`` and ``denominator`` are SQL expressions over the feed's columns.
    """

    code: Name
    title: Text
    meaning: str
    feed: Name
    kind: Literal["rate", "amount", "mean", "value", "duration"]
    unit: str
    direction: Literal["higher", "lower", "neither"]
    subject: Literal["organisation", "cadre"] = "organisation"
    where: str | None = None
    numerator: str
    denominator: str | None = None
    decisive_date: Name = Field(description="The column whose day decides the period (and, by decisive_date, the holder).")
    periods: list[Grain] = ["quarter", "year"]
    minimum_n: int = Field(default=1, ge=1, description="Fewer cases than this: too_few.")
    counts: Literal["rows", "denominator"] = Field(
        default="rows", description="What n counts: the rows; or, where a row sums up many cases, a rate's denominator."
    )
    trim: Trim | None = Field(default=None, description="A mean without its most extreme rows, such as ballots.")
    interval: Literal["wilson"] | None = Field(default=None, description="95 % interval of a rate.")
    when_none: Literal["not_applicable", "not_reported"] = Field(
        default="not_applicable", description="What it means when the feed lives and not one row falls in the period."
    )
    attribution: Attribution | None = None
    dimension: Literal["innovation", "coordination", "green", "openness", "sharing"] | None = None
    source: str | None = Field(default=None, description="Where the formula comes from.")

    @model_validator(mode="after")
    def _kind_has_its_parts(self) -> "Indicator":
        if (self.kind == "rate") != (self.denominator is not None):
            raise ValueError("a rate has a denominator, and no other kind has one")
        if self.trim and self.kind != "mean":
            raise ValueError("only a mean can be trimmed")
        if self.interval and self.kind != "rate":
            raise ValueError("only a rate has a Wilson interval")
        if self.counts == "denominator" and self.kind != "rate":
            raise ValueError("only a rate has a denominator to count by")
        return self


class IndicatorFile(Strict):
    """A file of indicators."""

    indicators: list[Indicator] = Field(min_length=1)
