"""The staging tables of a feed: every version of every record, which of them hold now, and what was known at a moment."""

import json

import duckdb

from declarations.feed import FeedContract
from warehouse.batch import GONE, SQL_TYPE
from warehouse.store import transaction

_VERSIONS = "version_at desc, observed_at desc, row_hash desc"
_COPIES = f"observed_at desc, coalesce({GONE}, false), version_at desc, row_hash desc"


def create_staging(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    """The feed's staging tables, from its contract.

    ``staging.<feed>`` has every version; ``…_superseded`` names those that another one replaced; the view ``…_last`` has the version
    of each record that holds, be it that the record is gone (``_gone``), ``…_current`` those of the records that are there; the macro
    ``…_as_of(moment)`` answers as the warehouse knew it then.

    A column that the contract gained is added empty; where one changed its type, or the contract tells records or versions apart by
    other columns, staging is made anew from all batches.
    """
    known = {
        name: kind.replace(" ", "")
        for name, kind in connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'staging' and table_name = ?", [contract.id]
        ).fetchall()
    }
    wanted = {c.name: SQL_TYPE[c.stored_type] for c in contract.columns} | {GONE: "BOOLEAN"}
    meaning, meant = _meaning(contract), _meant(connection, contract)
    if meaning == meant and all(known.get(name) == kind.replace(" ", "") for name, kind in wanted.items()):
        return
    retyped = any(known.get(name, kind.replace(" ", "")) != kind.replace(" ", "") for name, kind in wanted.items())
    if known and (retyped or (meant is None and contract.snapshot) or (meant is not None and meant != meaning)):
        with transaction(connection):
            connection.execute(f'drop table staging."{contract.id}"; drop table staging."{contract.id}_superseded"')
            connection.execute("delete from ops.batch where feed = ?", [contract.id])
    columns = ", ".join(f'"{name}" {kind}' for name, kind in wanted.items())
    connection.execute(
        f'create table if not exists staging."{contract.id}" (record_id varchar, row_hash varchar, event_time timestamp, '
        f"version_at varchar, observed_at timestamp, batch_id varchar, row_no bigint, {columns})"
    )
    for name, kind in wanted.items():
        connection.execute(f'alter table staging."{contract.id}" add column if not exists "{name}" {kind}')
    connection.execute(f'create table if not exists staging."{contract.id}_superseded" (batch_id varchar, row_no bigint)')
    _create_views(connection, contract)
    connection.execute(f"comment on table staging.\"{contract.id}\" is '{meaning}'")


def order(contract: FeedContract) -> str:
    """The order of a record's versions, the one that holds first: as the source numbers them; of whole copies as they came."""
    return _COPIES if contract.snapshot else _VERSIONS


def record_id(contract: FeedContract) -> str:
    """SQL for the name of a record: its key."""
    return " || '|' || ".join(f'cast("{key}" as varchar)' for key in contract.keys)


def _create_views(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    feed = contract.id
    connection.execute(
        f'create or replace view staging."{feed}_last" as select v.* from staging."{feed}" as v '
        f'where not exists (select 1 from staging."{feed}_superseded" as s where s.batch_id = v.batch_id and s.row_no = v.row_no)'
    )
    connection.execute(
        f'create or replace view staging."{feed}_current" as '
        f'select * exclude ({GONE}) from staging."{feed}_last" where not coalesce({GONE}, false)'
    )
    place = f"row_number() over (partition by record_id order by {order(contract)}) as place"
    connection.execute(
        f'create or replace macro staging."{feed}_as_of"(moment) as table select * exclude (place, {GONE}) from '
        f'(select *, {place} from staging."{feed}" where observed_at <= moment) where place = 1 and not coalesce({GONE}, false)'
    )


def _meaning(contract: FeedContract) -> str:
    """By what records, their versions and their time are told, as the staging table's comment."""
    said = {"keys": contract.keys, "version": contract.version, "event_time": contract.event_time, "snapshot": contract.snapshot}
    return json.dumps(said)


def _meant(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> str | None:
    """The comment that the staging table has; None where it has none, or is not there."""
    row = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'staging' and table_name = ?", [contract.id]
    ).fetchone()
    return row[0] if row else None
