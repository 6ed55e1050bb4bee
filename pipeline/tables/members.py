"""Results of the subjects' units, for leaves of kind ``unit_result`` and for ceilings by a unit's grade."""

from pathlib import Path

import duckdb

from declarations.problem import Problem
from declarations.scheme import Scheme
from pipeline.tables.columns import PERIOD, SUBJECT, needed, optional
from pipeline.tables.flaws import STATUSES
from pipeline.tables.reading import Reading
from pipeline.tables.roster import ROLES, Roster
from pipeline.tables.source import literal
from pipeline.tables.table_file import TableFile, load_table, note_rows, refuse_empty, refuse_no_number, refuse_other_words, refuse_repeats

FILE_NO = 1003
OF_MEMBERS = (SUBJECT, PERIOD, *needed("unit_id", "role", "scheme", "unit_score"), *optional("unit_grade", "unit_status"))
OF_UNITS = (SUBJECT, PERIOD, *needed("scheme", "score"), *optional("grade", "status"))
_HERE = Path(__file__).parent
_STRANGERS = "select distinct subject from raw_members where subject not in (select subject_id from score_subject) order by 1"


def load_members(connection: duckdb.DuckDBPyConnection, path: Path | None, scheme: Scheme, roster: Roster, how: Reading) -> list[str]:
    """Make ``score_member``; returns what has to be told.

    The file names each member's unit and its result; or it is the units' own ``results.parquet``, and the file of groups says with
    ``unit_id`` and ``role`` who belongs to which unit.
    Raises Problem where the scheme reads units' results and there is no such file, or nobody's unit is known.
    """
    connection.execute(
        "create or replace temp table score_member (period varchar, subject_id varchar, unit_id varchar, role varchar, scheme varchar, "
        "unit_score double, unit_grade varchar, unit_status varchar)"
    )
    reads = sorted({leaf.unit_result.scheme for leaf in scheme.leaves() if leaf.unit_result})
    if path is None:
        if reads:
            what = f"it reads the results of units by the scheme '{reads[0]}', and there is no file with them."
            raise Problem(f"scheme {scheme.id}", what, "give the units' results as --members FILE.")
        return []
    of_units = load_table(connection, "members", FILE_NO, path, (SUBJECT, *optional("score", "unit_score")), how)
    if "unit_score" in of_units.found or "score" not in of_units.found:
        file = load_table(connection, "members", FILE_NO, path, OF_MEMBERS, how)
        _check(connection, file, "unit_score", "unit_status", ("subject", "period", "scheme", "unit_id"))
        refuse_other_words(connection, file, "role", ROLES)
        refuse_empty(connection, file, "unit_id", "role")
        connection.execute((_HERE / "members.sql").read_text())
        return _notes(connection, file, {"not among the scored subjects": _STRANGERS, **_unread(reads)})
    if roster.file is None or not {"unit_id", "role"} <= set(roster.file.found):
        what = "holds the results of units, and nobody says who belongs to which unit."
        raise Problem(str(path), what, "give --groups FILE with the columns unit_id and role (chief or deputy).")
    file = load_table(connection, "members", FILE_NO, path, OF_UNITS, how)
    _check(connection, file, "score", "status", ("subject", "period", "scheme"))
    connection.execute((_HERE / "members_of_units.sql").read_text())
    return _notes(connection, file, _unread(reads))


def _unread(reads: list[str]) -> dict[str, str]:
    if not reads:
        return {}
    unread = f"select distinct scheme from raw_members where scheme not in ({', '.join(map(literal, reads))}) order by all"
    return {"results by schemes that this one does not read": unread}


def _notes(connection: duckdb.DuckDBPyConnection, file: TableFile, asked: dict[str, str]) -> list[str]:
    found = {what: note_rows(connection, statement) for what, statement in asked.items()}
    return [f"{file.source.path.name}: {what}: {names}" for what, names in found.items() if names]


def _check(connection: duckdb.DuckDBPyConnection, file: TableFile, score: str, status: str, keys: tuple[str, ...]) -> None:
    refuse_empty(connection, file, "subject", "scheme", "period")
    refuse_no_number(connection, file, score)
    if status == "unit_status":
        refuse_other_words(connection, file, status, STATUSES)
    refuse_repeats(connection, file, keys)
