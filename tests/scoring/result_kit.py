"""Small schemes whose tree is one number a subject: what the tests of adjustments, grades and consequences start from."""

from typing import Any

from declarations.rules import RuleProfile
from tests.scoring.kit import Row, Scored, run

TEXT = {"en": "x", "zh": "某"}
AS_IS = {"method": "as_is", "least": None, "most": None}


def leaf(code: str, weight: float = 1) -> Row:
    return {"code": code, "weight": weight, "indicator": code, "normalise": AS_IS}


def adjustment(kind: str, code: str | None = None, **more: Any) -> Row:
    return {"code": code or kind, "title": TEXT, "kind": kind, **more}


def grade(name: str, **more: Any) -> Row:
    return {"grade": name, "title": TEXT, **more}


def veto(effect: str, decision_type: str, name: str | None = None, code: str | None = None) -> Row:
    return {"code": code or f"{effect}_rule", "title": TEXT, "decision_type": decision_type, "effect": effect} | (
        {"grade": name} if name else {}
    )


def decision(subject: str, decision_type: str, points: float | None = None, **more: Any) -> Row:
    return {"subject_id": subject, "decision_type": decision_type, "points": points, **more}


def profile(*ceilings: Row, **more: Any) -> RuleProfile:
    """A rule profile with ceilings on the class ``subject``; comparing needs no minimum group."""
    rules = {"peer_group_minimum": 1, "ceilings": [{"subject_class": "subject", **c} for c in ceilings], **more}
    return RuleProfile.model_validate(rules)


def score_of(points: dict[str, float | None], scheme: Row | None = None, **more: Any) -> Scored:
    """Subjects whose score before adjustments is ``points``."""
    return run({"tree": [leaf("a")], **(scheme or {})}, {s: {"a": v} for s, v in points.items()}, **more)


def grades_of(scored: Scored) -> dict[Any, str | None]:
    return {subject: row["grade"] for subject, row in scored.results.items()}


def notes_of(scored: Scored) -> dict[Any, str | None]:
    return {subject: row["grade_note"] for subject, row in scored.results.items()}


def counted(scored: Scored, subject: str) -> list[tuple[str, float]]:
    """The movements of one subject's score in their order."""
    rows = [row for row in scored.adjustments if row["subject_id"] == subject]
    rows.sort(key=lambda row: (row["ordinal"], row["decided_on"] is not None and row["decided_on"].toordinal(), row["decision_no"] or ""))
    return [(row["code"], round(row["counted_points"], 9)) for row in rows]
