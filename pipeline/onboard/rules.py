"""Rules that the sample keeps: days that never come before others; and how often news comes."""

from dataclasses import dataclass
from itertools import combinations

from expectations.sql_text import ident
from pipeline.onboard.columns import DraftColumn
from pipeline.onboard.profile import Profiler, typed_text

_HOLDS = 0.999
_LEAST_ROWS = 20
_MOST = 6
_DATES = 8


@dataclass(frozen=True)
class Rule:
    """``late`` is not before ``early`` (our names) in all but ``wrong`` of ``both`` rows."""

    late: str
    early: str
    both: int
    wrong: int


@dataclass(frozen=True)
class Clocks:
    """What the columns of dates and times say: the rules they keep, and for each (source name) the days between two of its values."""

    rules: list[Rule]
    gaps: dict[str, float]


def read_clocks(work: Profiler, dates: list[DraftColumn]) -> Clocks:
    """Looks at pairs of at most eight columns. Each distinct text is read as a date once, however often it stands."""
    dates = dates[:_DATES]
    if not dates:
        return Clocks([], {})
    joins = []
    for i, column in enumerate(dates):
        text = f"trim({ident(column.source)})"
        gaps = ", ".join("'" + gap.replace("'", "''") + "'" for gap in ["", *column.fields.get("missing", [])])
        value = typed_text(column.type, column.fields.get("format"), "t")
        joins.append(
            f"LEFT JOIN (SELECT t, CAST({value} AS TIMESTAMP) AS d FROM (SELECT DISTINCT {text} AS t FROM sample_rows) "
            f"WHERE t NOT IN ({gaps})) AS c{i} ON trim(s.{ident(column.source)}) = c{i}.t"
        )
    moments = ", ".join(f"c{i}.d AS d{i}" for i in range(len(dates)))
    work.connection.execute(f"CREATE OR REPLACE TEMP TABLE clocks AS SELECT {moments} FROM sample_rows AS s {' '.join(joins)}")
    return Clocks(_rules(work, dates), _gaps(work, dates))


def _rules(work: Profiler, dates: list[DraftColumn]) -> list[Rule]:
    """Pairs of which one is, in 99.9 % of the rows, not before the other, while the other often is."""
    pairs = list(combinations(range(len(dates)), 2))
    if not pairs:
        return []
    parts = ", ".join(f"count(d{i} + (d{j} - d{j})), count(*) FILTER (d{j} < d{i}), count(*) FILTER (d{i} < d{j})" for i, j in pairs)
    counts = work.connection.execute(f"SELECT {parts} FROM clocks").fetchall()[0]
    found = []
    for n, (i, j) in enumerate(pairs):
        both, j_first, i_first = counts[3 * n : 3 * n + 3]
        few = (1 - _HOLDS) * both
        if both < _LEAST_ROWS or (j_first <= few) == (i_first <= few):
            continue
        late, early, wrong = (j, i, j_first) if j_first <= few else (i, j, i_first)
        found.append(Rule(dates[late].name, dates[early].name, both, wrong))
    return found[:_MOST]


def _gaps(work: Profiler, dates: list[DraftColumn]) -> dict[str, float]:
    parts = ", ".join(f"count(DISTINCT d{i}::DATE), date_diff('day', min(d{i}), max(d{i}))" for i in range(len(dates)))
    counts = work.connection.execute(f"SELECT {parts} FROM clocks").fetchall()[0]
    found = {}
    for i, column in enumerate(dates):
        days, span = counts[2 * i], counts[2 * i + 1]
        if days and days > 2:
            found[column.source] = span / (days - 1)
    return found
