"""Marts and publications: what people read, made whole and switched at once.

A mart of scope ``item`` holds one scheme and period's rows as published; of scope ``snapshot``, the state at publication.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel

from declarations.feed import FeedContract
from declarations.period import parse_period
from declarations.problem import Problem
from declarations.scheme import Scheme, indicators_read
from declarations.scheme.measures import measures
from declarations.yaml_file import read_declaration
from transforms.appraise import Declared, score_fingerprint
from transforms.model_run import combine
from transforms.scheme_tables import annual_tree
from warehouse.publication import export_publication
from warehouse.rows import insert_rows
from warehouse.store import transaction

_HERE = Path(__file__).parent / "mart"


class MartModel(BaseModel):
    """A mart's description and the meaning of each column, with its unit."""

    description: str
    scope: str
    columns: dict[str, str]


@dataclass(frozen=True)
class PublishReport:
    """The publication that readers now see. ``changed`` is False where all stood already as asked."""

    publication: str
    changed: bool
    file: Path
    content_hash: str


def marts() -> dict[str, MartModel]:
    """All marts by table name."""
    return {f.parent.name: read_declaration(f, MartModel) for f in sorted(_HERE.glob("*/model.yaml"))}


def publish_items(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    declared: Declared,
    items: list[tuple[str, str]],
    approver: str | None,
) -> PublishReport:
    """Publish the items as one publication; nothing happens where all are published just so already."""
    for scheme, period in items:
        _must_be_scored(connection, scheme, period)
    states = {(s, p): _state(connection, s, p, approver) for s, p in items}
    if all(_stands(connection, item, state) for item, state in states.items()) and _marts_fit(connection):
        publication, content = _latest(connection)
        return PublishReport(publication, False, export_publication(connection, folder, publication, marts_comments()), content)
    with transaction(connection):
        _publish_feeds(connection, declared.feeds)
        for scheme_id in sorted({scheme_id for scheme_id, _ in states}):
            _item_marts(connection, declared, declared.schemes[scheme_id], [p for s, p in states if s == scheme_id])
        publication, content = _register(connection, states)
        for name, model in marts().items():
            if model.scope == "snapshot":
                connection.execute(f"create or replace table mart.{name} as {_query(name)}")
    file = export_publication(connection, folder, publication, marts_comments())
    return PublishReport(publication, True, file, content)


def marts_comments() -> dict[str, tuple[str, dict[str, str]]]:
    """Table → its comment and its columns' comments."""
    return {name: (model.description, model.columns) for name, model in marts().items()}


def _query(name: str) -> str:
    return (_HERE / name / "query.sql").read_text().strip()


def _must_be_scored(connection: duckdb.DuckDBPyConnection, scheme: str, period: str) -> None:
    found = connection.execute("select 1 from ops.model_run where model = ? and period = ?", [f"score:{scheme}", period]).fetchone()
    if not found:
        raise Problem(f"publication of {scheme} {period}", "it has not been scored.", "appraise it first.")


def _state(connection: duckdb.DuckDBPyConnection, scheme: str, period: str, approver: str | None) -> tuple[str, str | None, str]:
    annual = parse_period(period).grain == "year"
    return ("approved" if annual else "provisional", approver if annual else None, score_fingerprint(connection, scheme, period))


def _stands(connection: duckdb.DuckDBPyConnection, item: tuple[str, str], state: tuple[str, str | None, str]) -> bool:
    row = connection.execute(
        "select state, score_fingerprint from ops.publication_item where scheme = ? and period = ? order by publication desc limit 1",
        list(item),
    ).fetchone()
    return row is not None and row == (state[0], state[2])


def _latest(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    row = connection.execute("select publication, content_hash from ops.publication order by number desc limit 1").fetchone()
    assert row is not None
    return row[0], row[1]


def _publish_feeds(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, FeedContract]) -> None:
    connection.execute(
        "create or replace temp table published_feed (feed varchar, kind varchar, title_en varchar, title_zh varchar, owner varchar, "
        "key_columns varchar, version_column varchar, organisation_column varchar, cadre_column varchar)"
    )
    insert_rows(
        connection,
        "published_feed",
        [[f.id, f.kind, f.title.en, f.title.zh, f.owner.team, ",".join(f.keys), f.version, f.subject.organisation, f.subject.cadre]
         for f in feeds.values()],
    )  # fmt: skip


def _item_marts(connection: duckdb.DuckDBPyConnection, declared: Declared, scheme: Scheme, periods: list[str]) -> None:
    """Replace what the marts show of the scheme's periods."""
    for name, value in {"scheme": scheme.id, "periods": periods, "subject_class": scheme.subject_class}.items():
        connection.execute(f"set variable {name} = ?", [value])
    for table, rows in _said(declared, scheme).items():
        connection.execute(f"create or replace temp table {table}")
        insert_rows(connection, table.split(" ")[0], rows)
    for name, model in marts().items():
        if model.scope == "item":
            _fit(connection, name, list(model.columns))
            connection.execute(f"delete from mart.{name} where scheme = ? and list_contains(?, period)", [scheme.id, periods])
            connection.execute(f"insert into mart.{name} {_query(name)}")


def _said(declared: Declared, scheme: Scheme) -> dict[str, list[list[Any]]]:
    """What a scheme itself says, as temp tables that the marts' queries read."""
    found = measures(scheme, declared.indicators, declared.feeds, declared.schemes)
    return {
        "published_indicator (indicator varchar)": [[code] for code in sorted(indicators_read(scheme))],
        "published_grade (grade varchar, title_zh varchar)": [[g.grade, g.title.zh] for g in scheme.grades],
        "published_node (node varchar, title_en varchar, title_zh varchar)": [
            ["score", scheme.title.en, scheme.title.zh],
            *([n.code, n.label.en, n.label.zh] for top in (*annual_tree(scheme), *scheme.side) for n in top.walk()),
        ],
        "published_traceless (automatic_share double, judged_share double, manual_entries int, indicators int, leaves int, feeds varchar, "
        "documents int, ledgers_replaced int, replaces varchar)": [
            [found.automatic, found.judged, found.manual_entries, found.indicators, found.leaves, ",".join(found.feeds), found.documents,
             len(found.replaces), "; ".join(found.replaces)]
        ],
    }  # fmt: skip


def _marts_fit(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether what is published already has the tables and columns that it has now."""
    return all(_columns(connection, name) == list(model.columns) for name, model in marts().items())


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The columns of a mart; none where it is not there."""
    query = "select column_name from duckdb_columns() where schema_name = 'mart' and table_name = ? order by column_index"
    return [row[0] for row in connection.execute(query, [name]).fetchall()]


def _fit(connection: duckdb.DuckDBPyConnection, name: str, wanted: list[str]) -> None:
    """Make the mart, or give it the columns that it has now; what was published earlier stays, empty in new columns."""
    have = _columns(connection, name)
    if have == wanted:
        return
    kept = ", ".join(column for column in wanted if column in have)
    earlier = f"union all by name select {kept} from mart.{name}" if kept else ""
    connection.execute(f"create or replace table mart.{name} as select * from (select * from ({_query(name)}) limit 0) {earlier}")


def _register(connection: duckdb.DuckDBPyConnection, states: dict[tuple[str, str], tuple[str, str | None, str]]) -> tuple[str, str]:
    """Number the publication and note its items. The content hash covers all that the publication shows."""
    row = connection.execute("select nextval('ops.publication_number')").fetchone()
    number = row[0] if row else 1
    shown = {
        (scheme, period): found
        for scheme, period, found in connection.execute(
            "select scheme, period, score_fingerprint from (select *, row_number() over "
            "(partition by scheme, period order by publication desc) as place from ops.publication_item) where place = 1"
        ).fetchall()
    } | {item: state[2] for item, state in states.items()}
    content = combine(*(f"{scheme}|{period}|{found}" for (scheme, period), found in sorted(shown.items())))
    publication = f"P{number:06d}-{content[:8]}"
    heard = connection.execute("select max(pulled_at) from ops.batch").fetchone()
    connection.execute(
        "insert into ops.publication values (?, ?, ?, ?)", [publication, number, datetime.now(UTC).replace(tzinfo=None), content]
    )
    insert_rows(
        connection,
        "ops.publication_item",
        [[publication, s, p, state, who, heard[0] if heard else None, found] for (s, p), (state, who, found) in states.items()],
    )
    return publication, content
