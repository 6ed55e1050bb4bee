"""One hand-written DuckDB query that says which rows of a source a contract refuses, apart from any code of the pipeline."""

import duckdb

from declarations.feed import Between, Column, FeedContract, InSet, Matches, NotBefore, NotNull, RowIs

TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(28,8)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def _broken(column: Column) -> list[str]:
    text, typed = f'"{column.source_name}"::VARCHAR', f'try_cast("{column.source_name}"::VARCHAR AS {TYPES[column.type]})'
    filled = f"nullif({text}, '') IS NOT NULL"
    found = [f"{filled} AND {typed} IS NULL"]
    if column.required:
        found.append(f"nullif({text}, '') IS NULL")
    if column.codes:
        found.append(f"{filled} AND {text} NOT IN ({', '.join(repr(code) for code in column.codes)})")
    if column.pattern:
        found.append(f"{filled} AND NOT regexp_full_match({text}, '{column.pattern}')")
    if column.minimum is not None:
        found.append(f"{typed} < {column.minimum}")
    if column.maximum is not None:
        found.append(f"{typed} > {column.maximum}")
    return found


def _breaks(rule: object) -> str | None:
    if isinstance(rule, NotNull):
        return f"{rule.column} IS NULL"
    if isinstance(rule, NotBefore):
        return f"{rule.column} < {rule.other}"
    if isinstance(rule, RowIs):
        return f"NOT ({rule.condition})"
    if isinstance(rule, Between):
        return f"{rule.column} < {rule.minimum} OR {rule.column} > {rule.maximum}"
    if isinstance(rule, Matches):
        return f"NOT regexp_full_match({rule.column}, '{rule.pattern}')"
    if isinstance(rule, InSet):
        return f"{rule.column} NOT IN ({', '.join(map(repr, rule.values))})"
    return None


def refused_keys(db: duckdb.DuckDBPyConnection, relation: str, contract: FeedContract) -> list[str]:
    """The keys (joined by ``|``) of all rows that the contract refuses, one entry a row, sorted."""
    typed = ", ".join(f"try_cast(nullif(\"{c.source_name}\"::VARCHAR, '') AS {TYPES[c.type]}) AS {c.name}" for c in contract.columns)
    broken = " OR ".join(f"({condition})" for column in contract.columns for condition in _broken(column))
    rules = " OR ".join(f"coalesce({breaks}, false)" for breaks in map(_breaks, contract.expectations) if breaks)
    key = " || '|' || ".join(contract.keys)
    rows = db.execute(
        f"WITH t AS (SELECT {typed}, coalesce({broken}, false) AS broken_value FROM {relation}) "
        f"SELECT {key} FROM t WHERE broken_value OR {rules} ORDER BY 1"
    )
    return [k for (k,) in rows.fetchall()]
