"""Real facts for looking at a scheme: how large groups are, what a scheme would make of the warehouse's facts of a period."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.indicator import Indicator
from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import Project
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
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
    project = project_of(schemes, period)
    with open_warehouse(project.warehouse_file) as connection:
        return [_outcome(connection, project, one, period) for one in schemes]


def project_of(schemes: list[Sound], period: str) -> Project:
    """The project whose warehouse is asked. Raises Problem where there is none, or no warehouse in it."""
    project = next((one.found.project for one in schemes if one.found.project), None)
    if project is None:
        which = "neither scheme is" if len(schemes) > 1 else "the scheme is not"
        what = f"{which} one of a project, so there is no warehouse to ask."
        raise Problem("--period", what, "give the facts with --values FILE, or put a scheme into a project's schemes/.")
    if not project.warehouse_file.exists():
        raise Problem(str(project.warehouse_file), "there is no warehouse yet.", f"run 'traceless run --period {period}' first.")
    return project


def _outcome(connection: duckdb.DuckDBPyConnection, project: Project, sound: Sound, period: str) -> Outcome:
    with _scored(connection, project, sound, period) as scheme:
        return outcome_of(connection, scheme, period)


@contextmanager
def warehouse_scored(sound: Sound, period: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, Scheme]]:
    """The warehouse with a scheme's scores of a period as ``score.*``, undone in the end. Raises Problem as warehouse_outcomes."""
    project = project_of([sound], period)
    with open_warehouse(project.warehouse_file) as connection, _scored(connection, project, sound, period) as scheme:
        yield connection, scheme


@contextmanager
def _scored(connection: duckdb.DuckDBPyConnection, project: Project, sound: Sound, period: str) -> Iterator[Scheme]:
    with warehouse_inputs(connection, project, sound, period) as asked:
        if connection.execute("from score_subject limit 1").fetchone() is None:
            raise nobody(asked.scheme, period)
        score(connection, asked.scheme, asked.profile, asked.indicators, asked.tree)
        yield asked.scheme


@dataclass(frozen=True)
class Asked:
    """What a scheme is scored with; its inputs are relations of ``connection``."""

    connection: duckdb.DuckDBPyConnection
    scheme: Scheme
    profile: RuleProfile
    indicators: dict[str, Indicator]
    tree: list[Node]


def nobody(scheme: Scheme, period: str) -> Problem:
    """The warehouse has no subject of the scheme's class."""
    what = f"the warehouse knows nobody of class '{scheme.subject_class}' in {period}."
    return Problem("--period", what, f"run 'traceless run --period {period}' first, or name another period.")


@contextmanager
def warehouse_inputs(connection: duckdb.DuckDBPyConnection, project: Project, sound: Sound, period: str) -> Iterator[Asked]:
    """The inputs of a scheme's scoring in a period, as though the scheme were of the period's year; all of it is undone in the end."""
    year = parse_period(period).year
    scheme = sound.scheme.model_copy(update={"year": year})
    declared = Declared({**project.schemes, scheme.id: scheme}, {**project.rules, _RULES: sound.profile}, project.indicators, project.feeds)
    scheme = scheme.model_copy(update={"rule_profile": _RULES, "rules": None})
    with _undone(connection):
        *before, last = _in_order(scheme, period)
        for periods in before:
            gather(connection, declared, scheme, periods)
            score(connection, scheme, sound.profile, declared.used(scheme), tree_of(scheme, periods[0]))
        gather(connection, declared, scheme, last)
        yield Asked(connection, scheme, sound.profile, declared.used(scheme), tree_of(scheme, period))


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
