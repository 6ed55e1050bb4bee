"""The table ``checked``: a landed batch, typed, with one flag a rule, in a DuckDB of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from declarations.check_feed import check_batch_rules, check_relations
from declarations.feed import FeedContract, GreatExpectation, RowIs, Unique
from declarations.problem import Problem
from expectations.casting import text_name, text_of, typed
from expectations.checks import UniqueKey, batch_checks
from expectations.other_feeds import create_empty, lookups
from expectations.row_rule import RowRule, flag_name, row_rules
from expectations.sql_text import ident, literal, masked
from warehouse.error_words import first_line

MEMORY = "1GB"  # beyond it the table's blocks are in its file alone
_VECTORS = 512  # of 2048 rows each: so many rows a time go to Great Expectations


@dataclass(frozen=True)
class Counts:
    """Rows of the batch, rows refused by any rule, and rows failing each rule in order."""

    rows: int
    refused: int
    failing: list[int]


@contextmanager
def database(folders: list[Path], spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in UTC, with its file in ``spill``, that can reach files of these folders only. Its memory does not grow with the batch."""
    with duckdb.connect(str(spill / "checked.duckdb")) as connection:
        allowed = ", ".join(literal(str(folder)) for folder in [*folders, spill])
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = {literal(str(spill))}")
        connection.execute(f"SET allowed_directories = [{allowed}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def check_expectations(contract: FeedContract, feeds: Mapping[str, FeedContract] | None = None) -> None:
    """Prove that every rule of a contract can be run. Raises Problem naming feed, rule and what to correct.

    ``feeds``: the project's contracts, to see that what other feeds are asked for is there; without them that is not looked at.
    """
    rules = row_rules(contract)
    if feeds is not None:
        check_relations(contract, feeds)
    check_batch_rules(contract)
    if any(isinstance(check, GreatExpectation) for check in batch_checks(contract)):
        from expectations.gx_rule import check_gx_rules  # Great Expectations takes seconds to import

        check_gx_rules(contract)
    with duckdb.connect() as connection:
        columns = ", ".join(f"{ident(name)} VARCHAR" for name in contract.names)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE landed (_row BIGINT, {columns})")
        connection.execute("INSERT INTO landed (_row) VALUES (1)")  # some mistakes show on a row only
        make_checked(connection, contract, rules, "landed")


def make_checked(connection: duckdb.DuckDBPyConnection, contract: FeedContract, rules: list[RowRule], landed: str) -> None:
    """Type the relation ``landed`` and flag its rows, in one scan; then flag the keys that contradict each other."""
    names = ", ".join(ident(name) for name in contract.names)
    flags = ", ".join(f"{rule.passes} AS {ident(flag_name(i, rule))}" for i, rule in enumerate(rules))
    create_empty(connection, lookups([rule.check for rule in rules]))
    try:
        connection.execute(f"CREATE TABLE checked AS SELECT _row, {names}, {flags} FROM ({typed_rows(contract, landed)})")
    except duckdb.Error as error:
        raise _explained(connection, contract, rules, landed, error) from None
    kinds = {str(name): str(kind) for name, kind, *_ in connection.execute("DESCRIBE checked").fetchall()}
    for i, rule in enumerate(rules):
        if kinds[flag_name(i, rule)] != "BOOLEAN":
            what = f"the condition gives {kinds[flag_name(i, rule)]}, not true or false."
            raise Problem(f"feed {contract.id}: {rule.rule}", what, "write a comparison, such as amount_yuan >= 0.")
    for i, rule in enumerate(rules):
        if isinstance(rule.check, UniqueKey):
            connection.execute(_flag_contradictions(contract, ident(flag_name(i, rule))))
        if isinstance(rule.check, Unique):
            connection.execute(_flag_shared(contract, rule.check, ident(flag_name(i, rule))))


def typed_rows(contract: FeedContract, landed: str) -> str:
    """SELECT of ``_row``, the typed columns and their texts from a relation of landed texts."""
    texts = ", ".join(f"{text_of(column)} AS {ident(text_name(column))}" for column in contract.columns)
    values = ", ".join(f"{typed(column)} AS {ident(column.name)}" for column in contract.columns)
    return f"SELECT *, {values} FROM (SELECT _row, {texts} FROM {landed})"


def _flag_contradictions(contract: FeedContract, flag: str) -> str:
    """UPDATE that clears the flag of rows whose key and version occur with more than one content."""
    same = list(dict.fromkeys([*contract.keys, *([contract.version] if contract.version else [])]))
    keys = ", ".join(ident(name) for name in same)
    whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in contract.keys)
    joined = " AND ".join(f"c.{ident(name)} IS NOT DISTINCT FROM d.{ident(name)}" for name in same)
    contents = ", ".join(f"c.{ident(name)}" for name in contract.names)
    return f"""
        UPDATE checked SET {flag} = false WHERE _row IN (
            WITH repeated AS (
                SELECT {keys} FROM checked WHERE {whole} GROUP BY {keys} HAVING count(*) > 1
            ), contents AS (
                SELECT DISTINCT {contents} FROM checked AS c JOIN repeated AS d ON {joined}
            ), differing AS (
                SELECT {keys} FROM contents GROUP BY {keys} HAVING count(*) > 1
            )
            SELECT c._row FROM checked AS c JOIN differing AS d ON {joined}
        )"""


def _flag_shared(contract: FeedContract, check: Unique, flag: str) -> str:
    """UPDATE that clears the flag of rows whose values in these columns occur in records with different keys."""
    same = ", ".join(ident(name) for name in check.columns)
    keys = ", ".join(ident(name) for name in dict.fromkeys([*check.columns, *contract.keys]))
    whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in check.columns)
    joined = " AND ".join(f"c.{ident(name)} = d.{ident(name)}" for name in check.columns)
    twice = "HAVING count(*) > 1"
    return f"""
        UPDATE checked SET {flag} = false WHERE _row IN (
            WITH repeated AS (
                SELECT {same} FROM checked WHERE {whole} GROUP BY {same} {twice}
            ), records AS (
                SELECT DISTINCT {keys} FROM checked SEMI JOIN repeated USING ({same})
            ), shared AS (
                SELECT {same} FROM records GROUP BY {same} {twice}
            )
            SELECT c._row FROM checked AS c JOIN shared AS d ON {joined}
        )"""


def kept(rules: list[RowRule]) -> str:
    """SQL condition that a row of ``checked`` is refused by no rule."""
    flags = [ident(flag_name(i, rule)) for i, rule in enumerate(rules) if rule.action == "quarantine"]
    return f"({' AND '.join(flags) or 'true'})"


def count(connection: duckdb.DuckDBPyConnection, rules: list[RowRule]) -> Counts:
    """Count the flags in one scan."""
    failing = [f"count(*) FILTER (WHERE NOT {ident(flag_name(i, rule))})" for i, rule in enumerate(rules)]
    refused = f"count(*) FILTER (WHERE NOT {kept(rules)})"
    row = connection.execute(f"SELECT count(*), {', '.join([refused, *failing])} FROM checked").fetchone()
    assert row is not None
    return Counts(rows=int(row[0]), refused=int(row[1]), failing=[int(number) for number in row[2:]])


def flag_frames(connection: duckdb.DuckDBPyConnection, rules: list[RowRule]) -> Iterator[pd.DataFrame]:
    """The flags, some hundred thousand rows a time; one empty frame for an empty batch."""
    flags = ", ".join(ident(flag_name(i, rule)) for i, rule in enumerate(rules))
    result = connection.execute(f"SELECT {flags} FROM checked")
    frame = result.fetch_df_chunk(_VECTORS)
    while True:
        yield frame
        frame = result.fetch_df_chunk(_VECTORS)
        if frame.empty:
            return


def _explained(
    connection: duckdb.DuckDBPyConnection,
    contract: FeedContract,
    rules: list[RowRule],
    landed: str,
    error: duckdb.Error,
) -> Problem:
    """Find the column or rule that DuckDB cannot run."""
    rows, fix = typed_rows(contract, landed), f"correct it in feeds/{contract.id}/feed.yaml."
    for column in contract.columns:
        try:
            texts = f"SELECT {text_of(column)} AS {ident(text_name(column))} FROM {landed}"
            connection.execute(f"SELECT count({typed(column)}) FROM ({texts})").fetchall()
        except duckdb.Error as cause:
            what = f"cannot be read as {column.type}: {_first_line(connection, contract, cause)}"
            return Problem(f"feed {contract.id}: column {column.name}", what, fix)
    for rule in rules:
        try:
            connection.execute(f"SELECT count(*) FILTER (WHERE {rule.passes}) FROM ({rows})").fetchall()
        except duckdb.Error as cause:
            said = f"cannot be run: {_first_line(connection, contract, cause)}"
            shown = rule.check.condition if isinstance(rule.check, RowIs) else rule.column
            return Problem(f"feed {contract.id}: {rule.rule} ({shown})", said, fix)
    return Problem(f"feed {contract.id}", f"cannot be validated: {_first_line(connection, contract, error)}", "see the batch's files.")


def _first_line(connection: duckdb.DuckDBPyConnection, contract: FeedContract, error: duckdb.Error) -> str:
    line = first_line(error, withhold=any(column.personal != "none" for column in contract.columns))
    row = connection.execute(f"SELECT {masked('$1')}", [line]).fetchone()
    return f"{str(row[0] if row else '').rstrip('.')}."
