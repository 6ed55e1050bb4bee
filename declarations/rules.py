"""The rule profile: what a jurisdiction's rules say about every appraisal of a time, keyed by date.

Files: ``schemes/rules/<id>.yaml``. Nothing of it is in code; a county sets its own.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Code, Key, Name, Strict, Text

SubjectClass = Literal["town", "department", "cadre"]
Rounding = Literal["floor", "ceil", "half_up", "half_even"]


class Ceiling(Strict):
    """At most this share of a class may get the grade: a ceiling, not a quota.

    The share is of those who take part with a grade and are not suspended, in the class or in each group, rounded to whole places.
    Who is over the ceiling gets the next lower grade whose conditions hold, and enters that grade's ceiling in turn; equal ones
    across its edge (after the scheme's ``ties``) get no grade: panel decides. Several ceilings on a grade must all hold.

    ``approved_share`` holds in a period with a confirmed decision of type ``approved_by`` about the class (subject ``*``).
    ``by_unit_grade``: members of a unit with such a grade compete among themselves for that share, not with the class; units with
    fewer graded members than ``unit_minimum`` are taken together with the other small units of the same grade 合并计算. A subject of
    several units counts where it is chief, else in the first by id. ``chief_barred_in``: a chief whose unit has such a grade
    cannot have this grade (or a better one). Grades of units are named as in the units' own scheme.
    """

    subject_class: Name
    grade: Key
    share: float = Field(gt=0, le=1)
    rounding: Rounding = "floor"
    within: Literal["class", "group"] = "class"
    grain: Literal["quarter", "year"] | None = Field(default=None, description="Only in periods of this kind; all where it is left out.")
    approved_share: float | None = Field(default=None, gt=0, le=1)
    approved_by: Name | None = None
    by_unit_grade: dict[Key, Annotated[float, Field(ge=0, le=1)]] = {}
    unit_minimum: int = Field(default=1, ge=1)
    chief_barred_in: list[Key] = []

    @model_validator(mode="after")
    def _approval_whole(self) -> "Ceiling":
        if (self.approved_share is None) != (self.approved_by is None):
            raise ValueError("'approved_share' and 'approved_by' go together")
        if self.approved_share is not None and self.approved_share < self.share:
            raise ValueError(f"approved_share {self.approved_share:g} is below share {self.share:g}")
        return self


class Consequence(Strict):
    """A flag for people, never an action: what follows from grades over years, or from a confirmed decision.

    Years are annual periods, this one the last of them; a year that is not known has no grade. The flag stands in every year in
    which the rule holds, and cites its rule, and the years or the document.
    """

    code: Name
    title: Text
    rule: str = Field(description="The rule that is cited, such as 'Civil Servant Law §88'.")
    subject_class: Name | None = None
    grade: Key | None = None
    consecutive_years: int | None = Field(default=None, ge=1, description="The grade in so many years running.")
    years: int | None = Field(default=None, ge=1, description="The grade in so many of the last 'within' years.")
    within: int | None = Field(default=None, ge=1)
    decision_type: Name | None = Field(default=None, description="A confirmed, signed-off decision of this type in the period.")

    @model_validator(mode="after")
    def _one_cause(self) -> "Consequence":
        by_grade = self.grade is not None
        if by_grade == (self.decision_type is not None):
            raise ValueError("a consequence follows from 'grade' or from 'decision_type'")
        by_years = [name for name in ("consecutive_years", "years", "within") if getattr(self, name) is not None]
        if not by_grade and by_years:
            raise ValueError(f"'{by_years[0]}' goes with 'grade'")
        if by_grade and (self.consecutive_years is None) == (self.years is None):
            raise ValueError("with 'grade' give 'consecutive_years', or 'years' and 'within'")
        if (self.years is None) != (self.within is None):
            raise ValueError("'years' and 'within' go together")
        if self.years is not None and self.within is not None and self.years > self.within:
            raise ValueError(f"{self.years} of the last {self.within} years cannot be")
        return self


class Participation(Strict):
    """A cadre with fewer days in post in the period takes part without a grade."""

    minimum_days_share: float = Field(default=0.5, ge=0, le=1)


class RoleWeights(Strict):
    """How much a post answers for what its organisation achieves. Weights are normalised within a cadre."""

    chief: float = Field(default=1.0, gt=0)
    deputy: float = Field(default=1.0, gt=0)


class RuleProfile(Strict):
    """The rules of one jurisdiction from one date on."""

    id: Code = "own"
    title: Text = Text(en="The scheme's own rules", zh="方案自带规则")
    jurisdiction: str = ""
    effective_from: date | None = None
    sources: list[str] = Field(default=[], description="The documents the rules come from; 'sample, verify' where unread.")
    routine_minimum: float = Field(default=0.4, ge=0, le=1, description="Least share of routine results in an annual one.")
    minimum_coverage: float = Field(default=0.8, ge=0, le=1, description="Below this coverage no grade is suggested.")
    score_coverage: float = Field(default=0, ge=0, le=1, description="Below this coverage there is no score either.")
    peer_group_minimum: int = Field(default=8, ge=1, description="Smallest group for a method that compares peers.")
    ceilings: list[Ceiling] = []
    consequences: list[Consequence] = []
    participation: Participation = Participation()
    role_weights: RoleWeights = RoleWeights()
