"""What the values of a column look like, counted by DuckDB in memory over the column's distinct texts.

The types are asked of ``expectations.casting``: what infers a type is what will judge the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

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
        self._hashed: list[str] = []

    def profiles(self) -> dict[str, Profile]:
        """All columns' profiles by name, envelope apart."""
        names = self._sample.names
        if not names:
            return {}
        self._gather(names)
        base = {row[0]: row[1:] for row in self._all(_BASE)}
        missing, few, looks, shapes = self._missing(), self._few(), self._looks(), self._shapes()
        first = self._first()
        found = {}
        for i, name in enumerate(names):
            fits, ranges = self._fits(i, first.get(i, []))
            counts = dict(zip(_COUNTS, base.get(i, (0,) * len(_COUNTS)), strict=True))
            found[name] = Profile(
                name,
                missing=missing.get(i, {}),
                fits=fits,
                ranges=ranges,
                looks=looks.get(i, {}),
                few=few.get(i, {}),
                shape=shapes.get(i),
                **counts,
            )
        return found

    def different(self, names: list[str]) -> tuple[int, int]:
        """Rows in which none of the columns is empty, and how many different combinations they have."""
        hashes = self._hashes(names)
        whole = " AND ".join(f"{one} IS NOT NULL" for one in hashes)
        rows, found = self._all(f"SELECT count(*), count(DISTINCT hash({', '.join(hashes)})) FROM hashed WHERE {whole}")[0]
        return int(rows), int(found)

    def different_with(self, chosen: list[str], further: list[str]) -> dict[str, int]:
        """For each further column how many different combinations it has with the chosen ones; all are filled in every row."""
        base, more = self._hashes(chosen), self._hashes(further)
        parts = ", ".join(f"count(DISTINCT hash({', '.join([*base, one])}))" for one in more)
        return dict(zip(further, map(int, self._all(f"SELECT {parts} FROM hashed")[0]), strict=True))

    def _hashes(self, names: list[str]) -> list[str]:
        """Where the hashes of these columns stand in ``hashed``; each is computed once."""
        missing = [name for name in names if name not in self._hashed]
        if missing:
            self._hashed += missing
            texts = [f"nullif(trim({ident(name)}), '')" for name in self._hashed]
            parts = ", ".join(f"CASE WHEN {text} IS NOT NULL THEN hash({text}) END AS h{i}" for i, text in enumerate(texts))
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE hashed AS SELECT {parts} FROM sample_rows")
        return [f"h{self._hashed.index(name)}" for name in names]

    def contradicting(self, same: list[str], taken: list[str]) -> int:
        """Rows whose ``same`` columns agree with another row's while the taken columns differ."""
        group, all_ = (", ".join(map(ident, names)) for names in (same, taken))
        twice = f"SELECT {group} FROM sample_rows GROUP BY {group} HAVING count(*) > 1"
        these = f"SELECT {all_} FROM sample_rows SEMI JOIN ({twice}) USING ({group})"
        several = f"SELECT count(*) AS n, count(DISTINCT hash({all_})) AS d FROM ({these}) GROUP BY {group}"
        return int(self._all(f"SELECT coalesce(sum(n), 0) FROM ({several}) WHERE d > 1")[0][0])

    def _gather(self, names: list[str]) -> None:
        """``texts``: each column's distinct texts with their number of rows; ``filled``: those that are a value."""
        con = self.connection
        con.execute("CREATE OR REPLACE TEMP TABLE texts (c INTEGER, v VARCHAR, n BIGINT)")
        for i, name in enumerate(names):
            con.execute(f"INSERT INTO texts SELECT {i}, nullif(trim({ident(name)}), '') AS v, count(*) FROM sample_rows GROUP BY v")
        con.execute(f"CREATE OR REPLACE TEMP TABLE filled AS SELECT * FROM texts WHERE v IS NOT NULL AND v NOT IN ({_GAPS})")
        part = "row_number() OVER (PARTITION BY c ORDER BY hash(v))"
        con.execute(f"CREATE OR REPLACE TEMP TABLE scanned AS SELECT *, {part} AS r FROM filled QUALIFY r <= {SCANNED}")

    def _missing(self) -> dict[int, dict[str, int]]:
        return _by_column(self._all(f"SELECT c, v, n FROM texts WHERE v IN ({_GAPS}) ORDER BY n DESC"))

    def _few(self) -> dict[int, dict[str, int]]:
        little = f"SELECT c FROM filled GROUP BY c HAVING count(*) <= {MOST_CODES}"
        return _by_column(self._all(f"SELECT c, v, n FROM filled WHERE c IN ({little}) ORDER BY v"))

    def _looks(self) -> dict[int, dict[str, float]]:
        parts = ", ".join(f"coalesce(sum(n) FILTER ({test}), 0) / sum(n)" for test in SCANS.values())
        rows = self._all(f"SELECT c, {parts} FROM scanned GROUP BY c")
        return {row[0]: {name: float(share) for name, share in zip(SCANS, row[1:], strict=True) if share} for row in rows}

    def _shapes(self) -> dict[int, str]:
        """The one pattern of all values of a column (letters, digits and signs at the same places), where there is one."""
        shape = "regexp_replace(regexp_replace(v, '[0-9]', '9', 'g'), '[A-Z]', 'A', 'g')"
        return dict(self._all(f"SELECT c, min({shape}) FROM scanned GROUP BY c HAVING min({shape}) = max({shape})"))

    def _first(self) -> dict[int, list[str]]:
        """For each column the types that half of its first values read as: only these are counted over all."""
        found: dict[int, list[str]] = {}
        first = f"FROM scanned WHERE r <= {_FIRST}"
        dated = f"SELECT c {first} GROUP BY c HAVING count(*) FILTER (regexp_matches(v, '{_MAY_BE_DATE}')) >= count(*) / 2"
        formats = {name: text for name, text in _TRIED.items() if name not in _PLAIN}
        for tried, among in ((_PLAIN, ""), (formats, f" AND c IN ({dated})")):
            parts = ", ".join(f"count({text}) >= count(*) / 2" for text in tried.values())
            for row in self._all(f"SELECT c, {parts} FROM (SELECT c, v AS {_PROBED} {first}{among}) GROUP BY c"):
                found.setdefault(row[0], []).extend(name for name, fits in zip(tried, row[1:], strict=True) if fits)
        return found

    def _fits(self, column: int, likely: list[str]) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
        """How many rows read as each type, and the least and greatest value as text."""
        if not likely:
            return {}, {}
        texts = [_TRIED[name] for name in likely]
        parts = ", ".join(f"sum(n) FILTER (({text}) IS NOT NULL), min({text})::VARCHAR, max({text})::VARCHAR" for text in texts)
        found = self._all(f"SELECT {parts} FROM (SELECT v AS {_PROBED}, n FROM filled WHERE c = {column})")[0]
        fits = {name: int(found[3 * i] or 0) for i, name in enumerate(likely)}
        return fits, {name: (found[3 * i + 1], found[3 * i + 2]) for i, name in enumerate(likely) if fits[name]}

    def _all(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()


def _by_column(rows: list[Any]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for column, text, count in rows:
        found.setdefault(column, {})[text] = count
    return found


def typed_text(kind: str, format_: str | None = None, text: str | None = None) -> str:
    """SQL for the typed value, NULL where it does not read, of the text ``text`` (SQL; none: the profile's own)."""
    column = Column(name="v", type=kind, format=format_, zh="v", meaning="v")  # type: ignore[arg-type]
    expression = typed(column)
    return expression if text is None else expression.replace(ident(text_name(column)), text)


_PROBED = ident(text_name(Column(name="v", type="string", zh="v", meaning="v")))
_GAPS = ", ".join(map(literal, MISSING_TEXTS))
_BASE = """SELECT c, sum(n), coalesce(sum(n) FILTER (v IS NOT NULL), 0), count(v), coalesce(min(length(v)), 0),
    coalesce(max(length(v)), 0), coalesce(sum(length(v) * n) / sum(n) FILTER (v IS NOT NULL), 0),
    coalesce(sum((length(v) - length(replace(v, ' ', '')) + 1) * n) / sum(n) FILTER (v IS NOT NULL), 0),
    coalesce(sum(n) FILTER (regexp_full_match(v, '0[0-9]+')), 0) FROM texts GROUP BY c"""
_CLOCK = typed_text("timestamp")
_TRIED = {kind: typed_text(kind) for kind in ("boolean", "integer", "decimal", "date", "timestamp")}
_TRIED["clock"] = f"CASE WHEN date_trunc('day', {_CLOCK}) <> {_CLOCK} THEN 1 END"
_PLAIN = dict(_TRIED)
_TRIED |= {f"date {f}": f"CASE WHEN {typed_text('date', f)} {_YEAR_OK} THEN {typed_text('date', f)} END" for f in DATE_FORMATS}
_TRIED |= {f"timestamp {f}": typed_text("timestamp", f) for f in TIME_FORMATS}
