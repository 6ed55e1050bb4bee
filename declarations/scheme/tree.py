"""The weighted tree of a scheme."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Key, Strict, Text
from declarations.scheme.after import After
from declarations.scheme.aggregate import Aggregate
from declarations.scheme.compose import UnitResult
from declarations.scheme.normalise import Normalise
from declarations.scheme.parameter import Fixed

Status = Literal["not_applicable", "not_reported", "too_few", "source_down", "invalid"]
"""Kinds of absence. ``invalid``: a value there is, but nothing can be computed from it (NaN, infinite, the log of −1)."""

MissingRule = Literal["renormalise", "incomplete", "withhold", "peer_mean"] | float


class Node(Strict):
    """A leaf (with ``indicator`` or ``unit_result``, and ``normalise``) or a branch (with ``children``)."""

    code: Key
    title: Text | None = Field(default=None, description="Default: the code.")
    weight: Fixed = Field(default=1.0, description="Share among its siblings (or relative, where the scheme says weights: relative).")
    indicator: Key | None = None
    unit_result: UnitResult | None = None
    direction: Literal["higher", "lower"] | None = Field(default=None, description="Default: the indicator's own, else higher.")
    normalise: Normalise | None = None
    normalise_by_group: dict[str, Normalise] = Field(default={}, description="Another method for some groups.")
    minimum_n: int | None = Field(default=None, ge=1, description="Fewer cases or ballots than this: too_few.")
    aggregate: Aggregate = "arithmetic"
    minimum_available: int | None = Field(default=None, ge=1, description="Fewer children with points than this: too_few.")
    minimum_coverage: float | None = Field(
        default=None, gt=0, le=1, description="Available children ÷ applicable ones below this: too_few."
    )
    after: list[After] = Field(default=[], description="Steps on the points, in order: multiply, add, power, round, clamp, compare.")
    missing: dict[Status, MissingRule] = Field(default={}, description="Overrides the scheme's treatment of absences for this node.")
    children: list["Node"] = []
    not_applicable_to: list[str] = Field(default=[], description="Groups to which the node does not apply.")

    @model_validator(mode="after")
    def _leaf_or_branch(self) -> "Node":
        own = self.indicator is not None or self.unit_result is not None
        if self.children and (own or self.normalise):
            raise ValueError(f"node '{self.code}' has children and an indicator; it can have one of the two")
        if not self.children and not (own and self.normalise):
            raise ValueError(f"leaf '{self.code}' needs both 'indicator' and 'normalise'")
        if self.indicator is not None and self.unit_result is not None:
            raise ValueError(f"leaf '{self.code}' has an indicator and a unit_result; it can have one of the two")
        return self

    @property
    def label(self) -> Text:
        return self.title or Text(en=self.code, zh=self.code)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()
