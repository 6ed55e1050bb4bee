"""Loading validated batches into staging: append-only, bitemporal, once.

``staging.<feed>`` holds every version of every record and is only ever added to; ``staging.<feed>_superseded`` names the
versions that another one replaced, and the view ``staging.<feed>_current`` shows those that hold now. A version is what the
source said at one time: its order is the contract's ``version`` column, then the time we observed it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from declarations.feed import FeedContract
from warehouse.batch import SQL_TYPE, BatchFiles, Manifest, Verdict
from warehouse.rows import insert_rows
from warehouse.store import transaction

_ORDER = "version_at desc, observed_at desc, row_hash desc"


@dataclass(frozen=True)
class LoadReport:
    """What a load did. ``periods``: the quarters (by any decisive date) in which something changed."""

    feed: str
    batches: tuple[str, ...] = ()
    rows_new: int = 0
    periods: tuple[str, ...] = ()


def create_staging(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    """The feed's staging tables, from its contract.

    A column that the contract gained is added empty; where one changed its type, staging is made anew from all batches.
    """
    known = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'staging' and table_name = ?", [contract.id]
    ).fetchall()
    wanted = [(c.name, SQL_TYPE[c.stored_type].replace(" ", "")) for c in contract.columns]
    if set(wanted) <= {(name, kind.replace(" ", "")) for name, kind in known}:
        return
    if any(name == column and kind.replace(" ", "") != sql_type for name, kind in known for column, sql_type in wanted):
        with transaction(connection):
            connection.execute(f'drop table staging."{contract.id}"; drop table staging."{contract.id}_superseded"')
            connection.execute("delete from ops.batch where feed = ?", [contract.id])
    columns = ", ".join(f'"{c.name}" {SQL_TYPE[c.stored_type]}' for c in contract.columns)
    connection.execute(
        f'create table if not exists staging."{contract.id}" (record_id varchar, row_hash varchar, event_time timestamp, '
        f"version_at varchar, observed_at timestamp, batch_id varchar, row_no bigint, {columns})"
    )
    for column in contract.columns:
        connection.execute(f'alter table staging."{contract.id}" add column if not exists "{column.name}" {SQL_TYPE[column.stored_type]}')
    connection.execute(f'create table if not exists staging."{contract.id}_superseded" (batch_id varchar, row_no bigint)')
    connection.execute(
        f'create or replace view staging."{contract.id}_current" as select v.* from staging."{contract.id}" as v '
        f'where not exists (select 1 from staging."{contract.id}_superseded" as s where s.batch_id = v.batch_id and s.row_no = v.row_no)'
    )
    connection.execute(
        f'create or replace macro staging."{contract.id}_as_of"(moment) as table '
        f"select * exclude (place) from ({_latest(contract, 'observed_at <= moment')}) where place = 1"
    )


def load_batches(connection: duckdb.DuckDBPyConnection, contract: FeedContract, files: BatchFiles, decisive_dates: list[str]) -> LoadReport:
    """Load all accepted batches that are not loaded yet, in the order of their pulls, each in one transaction.

    A batch that was judged again under a changed contract is loaded again: rows that were refused come in.

    ``decisive_dates`` are the date columns that the feed's indicators go by; they tell which quarters changed.
    """
    create_staging(connection, contract)
    loaded = set(connection.execute("select batch_id, contract from ops.batch where feed = ?", [contract.id]).fetchall())
    done: list[str] = []
    rows_new = 0
    periods: set[str] = set()
    for manifest in files.manifests():
        verdict = files.verdict(manifest.batch_id)
        if verdict is None or verdict.status != "accepted" or (manifest.batch_id, verdict.contract) in loaded:
            continue
        with transaction(connection):
            new, changed = _load_one(connection, contract, files, manifest, verdict, decisive_dates)
        done.append(manifest.batch_id)
        rows_new += new
        periods |= changed
    return LoadReport(contract.id, tuple(done), rows_new, tuple(sorted(periods)))


def _load_one(
    connection: duckdb.DuckDBPyConnection,
    contract: FeedContract,
    files: BatchFiles,
    manifest: Manifest,
    verdict: Verdict,
    decisive_dates: list[str],
) -> tuple[int, set[str]]:
    _read_incoming(connection, contract, files, manifest)
    connection.execute("drop view if exists news; drop table if exists unknown")
    news = "incoming"
    if connection.execute(f'select 1 from staging."{contract.id}" limit 1').fetchone():
        news = "unknown"
        connection.execute(f"create temp table unknown as select * from incoming i where not exists ({_known(contract)})")
    connection.execute(f"create temp view news as select * from {news}")
    # records with more than one version, counting what holds now; for the others there is nothing to compare
    connection.execute(
        "create or replace temp table contested as select record_id from news group by record_id having count(*) > 1 "
        f'union select n.record_id from news as n join staging."{contract.id}_current" as c on c.record_id = n.record_id'
    )
    periods = _supersede(connection, contract, decisive_dates)
    inserted = connection.execute(f'insert into staging."{contract.id}" by name select * from news').fetchone()
    rows_new = inserted[0] if inserted else 0
    _note_batch(connection, contract, files, manifest, verdict, rows_new)
    insert_rows(connection, "ops.change (feed, period, batch_id)", [[contract.id, period, manifest.batch_id] for period in sorted(periods)])
    return rows_new, periods


def _note_batch(
    connection: duckdb.DuckDBPyConnection,
    contract: FeedContract,
    files: BatchFiles,
    manifest: Manifest,
    verdict: Verdict,
    rows_new: int,
) -> None:
    row = [
        manifest.batch_id, contract.id, manifest.since, manifest.until, manifest.content_hash, verdict.contract, verdict.fetched,
        verdict.accepted, verdict.quarantined, manifest.withheld, rows_new, _naive(manifest.pulled_at), _naive(datetime.now(UTC)),
    ]  # fmt: skip
    connection.execute(f"insert or replace into ops.batch values ({', '.join('?' * len(row))})", row)
    connection.execute("delete from ops.quarantine where batch_id = ?", [manifest.batch_id])
    if verdict.quarantined:
        connection.execute("insert into ops.quarantine by name select * from read_parquet(?)", [str(files.quarantine(manifest.batch_id))])


def _read_incoming(connection: duckdb.DuckDBPyConnection, contract: FeedContract, files: BatchFiles, manifest: Manifest) -> None:
    """The batch's accepted rows, identical repeats collapsed, as temp table ``incoming``."""
    names = [f'"{name}"' for name in contract.names]
    parts = ", ".join(f"coalesce(cast({name} as varchar), chr(0))" for name in names)
    keys = " || '|' || ".join(f'cast("{key}" as varchar)' for key in contract.keys)
    version = _version(contract)
    connection.execute(
        f"""create or replace temp table hashed as
        select {keys} as record_id, md5(concat_ws(chr(1), {parts})) as row_hash,
               cast("{contract.event_time}" as timestamp) as event_time, {version} as version_at,
               cast(? as timestamp) as observed_at, cast(? as varchar) as batch_id, _row as row_no, {", ".join(names)}
        from read_parquet(?)""",
        [_naive(manifest.pulled_at), manifest.batch_id, str(files.accepted(manifest.batch_id))],
    )
    connection.execute(
        "create or replace temp view incoming as select * from hashed "
        "where row_no in (select min(row_no) from hashed group by record_id, row_hash)"
    )


def _version(contract: FeedContract) -> str:
    """The version as text that sorts as the version does."""
    if contract.version is None:
        return "''"
    text = f'cast("{contract.version}" as varchar)'
    numeric = contract.column(contract.version).type in ("integer", "decimal")
    return f"coalesce({f'lpad({text}, 40, chr(48))' if numeric else text}, '')"


def _known(contract: FeedContract) -> str:
    """Whether a row is old news: with versions, seen at any time; without, the one that holds now."""
    table = contract.id if contract.version else f"{contract.id}_current"
    return f'select 1 from staging."{table}" s where s.record_id = i.record_id and s.row_hash = i.row_hash'


def _latest(contract: FeedContract, condition: str) -> str:
    return f'select *, row_number() over (partition by record_id order by {_ORDER}) as place from staging."{contract.id}" where {condition}'


def _supersede(connection: duckdb.DuckDBPyConnection, contract: FeedContract, decisive_dates: list[str]) -> set[str]:
    """Name the versions that lost against others of their record; the quarters of the rows that came or went.

    To be called before ``news`` is added to staging.
    """
    connection.execute(
        f"""create or replace temp table contest as
        select *, row_number() over (partition by record_id order by {_ORDER}) as place
        from (select *, true as is_new from news where record_id in (select record_id from contested)
              union all by name
              select *, false as is_new from staging."{contract.id}_current" where record_id in (select record_id from contested))"""
    )
    connection.execute(f'insert into staging."{contract.id}_superseded" select batch_id, row_no from contest where place > 1')
    dates = decisive_dates or [contract.event_time]
    came = "select * from news where record_id not in (select record_id from contested)"
    changed = "select * exclude (place, is_new) from contest where (place = 1) = is_new"
    union = " union ".join(f'select cast("{column}" as date) as day from ({rows}) as r' for column in dates for rows in (came, changed))
    found = connection.execute(f"select distinct year(day) || '-Q' || quarter(day) from ({union}) as days where day is not null").fetchall()
    return {row[0] for row in found}


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
