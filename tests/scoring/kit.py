"""A scheme over a handful of facts, without files or warehouse: what the scoring tests run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.scheme_tables import annual_tree
from transforms.scoring import score

Row = dict[str, Any]
FACT = {"period": "2025", "value": None, "n": None, "interval_low": None, "interval_high": None, "status": None}
SUBJECT = {"period": "2025", "peer_group": "", "ranking_group": None, "days_share": 1.0, "takes_adjustments": True}
DECISION = {
    "period": "2025", "decision_no": None, "document_no": "doc", "decided_on": date(2025, 6, 1), "authority": "office", "points": None,
}  # fmt: skip
_TYPES = {
    "score_subject": "period varchar, subject_id varchar, peer_group varchar, ranking_group varchar, days_share double, "
    "takes_adjustments boolean",
    "score_fact": "period varchar, subject_id varchar, indicator varchar, value double, n bigint, interval_low double, "
    "interval_high double, status varchar",
    "score_decision": "period varchar, subject_id varchar, decision_no varchar, document_no varchar, decision_type varchar, "
    "decided_on date, authority varchar, points double",
    "score_attribute": "period varchar, subject_id varchar, attribute varchar, value varchar",
    "score_member": "period varchar, subject_id varchar, unit_id varchar, role varchar, scheme varchar, unit_score double, "
    "unit_grade varchar, unit_status varchar",
    "score_history": "period varchar, subject_id varchar, score double, grade varchar",
}


@dataclass(frozen=True)
class Scored:
    """What was kept, as lists of dicts, and the connection for further questions."""

    con: duckdb.DuckDBPyConnection

    def rows(self, table: str) -> list[Row]:
        cursor = self.con.execute(f"select * from score.{table} order by all")
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @property
    def results(self) -> dict[str, Row]:
        """The results by subject; by (period, subject) where there are several periods."""
        return _keyed(self.rows("result"))

    @property
    def adjustments(self) -> list[Row]:
        return self.rows("adjustment")

    def node(self, code: str) -> dict[str, Row]:
        """One node of the tree, by subject."""
        return _keyed([row for row in self.rows("node") if row["node"] == code])

    def points(self, code: str) -> dict[str, float | None]:
        """One node's points, by subject."""
        return {key: row["normalised"] for key, row in self.node(code).items()}


def _keyed(rows: list[Row]) -> dict[Any, Row]:
    one = len({row["period"] for row in rows}) <= 1
    return {row["subject_id"] if one else (row["period"], row["subject_id"]): row for row in rows}


def read_scheme(scheme: str | Row) -> Scheme:
    """A scheme from YAML text or a mapping; ``id`` and ``title`` may be left out."""
    data = yaml.safe_load(scheme) if isinstance(scheme, str) else scheme
    return Scheme.model_validate({"id": "test", "title": {"en": "Test", "zh": "测试"}, **data})


def run(
    scheme: str | Row | Scheme,
    facts: dict[str, dict[str, float | None]] | list[Row],
    *,
    subjects: list[Row] | None = None,
    attributes: dict[str, dict[str, str]] | None = None,
    decisions: list[Row] = [],  # noqa: B006
    members: list[Row] = [],  # noqa: B006
    history: list[Row] = [],  # noqa: B006
    rules: RuleProfile | None = None,
    period: str = "2025",
    threads: int | None = None,
    engine: Callable[..., None] = score,
) -> Scored:
    """Score. ``facts``: {subject: {indicator: value}} or rows; ``attributes``: {subject: {attribute: value}};
    ``subjects``: rows of score_subject (default: everybody of the facts, in one group); ``engine``: what runs instead of all of it."""
    found = scheme if isinstance(scheme, Scheme) else read_scheme(scheme)
    rows = _fact_rows(facts, period)
    if subjects is None:
        subjects = [{"subject_id": s, "period": p} for p, s in dict.fromkeys((r["period"], r["subject_id"]) for r in rows)]
    subjects = [{**SUBJECT, **row} for row in subjects]
    for row in subjects:
        row["ranking_group"] = row["peer_group"] if row["ranking_group"] is None else row["ranking_group"]
    given = {
        "score_subject": subjects,
        "score_fact": rows,
        "score_decision": [{**DECISION, "decision_no": f"d{n}", **row} for n, row in enumerate(decisions)],
        "score_attribute": [
            {"period": s["period"], "subject_id": s["subject_id"], "attribute": a, "value": v}
            for s in subjects
            for a, v in (attributes or {}).get(s["subject_id"], {}).items()
        ],
        "score_member": members,
        "score_history": history,
    }
    con = duckdb.connect(config={"threads": threads} if threads else {})
    for table, columns in _TYPES.items():
        con.execute(f"create temp table {table} ({columns})")
        if given[table]:
            frame = pa.Table.from_pylist(given[table])
            con.register("frame", frame)
            con.execute(f"insert into {table} by name select * from frame")
            con.unregister("frame")
    tree = annual_tree(found) if len(period) == 4 else found.tree
    engine(con, found, rules or found.own_rules(), {}, tree)
    return Scored(con)


def _fact_rows(facts: dict[str, dict[str, float | None]] | list[Row], period: str) -> list[Row]:
    if isinstance(facts, dict):
        facts = [{"subject_id": s, "period": period, "indicator": i, "value": v} for s, row in facts.items() for i, v in row.items()]
    rows = [{**FACT, **row} for row in facts]
    for row in rows:
        row["status"] = row["status"] or ("not_reported" if row["value"] is None else "ok")
    return rows
