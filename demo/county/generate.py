"""Making the county: the same files for the same seed and scale, in seconds.

Below the folder: ``tables/*.parquet`` (what databases and interfaces serve), ``sftp/<feed>/`` (what is dropped as files) and
``planted.json`` (which troubles and canaries were planted). All of it belongs to the "foreign" systems: identities are in it.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from demo.county import people
from demo.county.canaries import canaries, plant_canaries
from demo.county.decisions import Document, documents
from demo.county.files import drop_evaluation, drop_inspection
from demo.county.portfolios import portfolios
from demo.county.troubles import TROUBLES, plant

HERE = Path(__file__).parent
FEEDS = ("audit", "inspection", "petition", "rating", "statistics", "roster", "evaluation", "decision")
TABLES = ("audit", "petition", "rating", "statistics", "roster", "decision")
SILENT_FROM = "2025-12-01"
Progress = Callable[[str], None]


def generate(folder: Path, seed: int = 7, scale: float = 1.0, progress: Progress = lambda text: None) -> dict[str, Any]:
    """Make the county in ``folder`` unless it is there already with this seed and scale; answers ``planted.json``."""
    manifest = folder / "planted.json"
    stamp = {"seed": seed, "scale": scale, "generator": _generator()}
    if manifest.exists():
        planted: dict[str, Any] = json.loads(manifest.read_text())
        if {key: planted.get(key) for key in stamp} == stamp:
            return planted
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tables").mkdir(parents=True)
    db = build(seed, scale, progress)
    troubles = _spoil(db, scale)
    progress("writing the files of the source systems")
    for table in TABLES:
        order = "PUBLISHED_AT, i" if table == "statistics" else "updated_at, i"
        db.execute(f"COPY (SELECT * EXCLUDE (i) FROM {table} ORDER BY {order}) TO '{folder / 'tables' / table}.parquet' (COMPRESSION zstd)")
    spoilt_files = drop_inspection(db, folder / "sftp" / "inspection" / "outbox")
    drop_evaluation(db, folder / "sftp" / "evaluation" / "outbox")
    troubles += _file_troubles(spoilt_files)
    rows = {feed: _count(db, feed) for feed in FEEDS}
    rows["inspection"] += 1  # the row that is too wide
    planted = {
        **stamp,
        "today": people.TODAY.isoformat(),
        "rows": rows,
        **_sizes(db),
        "refused": _refused(troubles),
        "withheld": _withheld(db),
        "planted": troubles,
        "canaries": canaries(),
    }
    manifest.write_text(json.dumps(planted, ensure_ascii=False, indent=1))
    return planted


def build(seed: int, scale: float, progress: Progress = lambda text: None) -> duckdb.DuckDBPyConnection:
    """The county's tables before anything is spoilt, in a database in memory."""
    db = duckdb.connect()
    db.execute("SET VARIABLE seed = $1", [seed])
    db.execute("SET VARIABLE scale = $1", [scale])
    _people(db, seed)
    for name in ("macros", "quality", "rating", "petition", "audit", "inspection", "evaluation", "statistics", "roster", "decision"):
        progress(f"making {name}")
        db.execute((HERE / "sql" / f"{name}.sql").read_text())
    db.execute("DELETE FROM evaluation WHERE period_end >= $1", [SILENT_FROM])
    return db


def _people(db: duckdb.DuckDBPyConnection, seed: int) -> None:
    orgs = people.organisations()
    held = people.tenures(people.seats(orgs), seed)
    shares = portfolios(held, seed)

    def cadre(number: int) -> dict[str, Any]:
        return {"cadre_no": number, "cadre_id": f"C{number:04}", "cadre_name": people.cadre_name(number, seed)}

    _table(db, "org", [{"number": o.number, "id": o.id, "name": o.name, "org_class": o.org_class, "org_group": o.group} for o in orgs])
    _table(
        db,
        "tenure",
        [
            {
                "place": i,
                "org_id": t.seat.org.id,
                "org_no": t.seat.org.number,
                **cadre(t.cadre),
                "post": t.seat.post,
                "role": t.seat.role,
                "start_on": t.start,
                "end_on": t.end,
            }
            for i, t in enumerate(held)
        ],
    )
    _table(
        db,
        "portfolio",
        [
            {"place": i, "org_id": p.org.id, **cadre(p.cadre), "domain": p.domain, "share": p.share, "start_on": p.start, "end_on": p.end}
            for i, p in enumerate(shares)
        ],
    )
    papers: Sequence[Document] = documents(orgs, held, seed)
    _table(db, "document", [asdict(paper) for paper in papers])


def _table(db: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    db.register("incoming", pa.Table.from_pylist(rows))
    db.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    db.unregister("incoming")


def _spoil(db: duckdb.DuckDBPyConnection, scale: float) -> list[dict[str, Any]]:
    db.execute("CREATE TABLE touched (feed VARCHAR, record VARCHAR)")
    found = []
    for trouble in TROUBLES:
        keys, rows = plant(db, trouble, scale)
        found.append(
            {
                "kind": trouble.kind,
                "feed": trouble.feed,
                "column": trouble.column,
                "count": len(keys),
                "rows": rows,
                "keys": keys,
                "expect": trouble.expect,
            }
        )
    for feed in FEEDS:
        rows = plant_canaries(db, feed)
        found.append(
            {
                "kind": "identity",
                "feed": feed,
                "column": None,
                "count": rows,
                "rows": rows,
                "keys": [],
                "expect": "found in no file, log, message or table of ours",
            }
        )
    notes = db.execute("SELECT 'JD' || lpad(i::VARCHAR, 6, '0'), note FROM document WHERE note <> '' ORDER BY i").fetchall()
    found += [
        {"kind": "document", "feed": "decision", "column": None, "count": 1, "rows": 1, "keys": [key], "expect": note}
        for key, note in notes
    ]
    return found


def _file_troubles(spoilt: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "too_many_fields",
            "feed": "inspection",
            "column": None,
            "count": 1,
            "rows": 1,
            "keys": [spoilt["too_wide"]],
            "expect": "refused with the file's name and line; its values are shown nowhere",
        },
        {
            "kind": "incomplete_file",
            "feed": "inspection",
            "column": None,
            "count": 1,
            "rows": 0,
            "keys": [spoilt["incomplete"]],
            "expect": "not taken, since it has no .done marker",
        },
        {
            "kind": "silent",
            "feed": "evaluation",
            "column": "period_end",
            "count": 1,
            "rows": 0,
            "keys": ["2025-Q4"],
            "expect": "source_down for that quarter, never 0",
        },
    ]


def _refused(troubles: list[dict[str, Any]]) -> dict[str, int]:
    """For each feed how many rows of the source the contract refuses."""
    kinds = ("malformed", "identity_in_allowed_column", "too_many_fields")
    return {feed: sum(t["rows"] for t in troubles if t["feed"] == feed and t["kind"] in kinds) for feed in FEEDS}


def _withheld(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {"petition": db.execute("SELECT count(*) FROM petition WHERE item_class = 'accusation'").fetchall()[0][0]}


def _sizes(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {"organisations": _count(db, "org"), "cadres": db.execute("SELECT count(DISTINCT cadre_id) FROM tenure").fetchall()[0][0]}


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _generator() -> str:
    """A hash of the generator itself: data of an older one is made anew."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*")):
        if file.suffix in (".py", ".sql"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
