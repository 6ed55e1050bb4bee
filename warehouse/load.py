"""Loading validated batches into staging: append-only, bitemporal, once.

``staging.<feed>`` holds every version of every record and is only ever added to; ``staging.<feed>_superseded`` names the
versions that another one replaced, and the view ``staging.<feed>_current`` shows those that hold now. A version is what the
source said at one time: its order is the contract's ``version`` column, then the time we observed it. Of a snapshot the time we
observed it comes first, and a version may say that the record is gone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from declarations.feed import FeedContract
from warehouse.batch import GONE, SQL_TYPE, BatchFiles, Manifest, Verdict
from warehouse.removals import note_removals
from warehouse.rows import insert_rows
from warehouse.staging import create_staging, order, record_id
from warehouse.store import transaction


@dataclass(frozen=True)
class LoadReport:
    """What a load did. ``periods``: the quarters (by any decisive date) in which something changed; ``kept``: rows that were loaded
    once and that a later judgement of their batch refuses: what was said stays said."""

    feed: str
    batches: tuple[str, ...] = ()
    rows_new: int = 0
    periods: tuple[str, ...] = ()
    kept: int = 0


def load_batches(connection: duckdb.DuckDBPyConnection, contract: FeedContract, files: BatchFiles, decisive_dates: list[str]) -> LoadReport:
    """Load all accepted batches that are not loaded yet, in the order of their pulls, each in one transaction.

    A batch that was judged again is loaded again: rows that were refused come in.

    ``decisive_dates`` are the date columns that the feed's indicators go by; they tell which quarters changed.
    """
    create_staging(connection, contract)
    found = connection.execute(
        "select b.batch_id, b.contract, j.judged_at from ops.batch as b "
        "left join ops.judged as j on j.batch_id = b.batch_id where b.feed = ?",
        [contract.id],
    ).fetchall()
    loaded = {batch_id: (judged_under, judged_at) for batch_id, judged_under, judged_at in found}
    done: list[str] = []
    rows_new = kept = 0
    periods: set[str] = set()
    for manifest in files.manifests():
        verdict = files.verdict(manifest.batch_id)
        if verdict is None or verdict.status != "accepted" or _is_loaded(loaded.get(manifest.batch_id), verdict):
            continue
        with transaction(connection):
            new, changed = _load_one(connection, contract, files, manifest, verdict, decisive_dates)
            kept += _refused_since(connection, contract, manifest) if manifest.batch_id in loaded else 0
        done.append(manifest.batch_id)
        rows_new += new
        periods |= changed
    return LoadReport(contract.id, tuple(done), rows_new, tuple(sorted(periods)), kept)


def _is_loaded(before: tuple[str, datetime | None] | None, verdict: Verdict) -> bool:
    """Whether just this judgement was loaded; of batches loaded by older releases only the contract is known."""
    if before is None:
        return False
    judged_under, judged_at = before
    return judged_under == verdict.contract and judged_at in (None, _naive(verdict.validated_at))


def _refused_since(connection: duckdb.DuckDBPyConnection, contract: FeedContract, manifest: Manifest) -> int:
    row = connection.execute(
        f'select count(*) from staging."{contract.id}" where batch_id = ? and row_no not in (select row_no from hashed)',
        [manifest.batch_id],
    ).fetchone()
    return int(row[0]) if row else 0


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
        f'union select n.record_id from news as n join staging."{contract.id}_last" as c on c.record_id = n.record_id'
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
    row = {
        "batch_id": manifest.batch_id, "feed": contract.id, "since": manifest.since, "until": manifest.until,
        "content_hash": manifest.content_hash, "contract": verdict.contract, "fetched": verdict.fetched, "accepted": verdict.accepted,
        "quarantined": verdict.quarantined, "withheld": manifest.withheld, "new_versions": rows_new,
        "pulled_at": _naive(manifest.pulled_at), "loaded_at": _naive(datetime.now(UTC)),
    }  # fmt: skip
    connection.execute(f"insert or replace into ops.batch ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
    connection.execute("insert or replace into ops.judged values (?, ?)", [manifest.batch_id, _naive(verdict.validated_at)])
    note_removals(connection, manifest)
    connection.execute("delete from ops.quarantine where batch_id = ?", [manifest.batch_id])
    if verdict.quarantined:
        connection.execute("insert into ops.quarantine by name select * from read_parquet(?)", [str(files.quarantine(manifest.batch_id))])


def _read_incoming(connection: duckdb.DuckDBPyConnection, contract: FeedContract, files: BatchFiles, manifest: Manifest) -> None:
    """The batch's accepted rows, identical repeats collapsed, as temp table ``incoming``."""
    accepted = str(files.accepted(manifest.batch_id))
    names = [f'"{name}"' for name in contract.names]
    parts = ", ".join(f"coalesce(cast({name} as varchar), chr(0))" for name in names)
    none = ", ".join(f'cast(null as {SQL_TYPE[c.stored_type]}) as "{c.name}"' for c in contract.columns)  # judged before it was declared
    gone = GONE if contract.snapshot and _has_gone(connection, accepted) else "false"
    connection.execute(
        f"""create or replace temp table hashed as
        select {record_id(contract)} as record_id,
               md5(concat_ws(chr(1), {parts}) || case when {gone} then chr(1) || 'gone' else '' end) as row_hash,
               cast("{contract.event_time}" as timestamp) as event_time, {_version(contract)} as version_at,
               cast(? as timestamp) as observed_at, cast(? as varchar) as batch_id, _row as row_no, {", ".join(names)}, {gone} as {GONE}
        from (select {none} where false union all by name select * from read_parquet(?))""",
        [_naive(manifest.pulled_at), manifest.batch_id, accepted],
    )
    connection.execute(
        "create or replace temp view incoming as select * from hashed "
        "where row_no in (select min(row_no) from hashed group by record_id, row_hash)"
    )


def _has_gone(connection: duckdb.DuckDBPyConnection, accepted: str) -> bool:
    return (GONE,) in connection.execute("select name from parquet_schema(?)", [accepted]).fetchall()


def _version(contract: FeedContract) -> str:
    """The version as text that sorts as the version does."""
    if contract.version is None:
        return "''"
    text = f'cast("{contract.version}" as varchar)'
    numeric = contract.column(contract.version).type in ("integer", "decimal")
    return f"coalesce({f'lpad({text}, 40, chr(48))' if numeric else text}, '')"


def _known(contract: FeedContract) -> str:
    """Whether a row is old news: with versions, seen at any time; without, the one that holds now, or one of a batch that is loaded
    once more."""
    if contract.version and not contract.snapshot:
        return f'select 1 from staging."{contract.id}" s where s.record_id = i.record_id and s.row_hash = i.row_hash'
    again = "s.batch_id = i.batch_id and s.row_no = i.row_no and s.row_hash = i.row_hash"
    return (
        f'select 1 from staging."{contract.id}_last" s where s.record_id = i.record_id and s.row_hash = i.row_hash) '
        f'and not exists (select 1 from staging."{contract.id}" s where {again}'
    )


def _supersede(connection: duckdb.DuckDBPyConnection, contract: FeedContract, decisive_dates: list[str]) -> set[str]:
    """Name the versions that lost against others of their record; the quarters of the rows that came or went.

    To be called before ``news`` is added to staging.
    """
    connection.execute(
        f"""create or replace temp table contest as
        select *, row_number() over (partition by record_id order by {order(contract)}) as place
        from (select *, true as is_new from news where record_id in (select record_id from contested)
              union all by name
              select *, false as is_new from staging."{contract.id}_last" where record_id in (select record_id from contested))"""
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
