"""Which schemes and periods an appraisal needs, in the order in which they can be computed.

A scheme reads the results of others: of its units (``unit_result``, ceilings by a unit's grade), of special appraisals, of the
quarters and the earlier years. Those come first, and are brought up to date with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.prepare import Impute, Previous
from declarations.scheme.screen import Jump

CADRE = "cadre"
FARTHEST = 10
"""How many periods back a step without a limit of its own looks."""

Item = tuple[str, str]


@dataclass(frozen=True)
class Reach:
    """How many periods of the same grain a scheme looks back, and whether it looks ahead (interpolation)."""

    back: int
    ahead: bool

    def periods(self, period: str) -> list[str]:
        """The other periods that are looked at, the earliest first; ahead: to the end of the year (of years: none)."""
        parsed = parse_period(period)
        if parsed.grain == "year":
            return [str(parsed.year - n) for n in range(self.back, 0, -1)]
        at = 4 * parsed.year + int(period[-1]) - 1
        last = 4 * parsed.year + 3 if self.ahead else at - 1
        return [_quarter(n) for n in range(at - self.back, last + 1) if n != at]


def _quarter(number: int) -> str:
    return f"{number // 4}-Q{number % 4 + 1}"


def reach_of(scheme: Scheme) -> Reach:
    """How far the scheme's steps and screens look beyond the period that is scored."""
    back = sum(step.periods for step in scheme.prepare if isinstance(step, Previous))
    over_time = [step for step in scheme.prepare if isinstance(step, Impute) and step.method in ("carry", "interpolate")]
    back += sum(step.periods or FARTHEST for step in over_time)
    if any(isinstance(screen, Jump) for screen in scheme.screens):
        back = max(back, 1)
    return Reach(back, any(step.method == "interpolate" for step in over_time))


def years_reached(schemes: Mapping[str, Scheme]) -> list[int]:
    """The years of the schemes and those that they look back to."""
    every: set[int] = set()
    for scheme in schemes.values():
        if scheme.year is not None:
            every |= {scheme.year, *(int(p) for p in reach_of(scheme).periods(str(scheme.year)))}
    return sorted(every)


def reached_again(schemes: Mapping[str, Scheme], quarter: str) -> set[str]:
    """The quarters that some scheme scores and that hang on the facts of this one: itself, and those that look at it."""
    scored = {(scheme.id, q.key) for scheme in schemes.values() if scheme.year is not None for q in quarters_of(scheme.year)}
    return {q for scheme, q in scored if quarter == q or quarter in reach_of(schemes[scheme]).periods(q)}


def unit_schemes(scheme: Scheme, profile: RuleProfile, schemes: Mapping[str, Scheme]) -> list[str]:
    """The schemes whose results of units enter this one: named in leaves, or all of units where a ceiling goes by their grade."""
    named = {leaf.unit_result.scheme for leaf in scheme.leaves() if leaf.unit_result}
    by_unit = any(c.subject_class == scheme.subject_class and (c.by_unit_grade or c.chief_barred_in) for c in profile.ceilings)
    if by_unit and scheme.subject_class == CADRE:
        named |= {s.id for s in schemes.values() if s.year == scheme.year and s.subject_class != CADRE}
    return sorted(named)


def earlier_schemes(scheme: Scheme, profile: RuleProfile, schemes: Mapping[str, Scheme]) -> dict[int, str]:
    """For each earlier year that counts the scheme of then: of the same class, and, where there are several, of the same name."""
    own = [c for c in profile.consequences if c.grade and c.subject_class in (None, scheme.subject_class)]
    years = max([0, *((c.consecutive_years or c.within or 1) - 1 for c in own)])
    if scheme.blend and scheme.blend.term:
        years = max(years, scheme.blend.term.years)
    found = {}
    for year in range((scheme.year or 0) - years, scheme.year or 0):
        same_class = [s for s in schemes.values() if s.year == year and s.subject_class == scheme.subject_class]
        same_name = [s for s in same_class if _family(s) == _family(scheme)]
        if len(same_name or same_class) == 1:
            found[year] = (same_name or same_class)[0].id
    return found


def _family(scheme: Scheme) -> str:
    """The id without its year: ``town-2025`` and ``town-2024`` are one scheme of two years."""
    return scheme.id.replace(str(scheme.year), "")


def items_read(item: Item, schemes: Mapping[str, Scheme], rules: Mapping[str, RuleProfile]) -> set[Item]:
    """The (scheme, period) whose results this one reads."""
    scheme, period = schemes[item[0]], item[1]
    profile = rules[scheme.rule_profile or ""]
    found = {(other, period) for other in unit_schemes(scheme, profile, schemes)}
    if parse_period(period).grain == "year":
        found |= {(other, str(year)) for year, other in earlier_schemes(scheme, profile, schemes).items()}
        if scheme.blend:
            found |= {(special.scheme, period) for special in scheme.blend.special}
            found |= {(scheme.id, q.key) for q in quarters_of(parse_period(period).year)}
    return found


def plan_appraisals(schemes: Mapping[str, Scheme], rules: Mapping[str, RuleProfile], items: list[Item]) -> list[tuple[str, list[str]]]:
    """The items and all that they read, by scheme, so that no scheme comes before one that it reads.

    Raises Problem where a scheme is named that is not there, or where schemes read each other's results in a circle.
    """
    periods: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    waiting = list(items)
    while waiting:
        scheme_id, period = waiting.pop()
        if scheme_id not in schemes:
            raise Problem(f"scheme {scheme_id}", "its results are read, and there is no such scheme.", "look into schemes/.")
        if period in periods.setdefault(scheme_id, set()):
            continue
        periods[scheme_id].add(period)
        others = items_read((scheme_id, period), schemes, rules)
        read.setdefault(scheme_id, set()).update(other for other, _ in others if other != scheme_id)
        waiting += sorted(others)
    return [(scheme_id, sorted(periods[scheme_id])) for scheme_id in _in_order(read)]


def _in_order(read: dict[str, set[str]]) -> list[str]:
    """Topological, by id among those that may come next."""
    left, done = dict(read), []
    while left:
        ready = sorted(scheme for scheme, others in left.items() if not others & left.keys())
        if not ready:
            circle = " → ".join(sorted(left))
            raise Problem(f"schemes {circle}", "their results hang on each other in a circle.", "take one of the references away.")
        done.append(ready[0])
        del left[ready[0]]
    return done
