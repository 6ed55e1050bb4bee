"""Writing what became of a batch's rows: ``accepted.parquet`` and ``quarantine.parquet``."""

from pathlib import Path

import duckdb

from declarations.feed import FeedContract
from expectations.casting import text_name
from expectations.checked import kept, typed_rows
from expectations.row_rule import RowRule, flag_name, record_key
from expectations.sql_text import ident, literal, masked
from warehouse.batch import GONE, SQL_TYPE

VALUE_LENGTH = 200
_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"
_NO_ROWS = """
    SELECT NULL::BIGINT AS row_no, NULL::VARCHAR AS record_key, NULL::VARCHAR AS rule, NULL::VARCHAR AS column_name,
           NULL::VARCHAR AS value, NULL::VARCHAR AS reason WHERE false"""


def write_accepted(
    connection: duckdb.DuckDBPyConnection, contract: FeedContract, rules: list[RowRule], file: Path, gone: str | None = None
) -> None:
    """The rows that no rule refuses, typed, in the order of the landing; ``gone``: SELECT of those that say that a record is gone."""
    names = ", ".join(ident(name) for name in contract.names)
    query = f"SELECT _row, {names}{f', false AS {GONE}' if gone else ''} FROM checked WHERE {kept(rules)}"
    query = f"SELECT * FROM ({query} UNION ALL {gone})" if gone else query
    connection.execute(f"COPY ({query} ORDER BY _row) TO {literal(str(file))} {_PARQUET}")


def write_none_accepted(connection: duckdb.DuckDBPyConnection, contract: FeedContract, file: Path) -> None:
    """A file of the same columns without rows, for a broken batch."""
    names = ", ".join(f"NULL::{SQL_TYPE[column.stored_type]} AS {ident(column.name)}" for column in contract.columns)
    query = f"SELECT NULL::BIGINT AS _row, {names} WHERE false"
    connection.execute(f"COPY ({query}) TO {literal(str(file))} {_PARQUET}")


def write_quarantine(connection: duckdb.DuckDBPyConnection, feed: str, batch_id: str, refused: list[str], file: Path) -> None:
    """One line a refused row and rule, masked and cut; ``refused`` are SELECTs of what is refused and why."""
    rows = " UNION ALL ".join(f"({query})" for query in [*refused, _NO_ROWS])
    query = f"""
        SELECT {literal(feed)} AS feed, {literal(batch_id)} AS batch_id, row_no, {masked("record_key")} AS record_key,
               rule, column_name, left({masked("value")}, {VALUE_LENGTH}) AS value, {masked("reason")} AS reason
        FROM ({rows}) ORDER BY row_no, rule, column_name, reason"""
    connection.execute(f"COPY ({query}) TO {literal(str(file))} {_PARQUET}")


def refused_by_rules(contract: FeedContract, rules: list[RowRule], landed: str) -> str:
    """SELECT of the rows that rules refuse, one line a row and rule, with the text as it was landed."""
    lines = ", ".join(
        f"CASE WHEN NOT {ident(flag_name(i, rule))} THEN {{'rule': {literal(rule.rule)}, 'column_name': "
        f"{'NULL' if rule.column is None else literal(rule.column)}, 'value': CAST({rule.value} AS VARCHAR), "
        f"'reason': {rule.reason}}} END"
        for i, rule in enumerate(rules)
        if rule.action == "quarantine"
    )
    texts = ", ".join(ident(text_name(column)) for column in contract.columns)
    # narrowed before the texts are trimmed: refused rows are few
    refused = f"(SELECT * FROM {landed} WHERE _row IN (SELECT _row FROM checked WHERE NOT {kept(rules)}))"
    return f"""
        SELECT row_no, record_key, line.rule, line.column_name, line.value, line.reason FROM (
            SELECT _row AS row_no, {record_key(contract)} AS record_key, unnest([{lines}]) AS line
            FROM (SELECT * FROM checked WHERE NOT {kept(rules)})
            JOIN (SELECT _row, {texts} FROM ({typed_rows(contract, refused)})) USING (_row)
        ) WHERE line IS NOT NULL"""


def unreadable(refused: str) -> str:
    """SELECT of the rows that could not be read when they were landed."""
    return f"""
        SELECT _row AS row_no, NULL AS record_key, 'unreadable' AS rule, NULL AS column_name, NULL AS value,
               concat(reason, ' (', position, ')') AS reason FROM {refused}"""
