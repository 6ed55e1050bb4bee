"""The owner's own query: exactly one SELECT."""

import re
from typing import Any

import sqlalchemy as sa

from declarations.problem import Problem

_DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite", "oracle": "oracle", "mssql": "tsql"}
_FIX = "write one SELECT; for anything else ask the source's owner for a view, and name that as 'table'."


def checked_query(place: str, text: str, backend: str) -> str:
    """The text without a closing semicolon. Raises Problem where it is not one single SELECT (or WITH … SELECT)."""
    import sqlglot
    from sqlglot import exp

    try:
        found = [one for one in sqlglot.parse(text, read=_DIALECTS.get(backend)) if one is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        where: dict[str, Any] = next(iter(getattr(error, "errors", [])), {})
        spot = f" (line {where['line']}, column {where['col']})" if where.get("line") else ""
        raise Problem(place, f"the source's 'query' cannot be read as SQL{spot}.", _FIX) from None
    if len(found) != 1:
        raise Problem(place, f"the source's 'query' has {len(found)} statements, separated by ';'.", _FIX)
    writing = next(iter(found[0].find_all(exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)), None)
    if writing is not None or not isinstance(found[0], exp.Query):
        verb = (writing or found[0]).key.upper()
        raise Problem(place, f"the source's 'query' does more than select ({verb}).", _FIX)
    if re.search(r"/\*M?!", text):
        raise Problem(place, "the source's 'query' has a comment that MySQL executes (/*!).", _FIX)
    return re.sub(r"[;\s]+$", "", text.strip())


def tables_of(text: str, backend: str) -> list[tuple[str | None, str]]:
    """Schema and name of the tables that a checked query reads."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(text, read=_DIALECTS.get(backend))
    named = {one.alias for one in tree.find_all(exp.CTE)}
    return [(table.db or None, table.name) for table in tree.find_all(exp.Table) if table.db or table.name not in named]


def as_subquery(text: str, names: list[str]) -> Any:
    """The query as a relation with these columns. Its colons are its own: they begin no parameter of ours."""
    return sa.text(re.sub(r":", r"\\:", text) + "\n").columns(*[sa.column(name) for name in names]).subquery("q")
