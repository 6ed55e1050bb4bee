"""Which database a connection means: SQLAlchemy URL and driver, the address that may be reached, what its driver is told."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from connectors.address import checked_address, flag
from connectors.protocol import Connection
from declarations.problem import Problem

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "kingbase": "postgresql+psycopg",
    "opengauss": "postgresql+psycopg",
    "gaussdb": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "oceanbase": "mysql+pymysql",
    "gbase": "mysql+pymysql",
    "tidb": "mysql+pymysql",
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
    "dameng": "dm+dmPython",
    "dm": "dm+dmPython",
}
PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521, "dm": 5236}
OWN_EXTRAS = frozenset({"allow_loopback", "fast_path"})  # said to us, not to the driver
AROUND_THE_HOST = frozenset({"host", "hostaddr", "service", "servicefile", "unix_socket", "read_default_file", "read_default_group"})
PYMYSQL_FLAGS = ("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity")
CONNECT_SECONDS = 10
MYSQL = ("mysql", "mariadb")


def database_url(place: str, connection: Connection) -> URL:
    """The URL of a connection: ``conn_type`` is a short name of ``DRIVERS`` or any SQLAlchemy drivername. Raises Problem."""
    driver = DRIVERS.get(connection.conn_type, connection.conn_type)
    if driver.partition("+")[0] == "sqlite":
        file = Path(connection.schema or connection.host or "")
        if not file.is_file():
            raise Problem(place, f"there is no SQLite file {file}.", "correct 'host' (the file) of the connection.")
        return URL.create("sqlite", database=str(file))
    if not connection.host:
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    return URL.create(
        driver,
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query=_driver_options(driver, connection),
    )


def _driver_options(driver: str, connection: Connection) -> dict[str, str]:
    """The extras that are the driver's. For PyMySQL any text is true, and a CA's file is forgotten beside 'ssl_verify_…':
    a flag that is off is left out, and with 'ssl_ca' certificate and name are verified in any case."""
    extras = {key: value for key, value in connection.extra.items() if key not in OWN_EXTRAS and isinstance(value, str | int)}
    if driver.endswith("+pymysql"):
        off = {key for key in PYMYSQL_FLAGS if not flag(connection, key) or ("ssl_ca" in extras and key != "ssl_disabled")}
        extras = {key: value for key, value in extras.items() if key not in off}
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in extras.items()}


def shown(url: URL) -> str:
    """The address without login and options. (``URL.set(username=None)`` would leave the login in.)"""
    return URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database).render_as_string()


def reachable(place: str, url: URL, connection: Connection) -> list[str]:
    """The checked addresses to connect to; none for a file or a unix socket. Raises Problem and SourceAway."""
    host = url.host or ""
    if url.get_backend_name() == "sqlite":
        return []
    around = sorted(AROUND_THE_HOST & set(connection.extra))
    if around:
        what = f"has the extra '{around[0]}', by which the driver would go elsewhere than to the host that is checked."
        raise Problem(place, what, "take it out of the connection's extra, and name the machine as 'host'.")
    if host.startswith("/"):
        return []
    return checked_address(place, host, url.port or PORTS.get(url.get_backend_name(), 0), connection)


def open_engine(url: URL, addresses: list[str], seconds: float) -> Engine:
    """An engine without a pool whose driver connects to the checked addresses. ``seconds`` is the statement's timeout.

    Raises SQLAlchemy's NoSuchModuleError or a ModuleNotFoundError where the driver is not installed.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        return sa.create_engine(
            "sqlite://", creator=lambda: _open_sqlite(url.database or "", seconds), poolclass=sa.pool.NullPool, hide_parameters=True
        )
    options: dict[str, Any] = {}
    if backend == "postgresql":
        options = postgres_options(url, addresses)
    elif backend in MYSQL and url.get_driver_name() == "pymysql":
        options = _pymysql_options(url, seconds)
    engine = sa.create_engine(url, connect_args=options, poolclass=sa.pool.NullPool, hide_parameters=True)
    if backend == "postgresql":
        _know_relatives(engine)
    elif backend in MYSQL and url.get_driver_name() == "pymysql" and addresses:
        _connect_pinned(engine, addresses)
    return engine


def postgres_options(url: URL, addresses: list[str]) -> dict[str, Any]:
    """What libpq is told: the address to go to (the host's name stays for the certificate), how long to wait, a live line."""
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "client_encoding": "utf8",
    }
    if addresses:
        options |= {"host": ",".join([url.host or ""] * len(addresses)), "hostaddr": ",".join(addresses)}
    return {key: value for key, value in options.items() if key not in url.query}


def _open_sqlite(file: str, seconds: float) -> sqlite3.Connection:
    """The file opened for reading only; a statement is interrupted after ``seconds``."""
    connection = sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, 20_000)
    return connection


def _pymysql_options(url: URL, seconds: float) -> dict[str, Any]:
    """The server's own text for every value: without decoders PyMySQL hands it on as it comes."""
    from pymysql.converters import conversions

    encoders = {kind: how for kind, how in conversions.items() if not isinstance(kind, int)}
    options = {"connect_timeout": CONNECT_SECONDS, "read_timeout": int(seconds) + 60, "charset": "utf8mb4", "conv": encoders}
    return {key: value for key, value in options.items() if key not in url.query}


def _connect_pinned(engine: Engine, addresses: list[str]) -> None:
    """PyMySQL is given a socket to one of the checked addresses; the host's name stays for the certificate."""
    import socket

    import pymysql

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        wait = float(options.get("connect_timeout", CONNECT_SECONDS))
        sock = None
        for address in addresses:
            try:
                sock = socket.create_connection((address, int(options.get("port") or PORTS["mysql"])), wait)
                break
            except OSError as error:
                last = error
        if sock is None:
            raise pymysql.err.OperationalError(2003, f"cannot connect ({type(last).__name__})")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection = pymysql.Connection(*arguments, defer_connect=True, **options)
        connection.connect(sock)
        return connection


def _know_relatives(engine: Engine) -> None:
    """Databases that speak PostgreSQL's protocol (Kingbase, openGauss) but do not say so in version(): taken as a 9.6."""
    dialect: Any = engine.dialect
    known = dialect._get_server_version_info

    def version(connection: Any) -> tuple[int, ...]:
        try:
            return tuple(known(connection))
        except (AssertionError, TypeError):
            return (9, 6)

    dialect._get_server_version_info = version
