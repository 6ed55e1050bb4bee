"""From landed text to the contract's types, as SQL expressions.

``text_of`` trims and turns missing texts into NULL; ``typed`` casts that text, NULL where it does not cast.
A text that is there but has no typed value breaks the rule ``type``.
"""

from collections.abc import Callable

from declarations.feed import Column
from expectations.sql_text import ident, literal
from warehouse.batch import SQL_TYPE

TRUE_TEXTS = ("true", "1", "是", "y", "yes")
FALSE_TEXTS = ("false", "0", "否", "n", "no")
# years outside are slips of the pen or Excel's zero; 9999-12-31 is how many sources say "still open"
_DATES = "DATE '1800-01-01' AND DATE '9999-12-31'"
_TIMES = "TIMESTAMP '1800-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
EXPECTED = {
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false (true/false, 1/0, 是/否, Y/N, YES/NO)",
    "date": "a date such as 2025-03-31",
    "timestamp": "a time such as 2025-03-31T08:30:00 or 2025-03-31T08:30:00+08:00",
}


def text_name(column: Column) -> str:
    """Name of the column's trimmed text; the colon keeps it apart from every contract column."""
    return f"text:{column.name}"


def text_of(column: Column) -> str:
    """The landed text without surrounding blanks; NULL where it is empty or one of ``missing``."""
    raw = ident(column.name)
    # trim costs 0.1 s a million values, so only where there is something to trim
    trimmed = f"CASE WHEN starts_with({raw}, ' ') OR ends_with({raw}, ' ') THEN trim({raw}) ELSE {raw} END"
    missing = ", ".join(literal(text.strip()) for text in ["", *column.missing])
    return f"CASE WHEN {trimmed} IN ({missing}) THEN NULL ELSE {trimmed} END"


def typed(column: Column) -> str:
    """The value of the column's text in the column's stored type, NULL where it does not cast."""
    text, kind = ident(text_name(column)), column.stored_type
    if column.format is None or column.type not in ("date", "timestamp"):
        return _CASTS[kind](text)
    written = _within(f"CAST(try_strptime({text}, {literal(column.format)}) AS {SQL_TYPE[kind]})", kind)
    return written if kind == column.type else f"COALESCE({written}, {_CASTS[kind](text)})"


def wider(column: Column) -> str:
    """Condition that the typed value of a widened column is more than the contract's own type can hold."""
    name = ident(column.name)
    narrow = f"trunc({name})" if column.type == "integer" else f"date_trunc('day', {name})"
    return f"{name} <> {narrow}"


def _integer(text: str) -> str:
    # a cast rounds 5.7 to 6: only a text whose fraction is zero is a whole number
    exact = f"CASE WHEN TRY_CAST({text} AS DECIMAL(28,8)) = TRY_CAST({text} AS BIGINT) THEN TRY_CAST({text} AS BIGINT) END"
    return f"CASE WHEN regexp_matches({text}, '[^0-9+-]') THEN {exact} ELSE TRY_CAST({text} AS BIGINT) END"


def _decimal(text: str) -> str:
    # the wide cast costs fifty times the narrow one and few numbers need it
    narrow = f"CAST(TRY_CAST({text} AS DECIMAL(18,8)) AS {SQL_TYPE['decimal']})"
    return f"COALESCE({narrow}, TRY_CAST({text} AS {SQL_TYPE['decimal']}))"


def _boolean(text: str) -> str:
    words = {True: TRUE_TEXTS, False: FALSE_TEXTS}
    whens = " ".join(f"WHEN {literal(word)} THEN {value}" for value, texts in words.items() for word in texts)
    return f"CASE lower({text}) {whens} END"


def _date(text: str) -> str:
    # the date cast forgives whatever follows the day, the timestamp cast does not; the day counts as it is written
    return _within(f"CASE WHEN TRY_CAST({text} AS TIMESTAMP) IS NOT NULL THEN TRY_CAST({text} AS DATE) END", "date")


def _timestamp(text: str) -> str:
    # a cast to TIMESTAMP drops the offset, a cast to TIMESTAMPTZ (session in UTC) honours it but costs eight times
    # as much and reads CST as Chicago: take it only for texts that the plain cast can read and that have an offset
    plain = f"TRY_CAST({text} AS TIMESTAMP)"
    aware = f"CASE WHEN {plain} IS NOT NULL THEN CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP) END"
    offset = f"regexp_matches({text}, '([+-][0-9:]{{2,6}}|[Zz])$')"
    usual = f"length({text}) = 19 AND {text}[17] = ':'"  # 2025-03-31T08:30:00 has no room for an offset
    return _within(f"CASE WHEN {usual} THEN {plain} WHEN {offset} THEN {aware} ELSE {plain} END", "timestamp")


def _within(value: str, kind: str) -> str:
    """NULL where the date or time lies outside the years 1800 to 9999 (infinity, 'epoch' slips, BC)."""
    bounds = _DATES if kind == "date" else _TIMES
    return f"CASE WHEN {value} BETWEEN {bounds} THEN {value} END"  # DuckDB computes the value once


_CASTS: dict[str, Callable[[str], str]] = {
    "string": str,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}
