"""How results of other times, units and people enter a result."""

from pydantic import Field, model_validator

from declarations.base import Code, Strict

EXACT = 1e-9


class Special(Strict):
    """The result of a special appraisal 专项考核: another scheme's result of the same subject and year."""

    scheme: Code
    weight: float = Field(gt=0, le=1)


class Term(Strict):
    """The mean of this scheme's own results of so many years before, for a term appraisal 任期考核."""

    years: int = Field(ge=1, le=5)
    weight: float = Field(gt=0, le=1)


class Blend(Strict):
    """Annual result = routine 平时 · mean of the year's quarterly results + annual 年度 · the year's own tree + specials + term.

    A part that does not apply to a subject hands its weight to the others.
    """

    routine: float = Field(default=0, ge=0, le=1)
    annual: float = Field(ge=0, le=1)
    special: list[Special] = []
    term: Term | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Blend":
        total = self.routine + self.annual + sum(s.weight for s in self.special) + (self.term.weight if self.term else 0)
        if abs(total - 1) > EXACT:
            parts = " + ".join(["routine", "annual", *(f"special {s.scheme}" for s in self.special), *(["term"] if self.term else [])])
            raise ValueError(f"{parts} is {total:g}, not 1")
        return self


class UnitResult(Strict):
    """A leaf that is the result of the subject's unit by another scheme, times the share of the subject's role."""

    scheme: Code
    chief: float = Field(default=1, gt=0)
    deputy: float = Field(default=1, gt=0)
