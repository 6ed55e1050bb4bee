"""The appraisal scheme: whom it appraises, the weighted tree of indicators, and what becomes of the result.

Files: ``schemes/<id>.yaml``; yearly and versioned. A weight or a parameter may differ by group.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Code, Name, Strict, Text
from declarations.rules import Rounding

Number = float | dict[str, float]
"""One number for all, or one for each group."""


class FromIndicator(Strict):
    """A parameter that differs by subject and period, such as a target set in the yearly plan."""

    indicator: Name


class TargetCompletion(Strict):
    """``min(x / t, cap)``, or ``min(t / x, cap)`` where lower is better; times 100."""

    method: Literal["target_completion"]
    target: Number | FromIndicator
    cap: float = Field(default=1.0, gt=0)


class Efficacy(Strict):
    """Efficacy coefficient 功效系数: ``base + (100 − base) · (x − satisfactory) / (excellent − satisfactory)``, in [0, 100]."""

    method: Literal["efficacy"]
    satisfactory: Number
    excellent: Number
    base: float = Field(default=60, ge=0, lt=100)


class MinMax(Strict):
    """``low + (high − low) · (x − min) / (max − min)`` within the peer group; equal values all get ``when_equal``."""

    method: Literal["min_max"]
    low: float = 0
    high: float = 100
    when_equal: float = 100


class Percentile(Strict):
    """``100 · (number below + ½ · (number equal − 1)) / (n − 1)`` within the peer group; equal values get the same."""

    method: Literal["percentile"]
    when_equal: float = 50


class Step(Strict):
    """From ``at_least`` (inclusive) on, this many points."""

    at_least: float
    points: float


class Ladder(Strict):
    """Points by steps; below the first step ``otherwise``."""

    method: Literal["ladder"]
    steps: list[Step] = Field(min_length=1)
    otherwise: float = 0

    @model_validator(mode="after")
    def _ascending(self) -> "Ladder":
        bounds = [step.at_least for step in self.steps]
        if bounds != sorted(set(bounds)):
            raise ValueError("the steps' at_least must ascend without repeats")
        return self


class Goalposts(Strict):
    """``scale · (f(x) − f(low)) / (f(high) − f(low))``, clamped; f is the logarithm where ``log`` is true."""

    method: Literal["goalposts"]
    low: Number
    high: Number
    log: bool = False
    scale: float = 100


class AsIs(Strict):
    """The value times ``factor``, clamped to [0, 100]: for values that already are scores or shares."""

    method: Literal["as_is"]
    factor: float = 1


Normalise = Annotated[TargetCompletion | Efficacy | MinMax | Percentile | Ladder | Goalposts | AsIs, Field(discriminator="method")]


class Node(Strict):
    """A leaf (with ``indicator`` and ``normalise``) or a branch (with ``children``)."""

    code: Name
    title: Text
    weight: Number = Field(description="Share among its siblings; the siblings' weights sum to 1 in every group.")
    indicator: Name | None = None
    normalise: Normalise | None = None
    aggregate: Literal["arithmetic", "geometric"] = "arithmetic"
    children: list["Node"] = []
    not_applicable_to: list[str] = Field(default=[], description="Groups to which the node does not apply.")

    @model_validator(mode="after")
    def _leaf_or_branch(self) -> "Node":
        if self.children and (self.indicator or self.normalise):
            raise ValueError(f"node '{self.code}' has children and an indicator; it can have one of the two")
        if not self.children and not (self.indicator and self.normalise):
            raise ValueError(f"leaf '{self.code}' needs both 'indicator' and 'normalise'")
        return self

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Adjustment(Strict):
    """Points for confirmed decisions: added (``bonus``) or taken (``deduction``), at most ``cap`` in all."""

    code: Name
    title: Text
    kind: Literal["bonus", "deduction"]
    decision_type: Name
    points_each: float | None = Field(default=None, gt=0, description="Without it the decision's own points count.")
    cap: float = Field(gt=0)


class Veto(Strict):
    """What a confirmed and signed-off decision does to the grade."""

    code: Name
    title: Text
    decision_type: Name
    effect: Literal["bar_excellent", "cap_grade", "force_grade", "suspend"]
    grade: Name | None = Field(default=None, description="The grade of cap_grade and force_grade.")

    @model_validator(mode="after")
    def _grade_named(self) -> "Veto":
        if (self.effect in ("cap_grade", "force_grade")) != (self.grade is not None):
            raise ValueError("cap_grade and force_grade name a grade, the other effects do not")
        return self


class Grade(Strict):
    """A suggested grade from ``at_least`` points on."""

    grade: Name
    title: Text
    at_least: float


class Blend(Strict):
    """Annual result = routine · mean of the year's quarterly results + annual · the year's own tree."""

    routine: float = Field(ge=0, le=1)
    annual: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _whole(self) -> "Blend":
        if abs(self.routine + self.annual - 1) > 1e-9:
            raise ValueError(f"routine + annual is {self.routine + self.annual:g}, not 1")
        return self


Status = Literal["not_applicable", "not_reported", "too_few", "source_down"]


class Scheme(Strict):
    """One scheme of one year for one class of subjects."""

    id: Code
    version: str
    year: int
    title: Text
    description: str
    sources: list[str] = []
    rule_profile: Code
    subject_class: Name
    groups: dict[str, Text] = Field(default={}, description="Groups of the class; weights and peers go by them.")
    peers: Literal["group", "class"] = "group"
    tree: list[Node] = Field(min_length=1)
    aggregate: Literal["arithmetic", "geometric"] = "arithmetic"
    renormalise: list[Status] = Field(
        default=["not_applicable", "too_few"],
        description="Missing leaves of these kinds hand their weight to their siblings and do not lower coverage.",
    )
    adjustments: list[Adjustment] = []
    vetoes: list[Veto] = []
    blend: Blend | None = None
    grades: list[Grade] = []
    ties: list[Name] = Field(default=[], description="Nodes that decide between equal scores, in order; then the panel decides.")
    decimals: int = Field(default=2, ge=0, le=9)
    rounding: Rounding = "half_up"

    def nodes(self) -> Iterator[Node]:
        """All nodes, parents first."""
        for node in self.tree:
            yield from node.walk()

    def leaves(self) -> list[Node]:
        return [node for node in self.nodes() if not node.children]

    def indicator_codes(self) -> set[str]:
        """All indicators that the scheme reads, targets among them."""
        found = {leaf.indicator for leaf in self.leaves() if leaf.indicator}
        for leaf in self.leaves():
            target = getattr(leaf.normalise, "target", None)
            if isinstance(target, FromIndicator):
                found.add(target.indicator)
        return found
