"""The county's documents of 2024 and 2025: some forty, a few of them unconfirmed, unsigned or revoked."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from demo.county.people import Org, Tenure


@dataclass(frozen=True)
class Document:
    """A row of the table ``document``. ``note`` says what a reader of the demonstration should see, else empty."""

    i: int
    decision_type: str
    org_id: str | None
    cadre_id: str | None
    decided_on: date
    authority: str
    confirmed: bool = True
    signed_off: bool = True
    revoked: bool = False
    points: float | None = None
    note: str = ""


def documents(orgs: Sequence[Org], tenures: Sequence[Tenure], seed: int) -> list[Document]:
    """The list, in the order of the documents' numbers."""
    dice = random.Random(f"{seed}-documents")
    office = [t for t in tenures if t.end is None and t.start < date(2024, 1, 1)]
    chiefs, deputies = [t for t in office if t.seat.role == "chief"], [t for t in office if t.seat.role == "deputy"]
    towns = [org for org in orgs if org.org_class == "town"]
    found: list[Document] = []

    def add(kind: str, org: Org | None, cadre: int | None, day: date, authority: str, **more: object) -> None:
        cadre_id = None if cadre is None else f"C{cadre:04}"
        found.append(Document(len(found) + 1, kind, org and org.id, cadre_id, day, authority, **more))  # type: ignore[arg-type]

    def some_day() -> date:
        return date(2024, 1, 10) + timedelta(days=dice.randint(0, 710))

    vetoed = dice.choice(deputies)
    add("political_negative", None, vetoed.cadre, date(2025, 8, 14), "县委政治素质考察组", note="veto of a cadre")
    add("accident", towns[16], None, date(2025, 5, 22), "县安全生产委员会", points=-3.0, note="deduction of a town")
    suspected = dice.choice([t for t in chiefs if t.cadre != vetoed.cadre])
    unproved = {"confirmed": False, "signed_off": False}
    add("political_negative", None, suspected.cadre, date(2025, 9, 3), "县委巡察办", **unproved, note="unconfirmed: no effect")
    add("blind_debt", towns[20], None, date(2025, 4, 11), "县审计委员会", signed_off=False, points=-5.0, note="unsigned: no effect")
    add("accident", towns[4], None, date(2025, 6, 30), "县安全生产委员会", revoked=True, points=-2.0, note="revoked: no effect")
    for _ in range(14):
        add("commendation", dice.choice(orgs), None, some_day(), "县委县政府", points=dice.choice((0.5, 1.0, 1.5)))
    for _ in range(9):
        add("task_bonus", dice.choice(orgs), None, some_day(), "重大任务专班", points=dice.choice((0.5, 1.0, 2.0)))
    for _ in range(7):
        cadre = dice.choice(office).cadre
        add("commendation", None, cadre, some_day(), "市委组织部", points=dice.choice((0.5, 1.0)))
    for _ in range(4):
        add("political_positive", None, dice.choice(office).cadre, some_day(), "县委组织部", points=0.5)
    for _ in range(2):
        add("task_bonus", dice.choice(orgs), None, some_day(), "重大任务专班", **unproved, points=1.0, note="unconfirmed: no effect")
    return found
