"""A table or query of a database."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict
from declarations.feed.cursor import CursorBy


class SqlSource(Strict):
    """A table or query of a database; the connection says which database (any SQLAlchemy URL)."""

    connector: Literal["sql"]
    connection: Name
    table: str | None = Field(default=None, description="schema.table; or give a query.")
    query: str | None = None
    cursor: CursorBy | None = None
    fetch_rows: int = Field(default=50_000, ge=1)
    timeout: Duration = Field(default="10m", description="A statement that takes longer is ended by the database.")

    @model_validator(mode="after")
    def _table_or_query(self) -> "SqlSource":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either 'table' or 'query'")
        return self
