"""What a person decides at a registration: by options, by a file, or asked one by one."""

from pydantic import Field

from declarations.base import Duration, Name, Strict
from declarations.feed import FeedKind


class Answers(Strict):
    """All that may be said beforehand; ``traceless feed new --answers FILE`` reads it. What is not said is asked, or inferred.

    Columns are named by the source's name or by ours.
    """

    id: Name | None = Field(default=None, description="Name of the feed and of its folder.")
    kind: FeedKind | None = None
    title_en: str | None = Field(default=None, min_length=1)
    title_zh: str | None = Field(default=None, min_length=1)
    description: str | None = None
    owner_team: str | None = Field(default=None, min_length=1)
    owner_email: str | None = None
    on_call: str | None = None
    connection: Name | None = Field(default=None, description="Id of the connection; its address and secrets stand elsewhere.")
    pattern: str | None = Field(default=None, description="Files: which file names belong to the feed.")
    key: list[str] | None = Field(default=None, description="Columns that together name a record.")
    event_time: str | None = Field(default=None, description="Column that says when it happened.")
    version: str | None = Field(default=None, description="Column that orders the versions of a record; 'none' for none.")
    organisation: str | None = Field(default=None, description="Column that says which organisation it is about; 'none' for none.")
    take: dict[str, str] = Field(default={}, description="Columns that look personal and are taken all the same: column → why.")
    leave: dict[str, str] = Field(default={}, description="Columns that are not taken: column → reason.")
    units: dict[str, str] = Field(default={}, description="column → unit.")
    labels: dict[str, str] = Field(default={}, description="column → Chinese label.")
    names: dict[str, Name] = Field(default={}, description="source's column → our name.")
    deadline: Duration | None = None
    retention_years: int | None = Field(default=None, ge=1)
    retention_reason: str | None = Field(default=None, min_length=1)
