"""The files of values together: what was read, what was refused, and the relation ``score_fact``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from declarations.problem import Problem
from declarations.yaml_file import nearest
from pipeline.tables.flaws import KEYLESS, fill_flaws
from pipeline.tables.reading import Reading
from pipeline.tables.source import identifier, literal, open_source
from pipeline.tables.value_file import ValueFile, load_value_file

_HERE = Path(__file__).parent
_NO_CELLS = (
    "select 0 as file_no, '' as period, '' as subject, '' as indicator, 0.0::double as value, 0::bigint as n, 0.0::double as interval_low, "
    "0.0::double as interval_high, '' as status, null::timestamp as known_at where false"
)


@dataclass
class Values:
    """What was loaded, and what has to be told about it."""

    files: list[ValueFile]
    notes: list[str] = field(default_factory=list)

    @property
    def known_at(self) -> bool:
        return any("known_at" in file.found for file in self.files)


def load_values(
    connection: duckdb.DuckDBPyConnection,
    paths: list[Path],
    wanted: set[str],
    welcome: set[str],
    how: Reading,
    elsewhere: Mapping[Path, Collection[str]],
) -> Values:
    """Load all files into ``value_<k>``, ``value_cell`` and ``file_case`` (file_no, period, subject), mistakes into ``refused``.

    ``wanted``: the indicators that the scheme reads; ``welcome``: others that are taken where they are given; ``elsewhere``: columns
    of the same file that another table takes.
    Raises Problem for a file that cannot be read, for columns, and where no indicator of the scheme is in any file.
    """
    fill_flaws(connection)
    read = wanted | welcome
    connection.execute("create or replace temp table file_case (file_no int, period varchar, subject varchar)")
    connection.execute("create or replace temp table read_indicator as select unnest(?::varchar[]) as indicator", [sorted(read)])
    values = Values([load_value_file(connection, n, open_source(connection, path), read, how) for n, path in enumerate(paths, 1)])
    if values.known_at:
        for file in values.files:
            if "known_at" not in file.found:
                what = "has no column 'known_at', another file of the values has one."
                raise Problem(f"{file.source.path}: header", what, "add it, or score the files apart.")
    for file in values.files:
        _refuse_flaws(connection, file)
        _count(connection, file, values, set(elsewhere.get(file.source.path, ())))
    _refuse_duplicates(connection, values)
    _indicators_known(values, _given(connection, values), wanted)
    _fill_cells(connection, values)
    return values


def refuse_outsiders(connection: duckdb.DuckDBPyConnection, values: Values) -> None:
    """Refuse the rows of values whose subject is in no row of ``roster`` (period, subject)."""
    connection.execute(
        "create or replace temp table outsider as select * from file_case semi join score_period using (period) "
        "anti join roster using (period, subject)"
    )
    reason, fix = "is not in the file of groups", "add the subject there"
    for file in values.files:
        if _any(connection, f"from outsider where file_no = {file.number}"):
            connection.execute(
                f"insert into refused select ?, ?, row_no, ?, subject, ?, ? from ({file.typed(numbered=True)}) as t "
                f"semi join (from outsider where file_no = {file.number}) as o using (period, subject)",
                [file.number, file.source.path.name, file.found["subject"], reason, fix],
            )


def fill_facts(connection: duckdb.DuckDBPyConnection, values: Values, how: Reading) -> None:
    """Make ``fact_given`` and ``present`` (period, subject): of several values of one key the one known last."""
    if not values.known_at:
        connection.execute((_HERE / "facts.sql").read_text())
        connection.execute("create or replace temp table present as select distinct period, subject from file_case")
        return
    connection.execute("set variable as_of = cast(? as timestamp)", [how.as_of])
    connection.execute((_HERE / "facts_known.sql").read_text())
    connection.execute("create or replace temp table present as select distinct period, subject_id as subject from fact_given")
    row = connection.execute("select count(*) from value_cell where known_at > getvariable('as_of')").fetchone()
    if row and row[0]:
        values.notes.append(f"{counted(row[0], 'value')} became known after {how.as_of_shown}: not used")


def _refuse_flaws(connection: duckdb.DuckDBPyConnection, file: ValueFile) -> None:
    """Put flawed rows and cells into ``refused``; only they cost a second look at the file."""
    name = file.source.path.name
    if _any(connection, f"from {file.table} where flaw > 0"):
        said = " ".join(f"when {literal(column)} then said_{column}" for column in file.found)
        at = " ".join(f"when {literal(ours)} then {literal(theirs)}" for ours, theirs in file.found.items())
        connection.execute(
            f"insert into refused select ?, ?, t.row_no, case f.column_name {at} end, case f.column_name {said} end, f.reason, f.fix "
            f"from ({file.typed(numbered=True)}) as t join flaw as f on f.flaw = t.flaw",
            [file.number, name],
        )
        connection.execute(f"delete from {file.table} where list_contains(?, flaw)", [KEYLESS])
    if not file.is_long and _any(connection, f"from {file.table} where bad_cells > 0"):
        for code in file.indicators:
            connection.execute(
                f"insert into refused select ?, ?, row_no, ?, cell_text(cell), f.reason, f.fix "
                f"from (select row_no, {file.bad(code)} as bad, "
                f"{identifier(code)} as cell from ({file.source.numbered()})) join flaw as f on f.flaw = 5 where bad",
                [file.number, name, code],
            )


def _count(connection: duckdb.DuckDBPyConnection, file: ValueFile, values: Values, elsewhere: set[str]) -> None:
    """Keep what the scheme reads, note what it does not read and which values are no usable numbers."""
    name = file.source.path.name
    connection.execute(f"insert into file_case select distinct {file.number}, period, subject from {file.table}")
    if file.is_long:
        row = _row(connection, f"select count(*), count(distinct indicator) from {file.table} anti join read_indicator using (indicator)")
        if row[0]:
            values.notes.append(f"{name}: the scheme does not read {counted(row[1], 'indicator')} of it ({counted(row[0], 'row')})")
            connection.execute(f"delete from {file.table} where indicator not in (from read_indicator)")
        if "status" in file.found:
            row = _row(connection, f"select count(*) from {file.table} where flaw = 0 and value is not null and status <> 'ok'")
            if row[0]:
                values.notes.append(f"{name}: {counted(row[0], 'value')} beside a status other than ok: not used")
    elif others := [name for name in file.others if name not in elsewhere]:
        listed = ", ".join(others[:6]) + (", …" if len(others) > 6 else "")
        values.notes.append(f"{name}: the scheme does not read {counted(len(others), 'column')} of it: {listed}")
    unusable = _row(connection, file.unusable())[0]
    if unusable:
        values.notes.append(f"{name}: {counted(unusable, 'value')} NaN, infinite or beyond 1e150: invalid")


def _refuse_duplicates(connection: duckdb.DuckDBPyConnection, values: Values) -> None:
    """A key that stands twice, in one file or in several, counts nowhere: nobody can say which row is right."""
    connection.execute(
        "create or replace temp table duplicated (file_no int, period varchar, subject varchar, indicator varchar, known_at timestamp)"
    )
    for file in values.files:
        known = "known_at" if "known_at" in file.found else "null::timestamp"
        indicator = "indicator" if file.is_long else "null"
        connection.execute(
            f"insert into duplicated select {file.number}, period, subject, {indicator}, {known} from {file.table} "
            "group by all having count(*) > 1"
        )
    if len(values.files) > 1:
        connection.execute(f"create or replace temp view file_cell as {_file_cells(values)}")
        connection.execute((_HERE / "duplicated.sql").read_text())
    for file in values.files:
        if _any(connection, f"from duplicated where file_no = {file.number}"):
            _refuse_duplicates_of(connection, file)


def _refuse_duplicates_of(connection: duckdb.DuckDBPyConnection, file: ValueFile) -> None:
    known = "t.known_at is not distinct from d.known_at" if "known_at" in file.found else "true"
    same = "t.indicator = d.indicator" if file.is_long else "true"
    key = "concat_ws(', ', d.subject, d.period, d.indicator)"
    connection.execute(
        f"insert into refused select ?, ?, t.row_no, null, {key}, ?, ? from ({file.typed(numbered=True)}) as t "
        f"join (from duplicated where file_no = ?) as d on d.subject = t.subject and d.period = t.period and {same} and {known}",
        [file.number, file.source.path.name, "stands more than once in the values", "keep one of the rows", file.number],
    )


def _file_cells(values: Values) -> str:
    return " union all by name ".join(f"select {file.number} as file_no, * from ({file.cells()})" for file in values.files)


def _fill_cells(connection: duckdb.DuckDBPyConnection, values: Values) -> None:
    """The view ``value_cell``: all values; of a duplicated key one invalid value."""
    connection.execute(f"create or replace temp view file_cell as {_file_cells(values) or _NO_CELLS}")
    if not _any(connection, "from duplicated"):
        connection.execute("create or replace temp view value_cell as select * exclude (file_no) from file_cell")
        return
    connection.execute("create or replace temp table file_indicator (file_no int, indicator varchar)")
    for file in values.files:
        codes = f"select distinct indicator from {file.table}" if file.is_long else "select unnest(?::varchar[]) as indicator"
        given = [] if file.is_long else [list(file.indicators)]
        connection.execute(f"insert into file_indicator select {file.number}, indicator from ({codes})", given)
    connection.execute((_HERE / "cells_once.sql").read_text())


def _given(connection: duckdb.DuckDBPyConnection, values: Values) -> set[str]:
    """The indicators that the files have."""
    given: set[str] = set()
    for file in values.files:
        if file.is_long:
            given |= {row[0] for row in connection.execute(f"select distinct indicator from {file.table}").fetchall()}
        else:
            given |= set(file.indicators)
    return given


def _indicators_known(values: Values, given: set[str], read: set[str]) -> None:
    """Note the indicators that no file has. Raises Problem where none has any."""
    places = ", ".join(file.source.path.name for file in values.files)
    if read and not given and values.files:
        what = f"no row is of an indicator that the scheme reads ({', '.join(sorted(read)[:8])})."
        raise Problem(places, what, "correct the column 'indicator' or the scheme's indicators, or name another file.")
    columns = sorted({name for file in values.files for name in file.others if not file.is_long})
    for code in sorted(read - given):
        close = next((name for name in columns if name.casefold() == code.casefold()), None)
        hint = f"; did you mean its column '{close}'?" if close else f". {nearest(code, columns)}".rstrip(". ")
        values.notes.append(f"indicator '{code}' is in no file: not_reported everywhere{hint}")


def counted(number: int, what: str) -> str:
    """``3 rows``, ``1 row``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return connection.execute(f"{relation} limit 1").fetchone() is not None


def _row(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    return connection.execute(statement).fetchone() or ()
