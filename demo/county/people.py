"""Who holds which post when: a small simulation of appointments, hand-overs and vacancies."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from demo.county import names

FIRST_DAY = date(2021, 1, 1)
TODAY = date(2026, 1, 20)


@dataclass(frozen=True)
class Org:
    """A town or a department. ``number`` counts from 1 over all organisations."""

    number: int
    id: str
    name: str
    org_class: str
    group: str


@dataclass(frozen=True)
class Seat:
    """A post of an organisation, whoever holds it. ``index`` counts an organisation's seats from 0, chiefs first."""

    org: Org
    index: int
    post: str
    role: str


@dataclass(frozen=True)
class Tenure:
    """A cadre in a seat during ``[start, end)``; no end: still held."""

    cadre: int
    seat: Seat
    start: date
    end: date | None = None


def organisations() -> list[Org]:
    """All organisations: towns ``T01…``, departments ``D01…``."""
    towns = [("north", name) for name in names.NORTH_TOWNS] + [("south", name) for name in names.SOUTH_TOWNS]
    found = [Org(i, f"T{i:02}", name, "town", group) for i, (group, name) in enumerate(towns, 1)]
    departments = [(group, name) for group, members in names.DEPARTMENTS.items() for name in members]
    for i, (group, name) in enumerate(departments, 1):
        found.append(Org(len(found) + 1, f"D{i:02}", f"县{name}", "department", group))
    return found


def seats(orgs: list[Org]) -> list[Seat]:
    """The posts of every organisation. In every third department one person is both secretary and head."""
    found = []
    for org in orgs:
        chiefs: tuple[str, ...] = names.TOWN_CHIEFS
        deputies: tuple[str, ...] = names.TOWN_DEPUTIES
        if org.org_class == "department":
            chiefs, deputies = names.DEPARTMENT_CHIEFS, names.DEPARTMENT_DEPUTIES
            if org.number % 3 == 0:
                chiefs = ("党组书记、局长",)
        for index, post in enumerate((*chiefs, *deputies)):
            found.append(Seat(org, index, post, "chief" if post in chiefs else "deputy"))
    return found


def cadre_name(cadre: int, seed: int) -> str:
    """The made-up name of a cadre; as in life, two may share one."""
    dice = random.Random(f"{seed}-name-{cadre}")
    given = dice.choice(names.GIVEN_FIRST) + (dice.choice(names.GIVEN_SECOND) if dice.random() < 0.8 else "")
    return dice.choice(names.SURNAMES) + given


class _Staffing:
    """Tenures while they are being made."""

    def __init__(self, all_seats: list[Seat], seed: int) -> None:
        self.dice = random.Random(f"{seed}-posts")
        self.done: list[Tenure] = []
        self.holder: dict[Seat, Tenure] = {}
        self.cadres = 0
        for seat in all_seats:
            self.appoint(seat, self.newcomer(), FIRST_DAY - timedelta(days=self.dice.randint(30, 1400)))

    def newcomer(self) -> int:
        self.cadres += 1
        return self.cadres

    def appoint(self, seat: Seat, cadre: int, start: date) -> None:
        self.holder[seat] = Tenure(cadre, seat, start)

    def leave(self, seat: Seat, day: date) -> int:
        tenure = self.holder.pop(seat)
        self.done.append(replace(tenure, end=day))
        return tenure.cadre

    def settled(self, day: date, role: str) -> list[Seat]:
        """Seats whose holder came at least 200 days ago, so that nobody moves twice in a season."""
        before = day - timedelta(days=200)
        return [seat for seat, tenure in self.holder.items() if seat.role == role and tenure.start <= before]

    def swap_chiefs(self, day: date) -> None:
        """Two chiefs of the same class of organisation exchange their posts on one day."""
        first = self.dice.choice(self.settled(day, "chief"))
        others = [seat for seat in self.settled(day, "chief") if seat.org != first.org and seat.org.org_class == first.org.org_class]
        second = self.dice.choice(others)
        one, other = self.leave(first, day), self.leave(second, day)
        self.appoint(first, other, day)
        self.appoint(second, one, day)

    def promote(self, day: date) -> None:
        """A chief retires, a deputy from elsewhere follows, a newcomer takes the deputy's post, at times weeks later."""
        chief = self.dice.choice(self.settled(day, "chief"))
        deputy = self.dice.choice([seat for seat in self.settled(day, "deputy") if seat.org != chief.org])
        self.leave(chief, day)
        self.appoint(chief, self.leave(deputy, day), day)
        self.appoint(deputy, self.newcomer(), day + timedelta(days=self.dice.choice((0, 0, 14, 45))))

    def replace_deputy(self, day: date) -> None:
        """A deputy leaves the county's service and a newcomer follows, at times weeks later."""
        seat = self.dice.choice(self.settled(day, "deputy"))
        self.leave(seat, day)
        self.appoint(seat, self.newcomer(), day + timedelta(days=self.dice.choice((0, 0, 0, 21, 60))))


def tenures(all_seats: list[Seat], seed: int) -> list[Tenure]:
    """All tenures from before 2021 to the county's today. Nobody holds two posts at once."""
    staffing = _Staffing(all_seats, seed)
    day = FIRST_DAY + timedelta(days=20)
    moves = (staffing.swap_chiefs, staffing.promote, staffing.replace_deputy, staffing.replace_deputy)
    while day < TODAY - timedelta(days=70):
        staffing.dice.choice(moves)(day)
        day += timedelta(days=staffing.dice.randint(3, 17))
    return sorted([*staffing.done, *staffing.holder.values()], key=lambda t: (t.seat.org.number, t.seat.index, t.start))
