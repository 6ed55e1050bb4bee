"""Any scheme over any tables: files in, ``score.*`` of a connection out. No project and no warehouse are needed."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from declarations.check_scheme import scheme_mistakes
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme, indicators_read
from declarations.scheme_check.check import Around
from declarations.yaml_file import read_declaration
from pipeline.tables.columns import refuse_strange_names
from pipeline.tables.decisions import DECISIONS, load_decisions
from pipeline.tables.history import HISTORY, load_history
from pipeline.tables.members import OF_MEMBERS, OF_UNITS, load_members
from pipeline.tables.reading import Reading
from pipeline.tables.refusals import count_refused, raise_refused
from pipeline.tables.roster import GROUPS, attributes_named, fill_subjects, load_roster
from pipeline.tables.source import open_source
from pipeline.tables.value_file import LONG
from pipeline.tables.values import fill_facts, load_values
from transforms.grade import create_result_tables
from transforms.scheme_tables import annual_tree
from transforms.score_run import run_sql
from transforms.scoring import score

_SQL = Path(__file__).parent / "tables"
QUARTER = "-Q[1-4]$"
NAMES = {column.name for part in (LONG, GROUPS, DECISIONS, OF_MEMBERS, OF_UNITS, HISTORY) for column in part}


@dataclass(frozen=True)
class Tables:
    """The user's files: ``values`` at least."""

    values: list[Path]
    groups: Path | None = None
    decisions: Path | None = None
    members: Path | None = None
    history: Path | None = None

    def named(self) -> list[tuple[str, Path]]:
        """Each file with what it is for, in order."""
        others = [(name, getattr(self, name)) for name in ("groups", "decisions", "members", "history")]
        return [*(("values", path) for path in self.values), *((name, path) for name, path in others if path is not None)]


@dataclass(frozen=True)
class Engine:
    """What the computation may use. ``memory`` as DuckDB reads it (``4GB``); beyond it data goes to the
    folder ``spill`` (without one: a temporary one, which ``close`` removes)."""

    threads: int | None = None
    memory: str | None = None
    spill: Path | None = None


@dataclass
class ScoredFiles:
    """The outcome: ``connection`` with ``score.node``, ``score.result`` and the like; ``notes`` are what a person should be told."""

    connection: duckdb.DuckDBPyConnection
    scheme: Scheme
    profile: RuleProfile
    tables: Tables
    reading: Reading
    notes: list[str] = field(default_factory=list)
    refused: int = 0
    spill: Path | None = None

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        cursor = self.connection.execute(statement)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        """End the connection and remove what it spilled."""
        self.connection.close()
        if self.spill:
            shutil.rmtree(self.spill, ignore_errors=True)

    def __enter__(self) -> "ScoredFiles":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def score_files(
    scheme: Scheme | Path,
    tables: Tables,
    *,
    rules: RuleProfile | Path | None = None,
    periods: list[str] | None = None,
    reading: Reading | None = None,
    engine: Engine | None = None,
) -> ScoredFiles:
    """Score every subject and period of the files by a scheme (a file of it, or read already).

    ``periods``: only these; what other periods say is history. Close the outcome, or use it with ``with``.
    Raises Problem for a mistake in the scheme or in the files; with ``reading.refuse_rows`` the rows that cannot be counted are
    left out, kept in the table ``refused`` and counted.
    """
    found, profile = read_scheme(scheme, rules) if isinstance(scheme, Path) else (scheme, profile_of(scheme, None, rules))
    how = reading or Reading()
    connection, spill = _connect(engine or Engine())
    outcome = ScoredFiles(connection, found, profile, tables, how, spill=spill)
    try:
        _load(outcome, periods)
        _score(outcome)
    except duckdb.OutOfMemoryException as error:
        outcome.close()
        what = f"the memory is not enough: {str(error).splitlines()[0].removeprefix('Out of Memory Error: ')}."
        raise Problem("--memory", what, "allow more (--memory 8GB), or give the temporary folder (TMPDIR) more room.") from None
    except BaseException:
        outcome.close()
        raise
    return outcome


def read_scheme(file: Path, rules: RuleProfile | Path | None = None) -> tuple[Scheme, RuleProfile]:
    """A scheme file, checked, with its rule profile. Raises Problem for its first mistake, and says how many more there are."""
    scheme, problems = scheme_mistakes(file)
    if scheme is None or problems:
        raise _first(problems)
    profile = profile_of(scheme, file, rules)
    if scheme.rule_profile is not None:
        _, problems = scheme_mistakes(file, Around(rules={scheme.rule_profile: profile}))
        if problems:
            raise _first(problems)
    return scheme, profile


def _first(problems: list[Problem]) -> Problem:
    first, more = problems[0], len(problems) - 1
    return Problem(first.place, f"{first.what} ({more} more after this one.)" if more else first.what, first.fix)


def profile_of(scheme: Scheme, file: Path | None, rules: RuleProfile | Path | None) -> RuleProfile:
    """The rule profile: given, written out in the scheme, or named by it and found in ``rules/`` beside its file.

    A scheme that names none stands alone: then methods that compare peers do so in groups of any size.
    Raises Problem where the named one is not there.
    """
    if isinstance(rules, RuleProfile):
        return rules
    if rules is not None:
        return read_declaration(rules, RuleProfile)
    if scheme.rules is not None or scheme.rule_profile is None:
        return scheme.own_rules()
    folder = (file or Path()).parent / "rules"
    for candidate in sorted(folder.glob("*.yaml")):
        profile = read_declaration(candidate, RuleProfile)
        if profile.id == scheme.rule_profile:
            return profile
    what = f"it names the rule profile '{scheme.rule_profile}', which is not in {folder}."
    raise Problem(f"{file or scheme.id}: rule_profile", what, "give it with --rules FILE, or write it out in the scheme under 'rules:'.")


def _connect(engine: Engine) -> tuple[duckdb.DuckDBPyConnection, Path | None]:
    """A connection, and the folder to be removed at its end."""
    own = None if engine.spill else Path(tempfile.mkdtemp(prefix="traceless-score-"))
    # no extension: nothing is asked of the network, and a time without a zone is UTC everywhere
    config: dict[str, Any] = {
        "temp_directory": str(engine.spill or own),
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
    }
    config |= {"threads": engine.threads} if engine.threads else {}
    config |= {"memory_limit": engine.memory} if engine.memory else {}
    try:
        return duckdb.connect(config=config), own
    except duckdb.Error as error:
        if own:
            shutil.rmtree(own, ignore_errors=True)
        raise Problem(
            "--memory, --threads", f"{str(error).splitlines()[0]}.", "write memory as 4GB and threads as a number above 0."
        ) from None


def _load(outcome: ScoredFiles, periods: list[str] | None) -> None:
    """From files to the relations that the scoring reads."""
    connection, scheme, tables, how = outcome.connection, outcome.scheme, outcome.tables, outcome.reading
    connection.execute("set variable absent_words = ?", [how.absent_words])
    connection.execute((_SQL / "cells.sql").read_text())
    if how.columns:
        sources = [open_source(connection, path) for _, path in tables.named()]
        refuse_strange_names(sources, how.columns, {*NAMES, *attributes_named(scheme)})
    roster = load_roster(connection, tables.groups, scheme, how)
    elsewhere = {roster.file.source.path: roster.file.found.values()} if roster.file else {}
    values = load_values(connection, tables.values, indicators_read(scheme), _codes_blended(scheme), how, elsewhere)
    _raise_unless_left_out(connection, how)
    fill_facts(connection, values, how)
    fill_subjects(connection, roster, values, scheme, periods)
    values.notes += load_decisions(connection, tables.decisions, scheme, outcome.profile, how)
    values.notes += load_members(connection, tables.members, scheme, roster, how)
    load_history(connection, tables.history, how)
    _raise_unless_left_out(connection, how)
    outcome.notes += values.notes
    outcome.refused = count_refused(connection)
    _subjects_there(connection, tables)


def _raise_unless_left_out(connection: duckdb.DuckDBPyConnection, how: Reading) -> None:
    if not how.refuse_rows:
        raise_refused(connection)


def _codes_blended(scheme: Scheme) -> set[str]:
    """What a blend puts together, and values may say themselves."""
    if scheme.blend is None:
        return set()
    term = {"term"} if scheme.blend.term else set()
    return term | {f"routine_q{n}" for n in (1, 2, 3, 4)} | {f"special.{special.scheme}" for special in scheme.blend.special}


def _subjects_there(connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    if connection.execute("from score_subject limit 1").fetchone():
        return
    names = ", ".join(path.name for use, path in tables.named() if use in ("values", "groups")) or "--values"
    raise Problem(names, "there is no subject left to score.", "give values of at least one subject, and the right --groups.")


def _score(outcome: ScoredFiles) -> None:
    """Score; with a blend the quarters first, since the years read their results."""
    connection, scheme, profile = outcome.connection, outcome.scheme, outcome.profile
    connection.execute("create or replace temp view score_fact as from fact_given")
    if scheme.blend is None:
        score(connection, scheme, profile, {}, scheme.tree)
        return
    connection.execute("create or replace temp table subject_blended as from score_subject")
    if _take(connection, f"regexp_matches(period, '{QUARTER}')"):
        score(connection, scheme, profile, {}, scheme.tree)
    if _take(connection, f"not regexp_matches(period, '{QUARTER}')"):
        connection.execute("set variable term_years = ?", [scheme.blend.term.years if scheme.blend.term else 0])
        connection.execute("set variable scheme = ?", [scheme.id])
        run_sql(connection, "create")
        create_result_tables(connection)
        connection.execute((_SQL / "blend.sql").read_text())
        score(connection, scheme, profile, {}, annual_tree(scheme))


def _take(connection: duckdb.DuckDBPyConnection, condition: str) -> bool:
    connection.execute(f"create or replace temp table score_subject as from subject_blended where {condition}")
    return connection.execute("from score_subject limit 1").fetchone() is not None
