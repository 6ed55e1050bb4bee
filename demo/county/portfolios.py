"""Which deputy answers for which field of work when. For every organisation, field and day the shares sum to 1."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from demo.county.people import FIRST_DAY, TODAY, Org, Tenure

TOWN_DOMAINS = ["economy", "agriculture", "industry", "environment", "livelihood", "finance", "safety", "service", "petition"]
DEPARTMENT_DOMAINS = ["economy", "livelihood", "finance", "safety", "service", "petition"]
LATER_DOMAINS = {"D05": ["agriculture"], "D03": ["industry"], "D06": ["industry"], "D20": ["environment"]}


@dataclass(frozen=True)
class Portfolio:
    """A cadre answers for ``share`` of a field during ``[start, end)``; no end: still."""

    cadre: int
    org: Org
    domain: str
    share: float
    start: date
    end: date | None


def portfolios(all_tenures: list[Tenure], seed: int) -> list[Portfolio]:
    """The portfolios of all deputies from 2021 on."""
    by_org: dict[Org, list[Tenure]] = defaultdict(list)
    for tenure in all_tenures:
        if tenure.seat.role == "deputy":
            by_org[tenure.seat.org].append(tenure)
    return [portfolio for org, members in by_org.items() for portfolio in _of_org(org, members, seed)]


def _of_org(org: Org, deputies: list[Tenure], seed: int) -> list[Portfolio]:
    """Between two days on which anything changes the division of work is constant; equal neighbours become one span."""
    dice = random.Random(f"{seed}-portfolio-{org.id}")
    reshuffle = FIRST_DAY + timedelta(days=dice.randint(400, 1700))
    changes = {FIRST_DAY, reshuffle}
    changes |= {day for t in deputies for day in (t.start, t.end) if day is not None and FIRST_DAY < day <= TODAY}
    days = sorted(changes)
    before, after = _plan(org, deputies, dice), _plan(org, deputies, dice)
    open_spans: dict[tuple[int, str, float], date] = {}
    found: list[Portfolio] = []
    for day in days:
        now = _division(before if day < reshuffle else after, deputies, day)
        for key in [key for key in open_spans if key not in now]:
            found.append(Portfolio(key[0], org, key[1], key[2], open_spans.pop(key), day))
        for key in now:
            open_spans.setdefault(key, day)
    found += [Portfolio(*_as_head(key, org), start, None) for key, start in open_spans.items()]
    return sorted(found, key=lambda p: (p.domain, p.start, p.cadre))


def _as_head(key: tuple[int, str, float], org: Org) -> tuple[int, Org, str, float]:
    return key[0], org, key[1], key[2]


def _plan(org: Org, deputies: list[Tenure], dice: random.Random) -> dict[str, list[tuple[int, float]]]:
    """For each field the seats that answer for it, with shares: one seat, or two that divide it."""
    indexes = sorted({tenure.seat.index for tenure in deputies})
    dice.shuffle(indexes)
    domains = TOWN_DOMAINS if org.org_class == "town" else DEPARTMENT_DOMAINS + LATER_DOMAINS.get(org.id, [])
    plan = {}
    for i, domain in enumerate(domains):
        lead = indexes[i % len(indexes)]
        helper = indexes[(i + 1) % len(indexes)]
        plan[domain] = [(lead, 0.6), (helper, 0.4)] if dice.random() < 0.3 else [(lead, 1.0)]
    return plan


def _division(plan: dict[str, list[tuple[int, float]]], deputies: list[Tenure], day: date) -> dict[tuple[int, str, float], None]:
    """Who answers for what on a day. A vacant seat's work goes to the next seat that is held."""
    holder = {t.seat.index: t.cadre for t in deputies if t.start <= day and (t.end is None or day < t.end)}
    held = sorted(holder)
    found: dict[tuple[int, str, float], None] = {}
    for domain, parts in plan.items():
        shares: dict[int, float] = defaultdict(float)
        for index, share in parts:
            stand_in = index if index in holder else next((i for i in held if i > index), held[0])
            shares[holder[stand_in]] += share
        for cadre, share in shares.items():
            found[(cadre, domain, round(share, 4))] = None
    return found
