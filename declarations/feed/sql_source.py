"""A table or query of a database."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict
from declarations.feed.cursor import CursorBy


class SqlSource(Strict):
    """A table or query of a database; the connection says which database (any SQLAlchemy URL)."""

    connector: Literal["sql"]
    connection: Name
    table: str | None = Field(
        default=None, description='schema.table, or a view; or give a query. A name with a dot in it stands in double quotes: audit."a.b".'
    )
    query: str | None = Field(default=None, description="One SELECT in the database's own SQL, instead of a table.")
    cursor: CursorBy | None = Field(
        default=None, description="Only rows at or after the last seen value of a time, date or sequence number; without it all of them."
    )
    fetch_rows: int = Field(default=50_000, ge=1, description="Rows of a page: what is held in memory at a time.")
    timeout: Duration = Field(
        default="10m", description="A statement that takes longer, the reading of its rows included, is ended by the database."
    )

    @model_validator(mode="after")
    def _table_or_query(self) -> "SqlSource":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either 'table' or 'query'")
        return self
