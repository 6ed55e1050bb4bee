"""Why a score is what it is: its tree as published, the source rows behind a leaf with their batches, and what moved since."""

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from declarations.check_indicator import is_condition
from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import Project
from declarations.yaml_file import nearest
from pipeline.movement import Movement, Row, Standing, leaf_rows, moved
from warehouse.batch import GONE, BatchFiles
from warehouse.feed_marks import removed_before
from warehouse.publication import open_published
from warehouse.rows import insert_rows

_PUBLICATION = re.compile(r"P\d{6}-\w+")


@dataclass(frozen=True)
class Explanation:
    """One subject's result with its nodes (parents first), adjustments, flags, review items (those about all subjects among them)
    and the units of its indicators, as one publication shows it."""

    result: Row
    publication: Row
    nodes: list[Row]
    adjustments: list[Row]
    flags: list[Row]
    reviews: list[Row]
    units: dict[str, str]

    @property
    def leaves(self) -> list[Row]:
        """The leaves of the score's tree."""
        return leaf_rows(self.nodes)

    def standing(self, label: str) -> Standing:
        return Standing(label, self.result, self.nodes, self.adjustments)


@dataclass(frozen=True)
class SourceRows:
    """The rows that an indicator counted, each with batch and file; ``total`` may exceed the rows shown. ``removed`` says that source
    rows of the period were removed under retention, so that fewer are left than were counted; empty where none were."""

    indicator: Row
    feed: Row
    rows: list[Row]
    total: int
    batches: list[Row]
    removed: str = ""


def explain(project: Project, subject: str, period: str, scheme: str | None = None, publication: str | None = None) -> Explanation:
    """The published decomposition. ``subject`` is an id or a name. Raises Problem where nothing is published of it."""
    with open_published(project.published_dir, publication) as con:
        found = _rows(con, "select * from result where period = ? and (subject_id = ? or subject_name = ?)", [period, subject, subject])
        if scheme:
            found = [row for row in found if row["scheme"] == scheme]
        if not found:
            raise _nothing(con, subject, period, scheme)
        if len(found) > 1:
            listed = ", ".join(f"{row['subject_id']} by {row['scheme']}" for row in found)
            fix = "name one by its id." if len({r["subject_id"] for r in found}) > 1 else f"say which with --scheme {found[0]['scheme']}."
            raise Problem(f"subject '{subject}'", f"has several results in {period}: {listed}.", fix)
        result = found[0]
        key = [result["scheme"], period, result["subject_id"]]
        return Explanation(
            result,
            _rows(con, "select * from publication where scheme = ? and period = ?", key[:2])[0],
            _rows(con, "select * from node where scheme = ? and period = ? and subject_id = ? order by ordinal", key),
            _rows(con, "select * from adjustment where scheme = ? and period = ? and subject_id = ? order by all", key),
            _asked(con, "consequence", key),
            _asked(con, "review", key),
            dict(con.execute("select indicator, unit from indicator").fetchall()),
        )


def _asked(con: duckdb.DuckDBPyConnection, table: str, key: list[str]) -> list[Row]:
    """Flags or review items; none in a publication from before there were any."""
    if not _rows(con, "select 1 from duckdb_tables() where table_name = ?", [table]):
        return []
    return _rows(con, f"select * from {table} where scheme = ? and period = ? and subject_id in (?, '*') order by all", key)


def moved_since(project: Project, explanation: Explanation, since: str, publication: str | None = None) -> Movement:
    """What moved the score since another period, or since an older publication of the same period.

    A period of another year may be of another scheme: the only one of the subject in that period, or of the same name but for the year.
    Raises Problem where there is no such result or no score.
    """
    result = explanation.result
    subject, period, scheme = result["subject_id"], result["period"], result["scheme"]
    if _PUBLICATION.fullmatch(since):
        older = explain(project, subject, period, scheme, since)
        return moved(older.standing(f"{period} of {since}"), explanation.standing(f"{period} of {explanation.publication['publication']}"))
    parse_period(since)
    with open_published(project.published_dir, publication) as con:
        rows = _rows(con, "select scheme from result where period = ? and subject_id = ? order by scheme", [since, subject])
    known = [row["scheme"] for row in rows]
    same_name = [s for s in known if _undated(s) == _undated(scheme)]
    then = scheme if scheme in known else same_name[0] if len(same_name) == 1 else known[0] if len(known) == 1 else scheme
    before = explain(project, subject, since, then, publication)
    return moved(before.standing(since), explanation.standing(period))


def _undated(scheme: str) -> str:
    return re.sub(r"\d{4}", "", scheme)


def source_rows(project: Project, explanation: Explanation, indicator: str, limit: int = 20, publication: str | None = None) -> SourceRows:
    """The source rows behind one leaf, as they were known when it was published (``as_of``).

    Rows come from the validated batches; each shows what it gave to numerator and denominator.
    """
    with open_published(project.published_dir, publication) as con:
        spec = _rows(con, "select * from indicator where indicator = ?", [indicator])
        if not spec:
            names = [row["indicator"] for row in explanation.nodes if row["indicator"]]
            raise Problem("indicator", f"'{indicator}' is not in the publication.", f"{nearest(indicator, names)}Name a leaf of the tree.")
        feed = _rows(con, "select * from feed where feed = ?", [spec[0]["feed"]])[0]
        spans = _spans(con, explanation, spec[0])
        as_of = explanation.publication["as_of"]
        batches = _rows(con, "select * from batch where feed = ? and pulled_at <= ? order by pulled_at", [feed["feed"], as_of])
    with duckdb.connect() as memory:
        rows, total = _read(memory, project, explanation, spec[0], feed, batches, spans, limit)
    used = {row["batch_id"] for row in rows}
    removed = _removed(project, feed["feed"], explanation.result["period"])
    return SourceRows(spec[0], feed, rows, total, [b for b in batches if b["batch_id"] in used], removed)


def _removed(project: Project, feed: str, period: str) -> str:
    """Whether source rows behind a period's facts were removed: then the facts stand, and the rows cannot be shown."""
    mark = removed_before(BatchFiles(project.landing_dir, project.validated_dir, feed))
    if mark is None or mark.before <= parse_period(period).start:
        return ""
    return f"source rows removed under retention: those from before {mark.before}, on {mark.at:%Y-%m-%d} ({mark.reason})"


def _nothing(con: duckdb.DuckDBPyConnection, subject: str, period: str, scheme: str | None) -> Problem:
    """Which of period, scheme and subject is not published."""
    for word, value in (("period", period), ("scheme", scheme)):
        known = [r[word] for r in _rows(con, f"select distinct {word} from result order by {word}", [])]
        if value is not None and value not in known:
            what = f"is not published; published are {', '.join(known) or 'none'}."
            return Problem(f"{word} {value}", what, f"{nearest(value, known)}Name one of these, or run it.")
    place = f"subject '{subject}'"
    others = _rows(con, "select distinct period, scheme from result where subject_id = ? or subject_name = ? order by all", [subject] * 2)
    if others:
        listed = ", ".join(f"{row['scheme']} {row['period']}" for row in others)
        return Problem(place, f"is not appraised in {period}{f' by {scheme}' if scheme else ''}.", f"name one of its results: {listed}.")
    names = [v for r in _rows(con, "select distinct subject_id, subject_name from result", []) for v in r.values()]
    fix = 'Find it with: traceless query "select distinct subject_id, subject_name from result".'
    return Problem(place, f"is not appraised in {period}.", f"{nearest(subject, names)}{fix}")


def _spans(con: duckdb.DuckDBPyConnection, explanation: Explanation, spec: Row) -> list[list[Any]]:
    """Which organisations' rows count for the subject, and on which days [from, to)."""
    subject = explanation.result["subject_id"]
    if explanation.result["subject_class"] != "cadre" or spec["subject"] == "cadre":
        return [[subject, None, None]]
    found = con.execute(
        "select org_id, valid_from, valid_to from responsibility where cadre_id = ? and domain = ?", [subject, spec["domain"]]
    ).fetchall()
    by_date = spec["attributed_by"] == "decisive_date"
    spans = {(org, start if by_date else None, end if by_date else None) for org, start, end in found}
    seen = {row[0] for row in con.execute(
        "select org_id from attribution where scheme = ? and period = ? and cadre_id = ? and indicator = ?",
        [explanation.result["scheme"], explanation.result["period"], subject, spec["indicator"]],
    ).fetchall()}  # fmt: skip
    return [list(span) for span in sorted(spans, key=str) if by_date or span[0] in seen]


def _read(
    memory: duckdb.DuckDBPyConnection,
    project: Project,
    explanation: Explanation,
    spec: Row,
    feed: Row,
    batches: list[Row],
    spans: list[list[Any]],
    limit: int,
) -> tuple[list[Row], int]:
    files = {str(project.validated_dir / feed["feed"] / b["batch_id"] / "accepted.parquet"): b for b in batches}
    if not files or not spans:
        return [], 0
    memory.execute("create table landed (file varchar, batch_id varchar, pulled_at timestamp)")
    insert_rows(memory, "landed", [[f, b["batch_id"], b["pulled_at"]] for f, b in files.items()])
    memory.execute("create table span (subject_id varchar, valid_from date, valid_to date)")
    insert_rows(memory, "span", spans)
    subject = feed["cadre_column"] if spec["subject"] == "cadre" else feed["organisation_column"]
    keys = ", ".join(f'"{k}"' for k in feed["key_columns"].split(","))
    version = f'"{feed["version_column"]}" desc nulls last, ' if feed["version_column"] else ""
    contract = project.readable_feeds.get(feed["feed"])
    order = f"{version}m.pulled_at desc, r._row desc"
    if contract and contract.snapshot:  # of whole copies the last one speaks, whatever versions it names
        order = f"m.pulled_at desc, coalesce(r.{GONE}, false), {version}r._row desc"
    day = f'cast("{spec["decisive_date"]}" as date)'
    query = f"""
        select l.batch_id, v._row as row_no, {spec["numerator_sql"]} as numerator_value,
               {spec["denominator_sql"] or "null"} as denominator_value, v.* exclude (_row, filename, place, pulled_at, batch, {GONE})
        from (select r.*, m.pulled_at, m.batch_id as batch, row_number() over (partition by {keys} order by {order}) as place
              from ((select null::boolean as {GONE} where false) union all by name
                    (select * from read_parquet(?, filename = true, union_by_name = true))) as r
              join landed as m on m.file = r.filename) as v
        join landed as l on l.file = v.filename
        join span as s on s.subject_id = v."{subject}" and ({day} >= s.valid_from or s.valid_from is null)
                      and ({day} < s.valid_to or s.valid_to is null)
        where v.place = 1 and not coalesce(v.{GONE}, false) and ({spec["where_sql"] or "true"})
          and {_within(day, explanation.result["period"], spec["kind"])} and {_counted(spec)}
        order by {day}, {keys}"""
    total = memory.execute(f"select count(*) from ({query}) as every", [list(files)]).fetchone()
    return _rows(memory, f"{query} limit {int(limit)}", [list(files)]), total[0] if total else 0


def _counted(spec: Row) -> str:
    """Whether a row enters the indicator: the rows shown are as many as its n."""
    present = f"({spec['numerator_sql']}) is not null"
    if not spec["denominator_sql"]:
        return present
    due = f"coalesce(cast(({spec['denominator_sql']}) as decimal(28, 8)), 0) <> 0"
    return due if is_condition(spec["numerator_sql"]) else f"{due} and {present}"


def _within(day: str, period: str, kind: str) -> str:
    span = parse_period(period)
    if kind == "value" and span.grain == "year":
        span = quarters_of(span.year)[-1]  # the stated value of a year is that of its last quarter
    return f"{day} >= date '{span.start}' and {day} < date '{span.end}'"


def _rows(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[Row]:
    cursor = con.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
