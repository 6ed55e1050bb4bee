"""Rows of a snapshot which say that a record is gone. No rule judges them: what they carry was judged when the record was there."""

from dataclasses import dataclass

import duckdb

from declarations.feed import FeedContract
from expectations.checked import typed_rows
from expectations.sql_text import ident
from warehouse.batch import GONE


@dataclass(frozen=True)
class GoneRows:
    """``accepted``: SELECT of the typed rows of records that have a key; ``refused`` rows have none that can be read, their record was
    never accepted; ``lines``: SELECTs for the quarantine."""

    accepted: str
    refused: int
    lines: list[str]


def gone_rows(connection: duckdb.DuckDBPyConnection, contract: FeedContract, data: str) -> GoneRows:
    """The rows of the relation ``data`` that say that a record is gone."""
    typed = typed_rows(contract, f"(SELECT * FROM {data} WHERE {GONE})")
    named = " AND ".join(f"{ident(key)} IS NOT NULL" for key in contract.keys)
    names = ", ".join(ident(name) for name in contract.names)
    row = connection.execute(f"SELECT count(*) FROM ({typed}) WHERE NOT ({named})").fetchone()
    refused = int(row[0]) if row else 0
    line = f"""
        SELECT _row AS row_no, NULL AS record_key, 'gone' AS rule, NULL AS column_name, NULL AS value,
               'a record without a readable key is gone; it had been refused' AS reason FROM ({typed}) WHERE NOT ({named})"""
    return GoneRows(f"SELECT _row, {names}, true AS {GONE} FROM ({typed}) WHERE {named}", refused, [line] if refused else [])
