"""What changes a score after the tree, in declared order, each with its evidence; and what vetoes a grade.

An adjustment works on the running score: the outcome of the adjustments before it. ``cap`` bounds the points of one adjustment for
one subject; then ``scheme.adjustment_caps`` bounds the net points of all adjustments of a ``pool`` up to here. ``groups`` limits
it to some groups. What a ``cap`` cuts off is shown, not counted.

A subject without points for the tree gets no adjustments. What an adjustment reads and does not find (an absent node, an absent
factor) moves nothing, and its row says which absence it was. Sums that are not finite, or beyond 1e15, move nothing either.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Key, Name, Strict, Text
from declarations.scheme.normalise import Ladder
from declarations.scheme.parameter import FromIndicator

Own = float | FromIndicator | dict[str, float]
"""One number for all, one for each group, or each subject's own: ``{indicator: code}``."""


class _Adjustment(Strict):
    code: Name
    title: Text
    groups: list[str] = Field(default=[], description="Only these groups; all where empty.")
    when: str | None = Field(
        default=None,
        description="SQL condition over node codes, indicator codes and 'score' (the running score); absent values are null; "
        "null and what cannot be computed count as false. A code that is both a node and an indicator is the node.",
    )
    cap: float | None = Field(default=None, gt=0, description="Most points (either way) that it moves a score.")
    pool: Name | None = Field(default=None, description="Shares the cap of scheme.adjustment_caps with others of the pool.")


class Event(_Adjustment):
    """Points for confirmed, signed-off decisions: ``bonus`` adds, ``deduction`` takes. ``once``: only the largest counts.

    A decision is used once: by the first adjustment in order that takes its type and applies to the subject. Under a cap the
    earliest decisions count first. A decision without points moves nothing; a deduction takes the size of its points,
    whichever sign they are written with, a bonus below 0 adds nothing. The largest of equal ones is the earliest.
    """

    kind: Literal["bonus", "deduction"]
    decision_type: Name
    points_each: float | None = Field(default=None, gt=0, description="Without it the decision's own points count.")
    once: bool = False


class Add(_Adjustment):
    """``points`` are added (negative: taken)."""

    kind: Literal["add"]
    points: Own


class Multiply(_Adjustment):
    """The running score times ``factor``, such as a difficulty coefficient 难度系数."""

    kind: Literal["multiply"]
    factor: Own


class Table(_Adjustment):
    """Points by a step table over a node's points or an indicator's value; bounds are compared to 1e-9."""

    kind: Literal["step_table"]
    by: Key = Field(description="A node or an indicator.")
    table: Ladder


class Consistency(_Adjustment):
    """``points · min(1, (lowest − low) / (high − low))`` of the lowest of the nodes: nobody left behind. Below ``low``: 0.

    Nodes that do not apply are left aside; where another is absent, or fewer than two are left, nothing is added.
    """

    kind: Literal["consistency"]
    nodes: list[Key] = Field(min_length=2)
    points: float
    low: float = 0
    high: float = 100

    @model_validator(mode="after")
    def _ordered(self) -> "Consistency":
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self


class Variance(_Adjustment):
    """``points`` where the population standard deviation of the nodes' points is at most ``at_most``: an even performance.

    Absent nodes as for ``consistency``.
    """

    kind: Literal["variance"]
    nodes: list[Key] = Field(min_length=2)
    points: float
    at_most: float = Field(ge=0)


class HoldHarmless(_Adjustment):
    """The better of two computations: the running score, or ``node`` (usually of ``side``) where that is higher."""

    kind: Literal["hold_harmless"]
    node: Key


class WorstQuantile(_Adjustment):
    """``points`` (negative: taken) or ``factor`` for the worst ``share`` of the peers by a node; ties at the edge stay outside.

    Peers are those with a score and with the node, in the subject's group (``scheme.peers: class``: all of the period), whether or
    not the adjustment applies to them; ``share`` of n peers is ``floor(share · n)`` of them.
    """

    kind: Literal["worst_quantile"]
    node: Key | None = Field(default=None, description="Default: the running score.")
    share: float = Field(gt=0, lt=1)
    points: float | None = None
    factor: float | None = None

    @model_validator(mode="after")
    def _one(self) -> "WorstQuantile":
        if (self.points is None) == (self.factor is None):
            raise ValueError("give 'points' or 'factor'")
        return self


Adjustment = Annotated[Event | Add | Multiply | Table | Consistency | Variance | HoldHarmless | WorstQuantile, Field(discriminator="kind")]


class Veto(Strict):
    """What a confirmed and signed-off decision does to the grade; an unconfirmed one does nothing.

    ``bar_excellent``: not the best grade; ``cap_grade``: none better than ``grade``; ``force_grade``: that grade; ``suspend``: no
    grade. The strongest wins: suspend, then the lowest that the others leave. Every reason is kept with its document. Vetoes come
    before ceilings: a place that one frees goes to the next subject.
    """

    code: Name
    title: Text
    decision_type: Name
    effect: Literal["bar_excellent", "cap_grade", "force_grade", "suspend"]
    grade: Key | None = Field(default=None, description="The grade of cap_grade and force_grade.")

    @model_validator(mode="after")
    def _grade_named(self) -> "Veto":
        if (self.effect in ("cap_grade", "force_grade")) != (self.grade is not None):
            raise ValueError("cap_grade and force_grade name a grade, the other effects do not")
        return self
