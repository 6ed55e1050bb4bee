"""A table or query of a database, streamed from the server: allow-listed columns only, read only, as the database's own text."""

from connectors.sql.connector import SqlConnector

__all__ = ["SqlConnector"]
