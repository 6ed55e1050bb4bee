"""Real databases for the SQL tests, started once: PostgreSQL from a package, MariaDB from the system's, SQLite files."""

import datetime
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.protocol import Page, Resolver, Window
from connectors.sql import SqlConnector
from declarations.feed import FeedContract
from tests.connectors.source_kit import resolver

ALL = Window(None, {})


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.engine.URL]:
    """The superuser's URL, over TCP on loopback."""
    from demo.servers import postgres

    cluster, port = postgres.start(tmp_path_factory.mktemp("pg") / "data")
    engine = sa.create_engine(f"postgresql+psycopg://postgres@/postgres?host={cluster.sockets}&port={port}")
    with engine.begin() as con:
        con.exec_driver_sql("ALTER ROLE postgres PASSWORD 'root'")
    engine.dispose()
    yield sa.make_url(f"postgresql+psycopg://postgres:root@127.0.0.1:{port}/postgres")
    postgres.remove(cluster)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[sa.engine.URL]:
    """The superuser's URL, over TCP on loopback; tests are skipped where MariaDB is not installed."""
    if not (shutil.which("mariadbd") and shutil.which("mariadb-install-db")):
        pytest.skip("MariaDB is not installed (apt-get install mariadb-server)")
    folder = Path(tempfile.mkdtemp(prefix="traceless-mariadb-"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = ["--no-defaults", f"--datadir={folder / 'data'}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    make = ["mariadb-install-db", *data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve", *user]
    subprocess.run(make, check=True, timeout=60, **quiet)  # type: ignore[call-overload]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
    secure = [f"--ssl-{kind}={file}" for kind, file in zip(("cert", "key"), _certificate(folder), strict=True)]
    small = ["--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--performance-schema=OFF"]
    server = subprocess.Popen(["mariadbd", *data, *place, *secure, *small, *user], **quiet)  # type: ignore[call-overload]
    try:
        _wait_for(port, server)
        yield sa.make_url(f"mysql+pymysql://root@127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody but itself signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    signed = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    pytest.fail("MariaDB did not start")


@contextmanager
def admin(url: sa.engine.URL) -> Iterator[sa.Connection]:
    """A connection that may do all, each statement its own transaction."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as con:
        yield con
    engine.dispose()


def run(url: sa.engine.URL, *statements: str) -> None:
    with admin(url) as con:
        for statement in statements:
            con.exec_driver_sql(statement.replace("%", "%%"))


def connected(url: sa.engine.URL, **changes: Any) -> Resolver:
    """A resolver for a server's URL, or another login of it."""
    extra = {"allow_loopback": True, **changes.pop("extra", {})}
    fields = {"conn_type": "mariadb" if "mysql" in url.drivername else "postgres", "host": url.host, "port": url.port,
              "schema": url.database, "login": url.username, "password": url.password, **changes}  # fmt: skip
    return resolver(**fields, extra=extra)


def pull(feed: FeedContract, resolve: Resolver, window: Window = ALL, fast: bool = True) -> list[Page]:
    return list(SqlConnector(feed, resolve, fast).pages(window))


def values(pages: list[Page], column: str) -> list[str | None]:
    return [value for page in pages for value in page.rows.column(column).to_pylist()]
