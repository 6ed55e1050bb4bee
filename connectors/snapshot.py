"""A whole copy of a source against what stands of it: only what changed is landed, and what is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from connectors.content import PARQUET, as_value, expired, literal, quoted, row_hash, scanning
from declarations.feed import ControlTotal, FeedContract
from warehouse.batch import GONE


@dataclass(frozen=True)
class Difference:
    """What a copy says that does not stand yet. ``changed``: rows of records that are new or say something else; ``gone``: records
    that are no longer there; ``copied`` and ``stood``: rows of the copy, and rows that stood before it; ``expired`` rows are too old;
    ``totals``: sums over the copy of the columns that control totals are about."""

    changed: int
    gone: int
    copied: int
    stood: int
    expired: int
    totals: dict[str, str]


def keep_difference(
    data: Path, earlier: Sequence[Path], contract: FeedContract, before: date | None, ends: Sequence[int], find_gone: bool
) -> Difference:
    """Replace a copy (``data``, not landed yet) by what it changes: the rows of the records that are new or differ, and one row
    with the values known last for each record that is gone (``_gone``). A record that comes back is new.

    ``earlier`` are the standing batches in their order: a record stands as the last batch has it that has a row of it. Rows from
    before ``before`` count on neither side. ``ends`` are the rows with which the copy's files end: of a record that
    stands in several, the last file speaks. Without ``find_gone`` nothing is gone: a copy of which rows could not be
    read does not say what is missing.
    """
    difference = data.with_name("difference.parquet")
    with scanning(data.parent) as con:
        _read_copy(con, data, contract, before, ends)
        _read_standing(con, earlier, contract, before)
        _compare(con)
        _write(con, contract, find_gone, difference)
        counted = f"""
            SELECT count(*) FILTER (WHERE NOT {GONE}), count(*) FILTER (WHERE {GONE}), (SELECT count(*) FROM here),
                   (SELECT count(*) FROM there WHERE NOT gone),
                   (SELECT sum(num_rows) FROM parquet_file_metadata({literal(str(data))})) - (SELECT count(*) FROM copied)
            FROM read_parquet({literal(str(difference))})"""
        found = con.execute(counted).fetchall()[0]
        totals = _totals(con, contract)
    difference.replace(data)
    changed, gone, copied, stood, expired_rows = map(int, found)
    return Difference(changed, gone, copied, stood, expired_rows, totals)


def _read_copy(con: duckdb.DuckDBPyConnection, data: Path, contract: FeedContract, before: date | None, ends: Sequence[int]) -> None:
    """View ``copied``: the rows that are young enough; table ``here``: key, content and number of each."""
    con.execute(f"CREATE VIEW copied AS SELECT * FROM read_parquet({literal(str(data))}) WHERE NOT {expired(contract, before)}")
    con.execute(f"CREATE TABLE here AS SELECT {_key(contract)} AS k, {_content(contract)} AS h, _row FROM copied")
    if len(ends) > 1:
        con.execute("CREATE TABLE file_end AS SELECT DISTINCT unnest($ends) AS last_row", {"ends": list(ends)})
        con.execute("CREATE TABLE of_file AS SELECT k, h, _row, last_row FROM here ASOF JOIN file_end ON here._row <= file_end.last_row")
        con.execute(
            "CREATE OR REPLACE TABLE here AS SELECT k, h, _row FROM of_file "
            "SEMI JOIN (SELECT k, max(last_row) AS last_row FROM of_file GROUP BY k) AS last USING (k, last_row)"
        )
        con.execute("DROP TABLE of_file")


def _read_standing(con: duckdb.DuckDBPyConnection, earlier: Sequence[Path], contract: FeedContract, before: date | None) -> None:
    """View ``stood``: all rows of the standing batches; table ``there``: key, content, file and number of the rows that hold."""
    template = f"SELECT *, false AS {GONE}, '' AS filename FROM copied LIMIT 0"
    files = ", ".join(literal(str(file)) for file in earlier)
    read = f"SELECT * FROM read_parquet([{files}], union_by_name := true, filename := true)" if earlier else template
    con.execute(f"CREATE VIEW stood AS SELECT * FROM (({template}) UNION ALL BY NAME ({read})) WHERE NOT {expired(contract, before)}")
    con.execute(f"CREATE TABLE batch AS SELECT unnest([{files}]::VARCHAR[]) AS filename, unnest(range({len(earlier)})) AS number")
    con.execute(
        f"CREATE TABLE every AS SELECT {_key(contract)} AS k, {_content(contract)} AS h, coalesce({GONE}, false) AS gone, number, _row "
        "FROM stood JOIN batch USING (filename)"
    )
    con.execute(
        "CREATE TABLE there AS SELECT * FROM every "
        "SEMI JOIN (SELECT k, max(number) AS number FROM every GROUP BY k) AS last USING (k, number)"
    )
    con.execute("DROP TABLE every")


def _compare(con: duckdb.DuckDBPyConnection) -> None:
    """Table ``differs``: keys whose rows in the copy are not those that stand; table ``absent``: keys that are no longer there."""
    con.execute("CREATE VIEW holds AS SELECT k, h FROM there WHERE NOT gone")
    con.execute("CREATE TABLE lost AS SELECT DISTINCT k FROM holds ANTI JOIN here USING (k, h)")
    con.execute("CREATE TABLE differs AS SELECT k FROM here ANTI JOIN holds USING (k, h) UNION SELECT k FROM lost SEMI JOIN here USING (k)")
    con.execute("CREATE TABLE absent AS SELECT k FROM lost ANTI JOIN here USING (k)")


def _write(con: duckdb.DuckDBPyConnection, contract: FeedContract, find_gone: bool, file: Path) -> None:
    names = ", ".join(map(quoted, contract.names))
    changed = f"SELECT {names}, false AS {GONE} FROM copied WHERE _row IN (SELECT _row FROM here SEMI JOIN differs USING (k)) ORDER BY _row"
    gone = f"UNION ALL ({_gone_rows(contract)})" if find_gone else ""
    con.execute(f"COPY (SELECT row_number() OVER () AS _row, {names}, {GONE} FROM (({changed}) {gone})) TO {literal(str(file))} {PARQUET}")


def _totals(con: duckdb.DuckDBPyConnection, contract: FeedContract) -> dict[str, str]:
    rules = [rule.column for rule in contract.expectations if isinstance(rule, ControlTotal)]
    sums = {name: f"CAST(sum({as_value(contract.column(name), quoted(name))}) AS VARCHAR)" for name in rules if name is not None}
    if not sums:
        return {}
    found = con.execute(f"SELECT {', '.join(sums.values())} FROM copied").fetchall()[0]
    return {name: total or "0" for name, total in zip(sums, found, strict=True)}


def _gone_rows(contract: FeedContract) -> str:
    """SELECT of one row for each absent record, as it was known last."""
    names = ", ".join(map(quoted, contract.names))
    newest = as_value(contract.column(contract.version), quoted(contract.version)) if contract.version else "1"
    return f"""
        SELECT {names}, true AS {GONE} FROM (
            SELECT s.*, row_number() OVER (PARTITION BY t.k ORDER BY {newest} DESC NULLS LAST, s._row DESC) AS place
            FROM (SELECT * FROM there SEMI JOIN absent USING (k)) AS t
            JOIN batch AS b USING (number) JOIN stood AS s ON s.filename = b.filename AND s._row = t._row)
        WHERE place = 1 ORDER BY {", ".join(quoted(key) for key in contract.keys)}"""


def _key(contract: FeedContract) -> str:
    return row_hash(contract.keys)


def _content(contract: FeedContract) -> str:
    """64 bits of a row: compared with rows of the same key alone, and within this process alone."""
    return f"hash({', '.join(quoted(name) for name in sorted(contract.names))})"
