"""From a score to a place and a suggested grade."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Key, Strict, Text
from declarations.scheme.after import Rounding


class Requirement(Strict):
    """A node must reach so many points for the grade (absent: it does not); else the next lower grade is tried."""

    node: Key
    at_least: float


class Grade(Strict):
    """A suggested grade, best first: from ``at_least`` (or ``above``) points on; or by rank: the first ``top_share`` of the
    ranking, or the first ``top_count`` places. Where both kinds are given, both must hold; where neither is, all others get it.

    Points are those of the published (rounded) score, compared to 1e-9. Places are counted as ``ranking`` says among those who take
    part with a grade and are not suspended; equal ones are told apart by ``ties`` of the scheme. Who is still equal across the
    edge gets no grade: panel decides (under ``ranking.ties: dense`` equal ones have one place of ``top_count``).
    A subject gets the first grade, from the best, whose every condition it meets.
    """

    grade: Key
    title: Text
    at_least: float | None = None
    above: float | None = None
    top_share: float | None = Field(default=None, gt=0, le=1, description="Cumulative, of those who take part with a grade.")
    top_count: int | None = Field(default=None, ge=1, description="Cumulative, too.")
    rounding: Rounding = Field(default="floor", description="How top_share of n subjects becomes a whole number of places.")
    requires: list[Requirement] = []

    @model_validator(mode="after")
    def _one_cut(self) -> "Grade":
        if self.at_least is not None and self.above is not None:
            raise ValueError("give 'at_least' or 'above', not both")
        if self.top_share is not None and self.top_count is not None:
            raise ValueError("give 'top_share' or 'top_count', not both")
        return self

    @property
    def cut(self) -> float | None:
        return self.at_least if self.at_least is not None else self.above

    @property
    def by_rank(self) -> bool:
        return self.top_share is not None or self.top_count is not None


class Ranking(Strict):
    """How places are counted: within the ``group`` or the whole class (``all``), on the rounded score or the exact one (to 1e-9).

    Everyone with a score has a place. ``min``: 1, 2, 2, 4; ``dense``: 1, 2, 2, 3. Equal scores are told apart by ``ties`` of the
    scheme first where ``use_ties``: node by node, to 1e-9; a node that one of the equals lacks does not decide between them.
    ``shown: false`` keeps places out of what is published; bands remain.
    """

    within: Literal["group", "all"] = "group"
    on: Literal["rounded", "exact"] = "rounded"
    ties: Literal["min", "dense"] = "min"
    use_ties: bool = False
    shown: bool = True
