"""Decisions: only what is confirmed, signed off and not revoked moves anything; the rest is told."""

from pathlib import Path

import duckdb

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.scheme.adjust import Event
from pipeline.tables.columns import PERIOD, SUBJECT, needed, optional
from pipeline.tables.reading import Reading
from pipeline.tables.table_file import TableFile, load_table, note_rows, refuse_empty, refuse_no_number, refuse_repeats, refuse_where

FILE_NO = 1002
EVERYBODY = "*"
FLAGS = ("confirmed", "signed_off", "revoked")
_HERE = Path(__file__).parent
DECISIONS = (
    *needed("decision_no", "document_no"), SUBJECT, *needed("decision_type", "decided_on", "authority"),
    *optional("points"), PERIOD, *optional(*FLAGS),
)  # fmt: skip
_FATES = {
    "unconfirmed": "not confirmed, not signed off or revoked, so nothing follows",
    "later": "decided after the day of --as-of: not used",
    "unused": "of a type from which nothing follows in this scheme",
    "no_period": "in no scored period of the subject: not used",
}


def load_decisions(
    connection: duckdb.DuckDBPyConnection, path: Path | None, scheme: Scheme, profile: RuleProfile, how: Reading
) -> list[str]:
    """Make ``score_decision``; returns what has to be told, as lines. Reads ``score_subject`` and ``score_period``."""
    connection.execute(
        "create or replace temp table score_decision (period varchar, subject_id varchar, decision_no varchar, document_no varchar, "
        "decision_type varchar, decided_on date, authority varchar, points double)"
    )
    if path is None:
        return []
    file = load_table(connection, "decisions", FILE_NO, path, DECISIONS, how)
    _check(connection, file, scheme)
    used = sorted(types_used(scheme, profile))
    connection.execute("create or replace temp table decision_type_used as select unnest(?::varchar[]) as decision_type", [used])
    connection.execute("set variable as_of = cast(? as timestamp)", [how.as_of])
    connection.execute((_HERE / "decisions.sql").read_text())
    return _notes(connection, file)


def types_used(scheme: Scheme, profile: RuleProfile) -> set[str]:
    """The decision types from which something follows."""
    used = {adjustment.decision_type for adjustment in scheme.adjustments if isinstance(adjustment, Event)}
    used |= {veto.decision_type for veto in scheme.vetoes}
    used |= {one.decision_type for one in profile.consequences if one.decision_type}
    return used | {ceiling.approved_by for ceiling in profile.ceilings if ceiling.approved_by}


def _check(connection: duckdb.DuckDBPyConnection, file: TableFile, scheme: Scheme) -> None:
    refuse_empty(connection, file, "decision_no", "subject", "decision_type", "period")
    for flag in FLAGS:
        refuse_where(connection, file, flag, f"cell_answer({flag}) is null", "is neither true nor false", "write true or false")
    day = "decided_on is null or try_cast(decided_on as date) is null"
    refuse_where(connection, file, "decided_on", day, "is no date such as 2025-03-31", "correct it")
    refuse_no_number(connection, file, "points")
    below = "give the size; the scheme says whether it is added or taken"
    refuse_where(connection, file, "points", "cell_number(points) < 0", "is below 0", below)
    refuse_repeats(connection, file, ("decision_no", "subject"))
    unknown = f"subject <> '{EVERYBODY}' and subject not in (select subject_id from score_subject)"
    refuse_where(connection, file, "subject", unknown, "is not among the scored subjects", "correct it")
    # a file without one of these columns holds only what is confirmed, signed off and not revoked
    flags = [f"{'not ' if flag == 'revoked' else ''}cell_answer({flag})" for flag in FLAGS if flag in file.found]
    connection.execute(f"alter table {file.table} add column stands boolean default true")
    connection.execute(f"update {file.table} set stands = {' and '.join(flags) or 'true'}")
    for column in ("document_no", "authority"):
        what = f"but a confirmed decision needs its {column}"
        refuse_where(connection, file, column, f"{column} is null and stands", what, "fill it in")
    for event in (a for a in scheme.adjustments if isinstance(a, Event) and a.points_each is None):
        none = f"decision_type = '{event.decision_type}' and cell_absent(points) and stands"
        what = f"but the adjustment '{event.code}' counts the decision's own points"
        refuse_where(connection, file, "points", none, what, "fill it in, or give the adjustment points_each")


def _notes(connection: duckdb.DuckDBPyConnection, file: TableFile) -> list[str]:
    notes = []
    for fate, what in _FATES.items():
        found = note_rows(
            connection,
            "select decision_no || ' (' || decision_type || ', ' || subject || ')' from decision_fate "
            f"where fate = '{fate}' order by decision_no, subject",
        )
        if found:
            notes.append(f"{file.source.path.name}: {what}: {found}")
    return notes
