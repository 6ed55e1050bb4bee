"""The feeds whose columns the SQL knows by name: the roster, and confirmed decisions."""

from collections.abc import Mapping

import duckdb

from declarations.feed import FeedContract
from declarations.problem import Problem

ROSTER = {
    **dict.fromkeys(("record_no", "record_type", "org_id", "org_name", "org_class", "org_group"), "varchar"),
    **dict.fromkeys(("cadre_id", "cadre_name", "post", "role", "domain"), "varchar"),
    "share": "decimal(28, 8)",
    **dict.fromkeys(("valid_from", "valid_to"), "date"),
}
DECISION = {
    **dict.fromkeys(("decision_no", "document_no", "decision_type", "org_id", "cadre_id", "authority"), "varchar"),
    **dict.fromkeys(("confirmed", "signed_off", "revoked"), "boolean"),
    "decided_on": "date",
    "points": "decimal(28, 8)",
}
COLUMNS = {"roster": ROSTER, "decision": DECISION}


def feed_of_kind(feeds: Mapping[str, FeedContract], kind: str) -> FeedContract | None:
    """The project's one feed of a kind. Raises Problem where there are two."""
    found = [feed for feed in feeds.values() if feed.kind == kind]
    if len(found) > 1:
        what = f"{found[0].id} and {found[1].id} are both of kind {kind}."
        raise Problem("feeds", what, f"keep one {kind} feed; join the sources before it.")
    return found[0] if found else None


def create_kind_view(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, FeedContract], kind: str) -> None:
    """A temp view named as the kind over what holds now; without such a feed an empty one. Raises Problem on a lost column."""
    feed = feed_of_kind(feeds, kind)
    if feed is None:
        columns = ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in COLUMNS[kind].items())
        connection.execute(f"create or replace temp view {kind} as select {columns} where false")
        return
    missing = sorted(set(COLUMNS[kind]) - set(feed.names))
    if missing:
        raise Problem(f"feed {feed.id}", f"a {kind} feed needs the column '{missing[0]}'.", "add it to feed.yaml.")
    widened = [c.name for c in feed.columns if c.stored_type != c.type and c.name in COLUMNS[kind]]
    columns = ", ".join(f'cast("{name}" as {COLUMNS[kind][name]}) as "{name}"' for name in widened)
    every = f"* replace ({columns})" if widened else "*"
    connection.execute(f'create or replace temp view {kind} as select {every} from staging."{feed.id}_current"')
