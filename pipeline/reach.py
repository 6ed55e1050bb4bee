"""What would reach the next grade: for each leaf alone, the smallest change of its value that lifts the score to the next cut.

Found by re-scoring (scenario.py): first on a grid from the value of today to the bounds, then ever finer around the first grid
point that reaches. Bounds: reach_bounds.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any

from declarations.scheme import Node
from pipeline.reach_bounds import bounds
from pipeline.scenario import Scenario, World

GRID = 8
ROUNDS = 5
EXACT = 1e-9
BOTH_WAYS = ("piecewise", "power", "expression", "distance", "ladder")
"""Methods by which more may be worse: the value is sought on both sides."""
FIXED = "result of another appraisal"
NOT_APPLICABLE = "does not apply"


@dataclass(frozen=True)
class LeafReach:
    """``now``: the value of today (None: absent); ``needed``: the nearest value that reaches the cut, None where none does within
    [``low``, ``high``]; ``best_score``: the highest score found; ``effort``: the share of the room up to the bound that is used."""

    node: str
    indicator: str
    status: str
    low: float | None = None
    high: float | None = None
    now: float | None = None
    needed: float | None = None
    best_score: float | None = None
    effort: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class NextGrade:
    """``grade`` None: no better grade has a cut. ``cut`` is the score that is needed (``above``: more than it)."""

    score: float | None
    grade_now: str | None
    grade: str | None
    cut: float | None
    above: bool
    by_rank: bool
    unmet: list[str]
    leaves: list[LeafReach]


def next_grade(scenario: Scenario) -> NextGrade:
    """The next cut above the subject's score, and each leaf's way to it, the least effort first."""
    scenario.as_it_is()
    result = scenario.row("select score, grade from score.result where subject_id = ?")
    score, grade_now = result["score"], result["grade"]
    target = _target(scenario, score)
    if target is None:
        return NextGrade(score, grade_now, None, None, False, False, [], [])
    grade, cut, above, by_rank = target
    leaves, unmet = list(_leaves(scenario)), _unmet(scenario, grade)  # the search scores other worlds in the place of this one
    found = _search(scenario, [leaf for leaf in leaves if leaf.note is None], cut, above)
    every = sorted([*found, *(leaf for leaf in leaves if leaf.note is not None)], key=_order)
    return NextGrade(score, grade_now, grade, cut, above, by_rank, unmet, every)


def _order(leaf: LeafReach) -> tuple[Any, ...]:
    return (leaf.needed is None, leaf.effort is None, leaf.effort or 0.0, leaf.note is not None, leaf.node)


def _target(scenario: Scenario, score: float | None) -> tuple[str, float, bool, bool] | None:
    """The lowest grade that the score does not reach: its name, the score it takes, whether more than that, whether by rank."""
    for grade in reversed(scenario.scheme.grades):
        cut = grade.cut
        if cut is None and grade.by_rank:
            better = [g.grade for g in scenario.scheme.grades[: scenario.scheme.grades.index(grade) + 1]]
            cut = scenario.one("select min(score) from score.result where subject_id <> ? and list_contains(?, grade)", better)
        if cut is not None and (score is None or not _reaches(score, cut, grade.above is not None)):
            return grade.grade, cut, grade.above is not None, grade.cut is None
    return None


def _reaches(score: float | None, cut: float, above: bool) -> bool:
    return score is not None and (score > cut + EXACT if above else score >= cut - EXACT)


def _unmet(scenario: Scenario, name: str) -> list[str]:
    """What the grade asks of nodes beside the score, and does not find."""
    grade = next(g for g in scenario.scheme.grades if g.grade == name)
    points = {r.node: scenario.one("select normalised from score.node where subject_id = ? and node = ?", r.node) for r in grade.requires}
    return [f"{r.node} ≥ {r.at_least:g}" for r in grade.requires if points[r.node] is None or points[r.node] < r.at_least - EXACT]


def _leaves(scenario: Scenario) -> Iterator[LeafReach]:
    """Each leaf of the tree as it is, with its bounds, or a note why it is not sought."""
    known = _indicators_with_facts(scenario)
    for leaf in (node for top in scenario.tree for node in top.walk() if not node.children):
        row = scenario.row("select raw, status from score.node where subject_id = ? and node = ?", leaf.code)
        if not row:
            continue  # it has no weight in the subject's group
        made = leaf.indicator in scenario.scheme.derived_codes()
        start = LeafReach(leaf.code, leaf.indicator or "", row["status"], now=row["raw"] if row["status"] == "ok" else None)
        if row["status"] in ("not_applicable", "screened_out"):
            yield replace(start, note=NOT_APPLICABLE)
        elif made:
            yield replace(start, note="computed from other values")
        elif leaf.unit_result is not None or (leaf.indicator not in known and leaf.indicator not in scenario.indicators):
            yield replace(start, note=FIXED)
        else:
            low, high = bounds(scenario, leaf, start.now)
            yield replace(start, low=low, high=high)


def _indicators_with_facts(scenario: Scenario) -> set[str]:
    results = "regexp_full_match(indicator, 'routine_q[1-4]|special\\..*|term')" if scenario.scheme.blend else "false"
    rows = scenario.connection.execute(f"select distinct indicator from base_score_fact where not {results}").fetchall()
    return {row[0] for row in rows}


@dataclass
class _Way:
    """A stretch in which the nearest reaching value is sought: ``near`` does not reach (None: no value today), ``far`` may."""

    leaf: int
    near: float
    far: float
    from_value: bool
    reached: bool = False


def _search(scenario: Scenario, leaves: list[LeafReach], cut: float, above: bool) -> list[LeafReach]:
    ways = [way for n, leaf in enumerate(leaves) for way in _ways(scenario, n, leaf)]
    best: dict[int, float] = {}
    for number in range(ROUNDS + 1):
        open_ways = [way for way in ways if (way.reached or number == 0) and abs(way.far - way.near) > EXACT * max(1.0, abs(way.far))]
        grids = [_points(way, number == 0) for way in open_ways]
        worlds = [World(leaves[way.leaf].indicator, x) for way, grid in zip(open_ways, grids, strict=True) for x in grid]
        scores = iter(scenario.scores(worlds) if worlds else [])
        for way, grid in zip(open_ways, grids, strict=True):
            found = [next(scores) for _ in grid]
            best[way.leaf] = max([best.get(way.leaf, -1e300), *(s for s in found if s is not None)])
            hit = next((i for i, s in enumerate(found) if _reaches(s, cut, above)), None)
            if hit is not None:
                way.reached = True
                way.near, way.far = (grid[hit - 1] if hit else way.near), grid[hit]
    return _confirmed(scenario, [_outcome(leaf, n, ways, best.get(n)) for n, leaf in enumerate(leaves)], cut, above)


def _ways(scenario: Scenario, number: int, leaf: LeafReach) -> Iterator[_Way]:
    assert leaf.low is not None
    assert leaf.high is not None
    node = next(n for top in scenario.tree for n in top.walk() if n.code == leaf.node)
    lower = _lower_is_better(scenario, node)
    worst, better = (leaf.high, leaf.low) if lower else (leaf.low, leaf.high)
    start = worst if leaf.now is None else leaf.now
    yield _Way(number, start, better, leaf.now is not None)
    both = node.normalise is not None and node.normalise.method in BOTH_WAYS
    if both and leaf.now is not None:
        yield _Way(number, start, worst, True)


def _lower_is_better(scenario: Scenario, node: Node) -> bool:
    declared = scenario.indicators.get(node.indicator or "")
    return (node.direction or (declared.direction if declared else "higher")) == "lower"


def _points(way: _Way, first: bool) -> list[float]:
    """From near (not itself, but in the first round of an absent value) to far."""
    steps = [way.near + (way.far - way.near) * i / GRID for i in range(1, GRID)]
    return [*([way.near] if first and not way.from_value else []), *steps, way.far]


def _outcome(leaf: LeafReach, number: int, ways: list[_Way], best: float | None) -> LeafReach:
    reached = [way for way in ways if way.leaf == number and way.reached]
    score = None if best is None or best == -1e300 else best
    if not reached:
        return replace(leaf, best_score=score, note="at its bound" if score is None and leaf.now is not None else None)
    now = leaf.now if leaf.now is not None else reached[0].far
    way = min(reached, key=lambda one: abs(one.far - now))
    return replace(leaf, needed=way.far, best_score=score)


def _confirmed(scenario: Scenario, leaves: list[LeafReach], cut: float, above: bool) -> list[LeafReach]:
    """Round the values away from today's as far as the cut is still reached, and measure the effort."""
    rounded = {n: _rounded(leaf) for n, leaf in enumerate(leaves) if leaf.needed is not None}
    scores = scenario.scores([World(leaves[n].indicator, x) for n, x in rounded.items()]) if rounded else []
    for (n, x), score in zip(rounded.items(), scores, strict=True):
        if _reaches(score, cut, above):
            leaves[n] = replace(leaves[n], needed=x)
    return [replace(leaf, effort=_effort(leaf)) for leaf in leaves]


def _rounded(leaf: LeafReach) -> float:
    assert leaf.needed is not None
    assert leaf.low is not None
    assert leaf.high is not None
    step = 10.0 ** (floor(log10(leaf.high - leaf.low)) - 3) if leaf.high > leaf.low else 1.0
    upward = leaf.now is None or leaf.needed >= leaf.now
    ticks = leaf.needed / step
    whole = -floor(-ticks + 1e-6) if upward else floor(ticks + 1e-6)
    return min(leaf.high, max(leaf.low, round(whole * step, 12)))


def _effort(leaf: LeafReach) -> float | None:
    if leaf.needed is None or leaf.now is None or leaf.low is None or leaf.high is None:
        return None
    room = (leaf.high if leaf.needed >= leaf.now else leaf.low) - leaf.now
    return abs(leaf.needed - leaf.now) / abs(room) if room else 0.0
