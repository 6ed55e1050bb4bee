"""Who is scored, in which periods, in which group: the file of groups, or everybody of the values."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.problem import Problem
from declarations.scheme import Scheme
from declarations.scheme.normalise import peers_of
from declarations.yaml_file import nearest
from pipeline.tables.columns import GROUP, PERIOD, SUBJECT, Column, optional
from pipeline.tables.reading import Reading
from pipeline.tables.table_file import (
    TableFile,
    load_table,
    note_rows,
    refuse_empty,
    refuse_no_number,
    refuse_other_words,
    refuse_repeats,
    refuse_where,
)
from pipeline.tables.value_file import ONE_PERIOD
from pipeline.tables.values import Values, refuse_outsiders
from warehouse.rows import insert_rows

FILE_NO = 0
ROLES = ("chief", "deputy")
GROUPS = (SUBJECT, PERIOD, GROUP, *optional("unit_id", "role", "days_share"))
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Roster:
    """The file of groups, where there is one, and the attributes that the scheme names."""

    file: TableFile | None
    attributes: tuple[str, ...]


def attributes_named(scheme: Scheme) -> tuple[str, ...]:
    """What ``peers`` and ``by`` name beside 'all' and 'group'."""
    methods = [m for leaf in scheme.leaves() for m in (leaf.normalise, *leaf.normalise_by_group.values()) if m is not None]
    named = {peers_of(one) for method in methods for one in (method, getattr(method, "fallback", None)) if one is not None}
    named |= {step.by for step in scheme.prepare if step.step == "impute"}
    named |= {step.peers for step in scheme.prepare if step.step == "winsorise"}
    return tuple(sorted(named - {"all", "group"}))


def load_roster(connection: duckdb.DuckDBPyConnection, path: Path | None, scheme: Scheme, how: Reading) -> Roster:
    """Read and check the file of groups into ``raw_groups``. Raises Problem where the scheme needs one and there is none."""
    attributes = attributes_named(scheme)
    if path is None:
        needs = [f"groups ({', '.join(scheme.groups)})"] if scheme.groups else []
        needs += [f"the attribute '{name}'" for name in attributes]
        if needs:
            what = f"the scheme has {' and '.join(needs)}, and no file says which subject has which."
            fix = "give a table with the columns subject and group (or the attribute) as --groups FILE; it may be the file of values."
            raise Problem(f"scheme {scheme.id}", what, fix)
        return Roster(None, ())
    group = Column(GROUP.name, GROUP.aliases, required=bool(scheme.groups))
    wanted = [group if column is GROUP else column for column in GROUPS] + [Column(name) for name in attributes]
    file = load_table(connection, "groups", FILE_NO, path, wanted, how)
    _check(connection, file, scheme, attributes)
    return Roster(file, attributes)


def _check(connection: duckdb.DuckDBPyConnection, file: TableFile, scheme: Scheme, attributes: tuple[str, ...]) -> None:
    refuse_empty(connection, file, "subject", "period", *(["group"] if scheme.groups else []), *attributes)
    refuse_repeats(connection, file, ("subject", "period"))
    refuse_no_number(connection, file, "days_share")
    refuse_where(connection, file, "days_share", "not (cell_number(days_share) between 0 and 1)", "is no share from 0 to 1", "correct it")
    refuse_other_words(connection, file, "role", ROLES)
    if scheme.groups:
        names = list(scheme.groups)
        unknown = connection.execute('select distinct "group" from raw_groups').fetchall()
        for (name,) in sorted(unknown):
            if name not in names:
                shown = f"is no group of the scheme ({', '.join(names)})"
                quoted = name.replace("'", "''")
                fix = f"{nearest(name, names)}Correct it or add the group to the scheme"
                refuse_where(connection, file, "group", f"\"group\" = '{quoted}'", shown, fix)


def fill_subjects(connection: duckdb.DuckDBPyConnection, roster: Roster, values: Values, scheme: Scheme, periods: list[str] | None) -> None:
    """Make ``score_period``, ``score_subject`` and ``score_attribute``; refuse values of those who are in no group.

    Raises Problem for a period that no file has.
    """
    _fill_periods(connection, roster, periods)
    variables = {"has_groups": bool(scheme.groups), "peers_by_group": scheme.peers == "group", "has_blend": scheme.blend is not None}
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])
    if roster.file is None:
        connection.execute("create or replace temp table roster as from present semi join score_period using (period)")
        connection.execute((_HERE / "subjects_of_values.sql").read_text())
    else:
        connection.execute((_HERE / "subjects_of_groups.sql").read_text())
        refuse_outsiders(connection, values)
        _note_silent(connection, roster.file, values)
        if "group" in roster.file.found and not scheme.groups:
            values.notes.append(
                f"{roster.file.source.path.name}: the scheme declares no groups; the column '{roster.file.found['group']}' is not used"
            )
    connection.execute(
        "create or replace temp table score_attribute (period varchar, subject_id varchar, attribute varchar, value varchar)"
    )
    for name in roster.attributes:
        connection.execute(
            f'insert into score_attribute select r.period, r.subject, ?, g."{name}" from roster as r '
            "join raw_groups as g on g.subject = r.subject and coalesce(g.period, r.period) = r.period",
            [name],
        )


def _fill_periods(connection: duckdb.DuckDBPyConnection, roster: Roster, periods: list[str] | None) -> None:
    """All periods of the values and of the groups, or those that were asked for."""
    connection.execute("create or replace temp table score_period as select distinct period from present")
    if roster.file is not None and "period" in roster.file.found:
        connection.execute("create or replace temp table score_period as from score_period union select period from raw_groups")
    if connection.execute("from score_period limit 1").fetchone() is None:
        insert_rows(connection, "score_period", [[ONE_PERIOD]])
    if not periods:
        return
    known = [row[0] for row in connection.execute("select period from score_period order by period").fetchall()]
    for period in periods:
        if period not in known:
            has = "no column 'period'" if known == [ONE_PERIOD] else f"{', '.join(known[-8:])}"
            raise Problem("--period", f"no file has the period '{period}'; there is {has}.", f"{nearest(period, known)}Correct it.")
    connection.execute("create or replace temp table score_period (period varchar)")
    insert_rows(connection, "score_period", [[period] for period in sorted(set(periods))])


def _note_silent(connection: duckdb.DuckDBPyConnection, file: TableFile, values: Values) -> None:
    silent = note_rows(connection, "select distinct subject from roster anti join present using (subject) order by subject")
    if silent:
        values.notes.append(f"{file.source.path.name}: no values at all, not_reported: {silent}")
