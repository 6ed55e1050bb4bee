"""Real facts for looking at a scheme: how large groups are, what a scheme would make of the warehouse's facts of a period."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import Project
from declarations.scheme import Scheme
from pipeline.scheme_diff import Outcome, outcome_of
from pipeline.scheme_files import Sound
from transforms.appraise import Declared, gather, tree_of
from transforms.scoring import score
from warehouse.store import open_warehouse

_SQL = Path(__file__).parent / "scheme_sql"


def group_sizes(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Subjects in each group of what was scored, in the period in which there are most."""
    return {str(group): int(size) for group, size in connection.execute((_SQL / "group_sizes.sql").read_text()).fetchall()}


def warehouse_outcomes(schemes: list[Sound], period: str) -> list[Outcome]:
    """What each scheme makes of the same facts; the warehouse stays as it is. The facts must have been computed by a run.

    A scheme of another year is taken as though it were of the period's. Raises Problem where there is no warehouse or no fact.
    """
    project = next((one.found.project for one in schemes if one.found.project), None)
    if project is None:
        what = "neither scheme is one of a project, so there is no warehouse to ask."
        raise Problem("--period", what, "give the facts with --values FILE, or put a scheme into a project's schemes/.")
    if not project.warehouse_file.exists():
        raise Problem(str(project.warehouse_file), "there is no warehouse yet.", f"run 'traceless run --period {period}' first.")
    with open_warehouse(project.warehouse_file) as connection:
        return [_outcome(connection, project, one, period) for one in schemes]


def _outcome(connection: duckdb.DuckDBPyConnection, project: Project, sound: Sound, period: str) -> Outcome:
    year = parse_period(period).year
    scheme = sound.scheme.model_copy(update={"year": year})
    declared = Declared({**project.schemes, scheme.id: scheme}, {**project.rules, _RULES: sound.profile}, project.indicators, project.feeds)
    scheme = scheme.model_copy(update={"rule_profile": _RULES, "rules": None})
    with _undone(connection):
        for periods in _in_order(scheme, period):
            gather(connection, declared, scheme, periods)
            score(connection, scheme, sound.profile, declared.used(scheme), tree_of(scheme, periods[0]))
        found = outcome_of(connection, scheme, period)
    if not found.result.num_rows:
        what = f"the warehouse knows nobody of class '{scheme.subject_class}' in {period}."
        raise Problem("--period", what, f"run 'traceless run --period {period}' first, or name another period.")
    return found


_RULES = "as-declared"


def _in_order(scheme: Scheme, period: str) -> list[list[str]]:
    """A year that blends routine results needs those of its quarters first."""
    found = parse_period(period)
    blended = found.grain == "year" and scheme.blend is not None and scheme.blend.routine > 0
    return [*([[q.key for q in quarters_of(found.year)]] if blended else []), [period]]


@contextmanager
def _undone(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    finally:
        connection.rollback()
