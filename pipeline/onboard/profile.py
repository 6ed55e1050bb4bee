"""What the values of a column look like, counted by DuckDB in memory over the column's distinct texts.

The types are asked of ``expectations.casting``: what infers a type is what will judge the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from declarations.feed import Column, ColumnType
from expectations.casting import text_name, typed
from expectations.sql_text import ident, literal
from pipeline.onboard.personal_patterns import SCANS
from pipeline.onboard.sample import Sample

MISSING_TEXTS = (
    "-", "--", "---", "—", "——", "/", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "NaN", "nan", "无", "不详", "未知", "暂无",
    "未填", "Not Available", "not available", "Not Applicable", "..", "…",
)  # fmt: skip
DATE_FORMATS = (
    "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m", "%Y/%m", "%Y年%m月", "%Y%m", "%Y",
)  # fmt: skip
TIME_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H时%M分",
    "%Y.%m.%d %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y%m%d%H%M%S",
)  # fmt: skip
_YEAR_OK = "BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2101-01-01'"
MOST_CODES = 30
_COUNTS = ("rows", "filled", "distinct", "shortest", "longest", "mean_length", "mean_words", "leading_zeros")
SCANNED = 20_000
_FIRST = 200
_MAY_BE_DATE = "^([0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{14}|[0-9]{1,4}(/|-|年|\\.[0-9]{1,2}\\.)[0-9].*)$"


@dataclass(frozen=True)
class Profile:
    """Counts over one column's texts, trimmed. ``fits`` is, for a type or ``type format``, how many filled rows read as it.

    ``ranges`` are least and greatest value for each type that fits; ``clock`` among ``fits`` are times
    of a day beside midnight.
    ``few`` (text → rows) is filled only where the distinct texts are few; it is never shown for a column left out.
    ``looks`` is, for each personal pattern, the share of filled rows that show it.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    shortest: int
    longest: int
    mean_length: float
    mean_words: float
    leading_zeros: int
    missing: dict[str, int]
    fits: dict[str, int] = field(repr=False)
    looks: dict[str, float] = field(repr=False)
    few: dict[str, int] = field(repr=False)
    ranges: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    shape: str | None = None

    def reads_as(self, kind: ColumnType, format_: str | None = None, missing: bool = True) -> int:
        """How many of the filled rows read as a type; texts that mean 'no value' count as reading well."""
        spare = sum(self.missing.values()) if missing else 0
        return self.fits.get(f"{kind} {format_}" if format_ else kind, 0) + spare


@contextmanager
def profiler(sample: Sample) -> Iterator["Profiler"]:
    """A DuckDB in memory that holds the sample and never spills to a disk."""
    with duckdb.connect(config={"temp_directory": "", "memory_limit": "2GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("sample_rows", sample.rows)
        yield Profiler(connection, sample)


class Profiler:
    """Answers questions about a sample with SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sample: Sample) -> None:
        self.connection = connection
        self._sample = sample

    def profile(self, name: str) -> Profile:
        """One column's profile."""
        con = self.connection
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE v AS SELECT nullif(trim({ident(name)}), '') AS v, count(*) AS n FROM sample_rows GROUP BY 1"
        )
        gaps = ", ".join(map(literal, MISSING_TEXTS))
        base = self._one(
            """SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (v IS NOT NULL), 0), count(v), coalesce(min(length(v)), 0),
                coalesce(max(length(v)), 0), coalesce(sum(length(v) * n) / sum(n) FILTER (v IS NOT NULL), 0),
                coalesce(sum((length(v) - length(replace(v, ' ', '')) + 1) * n) / sum(n) FILTER (v IS NOT NULL), 0),
                coalesce(sum(n) FILTER (regexp_full_match(v, '0[0-9]+')), 0) FROM v"""
        )
        missing = dict(con.execute(f"SELECT v, n FROM v WHERE v IN ({gaps}) ORDER BY n DESC").fetchall())
        con.execute(f"CREATE OR REPLACE TEMP TABLE w AS SELECT v, n FROM v WHERE v IS NOT NULL AND v NOT IN ({gaps})")
        few = con.execute("SELECT v, n FROM w ORDER BY v").fetchall() if base[2] <= MOST_CODES + len(missing) else []
        fits, ranges = self._fits()
        counts = dict(zip(_COUNTS, base, strict=True))
        return Profile(name, missing=missing, fits=fits, ranges=ranges, looks=self._looks(), few=dict(few), shape=self._shape(), **counts)

    def different(self, names: list[str]) -> tuple[int, int]:
        """Rows in which none of the columns is empty, and how many different combinations they have."""
        columns = ", ".join(f"nullif(trim({ident(name)}), '')" for name in names)
        whole = " AND ".join(f"nullif(trim({ident(name)}), '') IS NOT NULL" for name in names)
        query = f"SELECT count(*), count(DISTINCT hash({columns})) FROM sample_rows WHERE {whole}"
        rows, found = self.connection.execute(query).fetchall()[0]
        return int(rows), int(found)

    def contradicting(self, same: list[str], taken: list[str]) -> int:
        """Rows whose ``same`` columns agree with another row's while the taken columns differ."""
        group, all_ = (", ".join(map(ident, names)) for names in (same, taken))
        several = f"SELECT count(*) AS n, count(DISTINCT hash({all_})) AS d FROM sample_rows GROUP BY {group} HAVING n > 1"
        return int(self._one(f"SELECT coalesce(sum(n), 0) FROM ({several}) WHERE d > 1")[0])

    def _fits(self) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
        """How many rows read as each type, and the least and greatest value as text.

        All types are tried on a few values first: only what reads half of these is counted over all.
        """
        first = f"(SELECT * FROM w LIMIT {_FIRST})"
        most, dated = self._one(f"SELECT count(*), count(*) FILTER (regexp_matches(v, '{_MAY_BE_DATE}')) FROM {first}")
        tried = _TRIED if dated >= most / 2 else _PLAIN
        counts = self._counted([f"count({text})" for text in tried.values()], first)
        chosen = {name: tried[name] for name, n in zip(tried, counts, strict=True) if most and n >= most / 2}
        if not chosen:
            return {}, {}
        parts = [f"sum(n) FILTER (({text}) IS NOT NULL), min({text})::VARCHAR, max({text})::VARCHAR" for text in chosen.values()]
        found = self._counted(parts, "w")
        fits = {name: int(found[3 * i] or 0) for i, name in enumerate(chosen)}
        return fits, {name: (found[3 * i + 1], found[3 * i + 2]) for i, name in enumerate(chosen) if fits[name]}

    def _counted(self, parts: list[str], relation: str) -> tuple:  # type: ignore[type-arg]
        return self._one(f"SELECT {', '.join(parts)} FROM (SELECT v AS {ident(text_name(_PROBE))}, n FROM {relation})")

    def _looks(self) -> dict[str, float]:
        parts = ", ".join(f"coalesce(sum(n) FILTER ({test}), 0)" for test in SCANS.values())
        total, *counts = self._one(f"SELECT sum(n), {parts} FROM (SELECT * FROM w ORDER BY hash(v) LIMIT {SCANNED})")
        if not total:
            return {}
        return {name: float(n) / float(total) for name, n in zip(SCANS, counts, strict=True) if n}

    def _shape(self) -> str | None:
        """The one pattern of all values (letters, digits and signs at the same places), where there is one."""
        shape = "regexp_replace(regexp_replace(v, '[0-9]', '9', 'g'), '[A-Z]', 'A', 'g')"
        for relation in (f"(SELECT v FROM w LIMIT {_FIRST})", "w"):
            found = self.connection.execute(f"SELECT DISTINCT {shape} FROM {relation} LIMIT 2").fetchall()
            if len(found) != 1:
                return None
        return str(found[0][0])

    def _one(self, query: str) -> tuple:  # type: ignore[type-arg]
        return self.connection.execute(query).fetchall()[0]


def typed_text(kind: str, format_: str | None = None, text: str | None = None) -> str:
    """SQL for the typed value, NULL where it does not read, of the text ``text`` (SQL; none: the profile's own)."""
    column = Column(name="v", type=kind, format=format_, zh="v", meaning="v")  # type: ignore[arg-type]
    expression = typed(column)
    return expression if text is None else expression.replace(ident(text_name(column)), text)


_PROBE = Column(name="v", type="string", zh="v", meaning="v")
_CLOCK = typed_text("timestamp")
_TRIED = {kind: typed_text(kind) for kind in ("boolean", "integer", "decimal", "date", "timestamp")}
_TRIED["clock"] = f"CASE WHEN date_trunc('day', {_CLOCK}) <> {_CLOCK} THEN 1 END"
_PLAIN = dict(_TRIED)
_TRIED |= {f"date {f}": f"CASE WHEN {typed_text('date', f)} {_YEAR_OK} THEN {typed_text('date', f)} END" for f in DATE_FORMATS}
_TRIED |= {f"timestamp {f}": typed_text("timestamp", f) for f in TIME_FORMATS}
