"""The rule profile: what a jurisdiction's rules say about every appraisal of a time, keyed by date.

Files: ``schemes/rules/<id>.yaml``. Nothing of it is in code; a county sets its own.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from declarations.base import Code, Name, Strict, Text

SubjectClass = Literal["town", "department", "cadre"]
Rounding = Literal["floor", "ceil", "half_up", "half_even"]


class Ceiling(Strict):
    """At most this share of a class may get the grade: a ceiling, not a quota."""

    subject_class: Name
    grade: Name
    share: float = Field(gt=0, le=1)
    rounding: Rounding = "floor"


class Participation(Strict):
    """A cadre with fewer days in post in the period takes part without a grade."""

    minimum_days_share: float = Field(default=0.5, ge=0, le=1)


class RoleWeights(Strict):
    """How much a post answers for what its organisation achieves. Weights are normalised within a cadre."""

    chief: float = Field(default=1.0, gt=0)
    deputy: float = Field(default=1.0, gt=0)


class RuleProfile(Strict):
    """The rules of one jurisdiction from one date on."""

    id: Code
    title: Text
    jurisdiction: str
    effective_from: date
    sources: list[str] = Field(min_length=1, description="The documents the rules come from; 'sample, verify' where unread.")
    routine_minimum: float = Field(default=0.4, ge=0, le=1, description="Least share of routine results in an annual one.")
    minimum_coverage: float = Field(default=0.8, ge=0, le=1, description="Below this coverage no grade is suggested.")
    peer_group_minimum: int = Field(default=8, ge=2, description="Smallest group for a method that compares peers.")
    ceilings: list[Ceiling] = []
    participation: Participation = Participation()
    role_weights: RoleWeights = RoleWeights()
