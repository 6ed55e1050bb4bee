"""A session that can only read: one read-only transaction, a time limit, UTC, dates in ISO 8601."""

from sqlalchemy.engine import Connection

from connectors.sql.database import MYSQL

# what the text of a value depends on, set for the transaction alone (that goes through poolers, too)
POSTGRES_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
}


def postgres_setup(seconds: float) -> str:
    """One statement that sets all of a transaction's settings; ``seconds`` is the statement's timeout."""
    settings = {**POSTGRES_SETTINGS, "statement_timeout": str(max(1, int(seconds * 1000)))}
    calls = ", ".join(f"pg_catalog.set_config('{key}', '{value}', true)" for key, value in settings.items())
    return f"SELECT {calls}"


def make_read_only(connection: Connection, seconds: float) -> None:
    """Begins the read-only transaction in which everything is asked."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
        connection.exec_driver_sql(postgres_setup(seconds))
    elif connection.dialect.name in MYSQL:
        for statement in _mysql_setup(connection, seconds):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


def _mysql_setup(connection: Connection, seconds: float) -> list[str]:
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    limit = f"max_statement_time = {seconds}" if is_mariadb else f"max_execution_time = {int(seconds * 1000)}"
    # net_write_timeout: how long the server waits for us while we write what we have
    return [f"SET SESSION time_zone = '+00:00', {limit}, net_write_timeout = 600"]
