"""The feed contract: what a source system delivers, how it is pulled, what is refused.

One file a feed: ``feeds/<feed>/feed.yaml``. Only the columns listed here ever leave a connector.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict, Text

FeedKind = Literal["audit", "inspection", "petition", "rating", "statistics", "roster", "evaluation", "decision"]
ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]


class Owner(Strict):
    """Who answers for the feed and is called when it breaks."""

    team: str
    email: str | None = None


class Column(Strict):
    """One allow-listed column. ``source`` is its name in the source where that differs from ours."""

    name: Name
    source: str | None = None
    type: ColumnType
    zh: str = Field(description="The Chinese label by which users know the column.")
    meaning: str
    unit: str | None = None
    key: bool = Field(default=False, description="Part of the record's key.")
    required: bool = Field(default=False, description="An empty value is refused.")
    codes: dict[str, str] | None = Field(default=None, description="Code list: code → meaning; other values are refused.")
    pattern: str | None = Field(default=None, description="A regular expression that the whole value must match.")
    minimum: float | None = None
    maximum: float | None = None
    format: str | None = Field(default=None, description="strptime format of a date or timestamp that is not ISO 8601.")
    missing: list[str] = Field(default=[], description="Texts that mean 'no value', beside the empty text.")

    @property
    def source_name(self) -> str:
        return self.source or self.name


class CursorBy(Strict):
    """Incremental pull: rows whose ``column`` is at or after the last seen value less ``look_back``."""

    column: Name = Field(description="The contract column that only grows in the source, such as updated_at.")
    look_back: Duration = "0s"


class SqlSource(Strict):
    """A table or query of a database; the connection says which database (any SQLAlchemy URL)."""

    connector: Literal["sql"]
    connection: Name
    table: str | None = Field(default=None, description="schema.table; or give a query.")
    query: str | None = None
    cursor: CursorBy | None = None
    fetch_rows: int = Field(default=50_000, ge=1)

    @model_validator(mode="after")
    def _table_or_query(self) -> "SqlSource":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either 'table' or 'query'")
        return self


class NoAuth(Strict):
    """An open endpoint."""

    scheme: Literal["none"] = "none"


class BasicAuth(Strict):
    """User name and password of the connection."""

    scheme: Literal["basic"]


class ApiKeyAuth(Strict):
    """The connection's password sent in a header."""

    scheme: Literal["api_key"]
    header: str = "X-API-Key"


class OAuth2Auth(Strict):
    """OAuth2 client credentials: the connection's login and password are the client id and secret."""

    scheme: Literal["oauth2_client_credentials"]
    token_path: str
    scope: str | None = None


Auth = Annotated[NoAuth | BasicAuth | ApiKeyAuth | OAuth2Auth, Field(discriminator="scheme")]


class OnePage(Strict):
    """Everything in one answer."""

    by: Literal["none"] = "none"


class PageNumber(Strict):
    """Pages numbered from ``first``; the last is the first one shorter than ``size`` or the one ``total_pages`` names."""

    by: Literal["page_number"]
    parameter: str = "page"
    first: int = 1
    size_parameter: str = "page_size"
    size: int = Field(default=1000, ge=1)
    total_pages: str | None = Field(default=None, description="Dotted path of the number of pages in the answer.")


class PageCursor(Strict):
    """Each answer names the next page at ``next``; none means the end."""

    by: Literal["cursor"]
    parameter: str = "cursor"
    next: str = Field(default="next_cursor", description="Dotted path of the next cursor in the answer.")
    size_parameter: str | None = "limit"
    size: int = Field(default=5000, ge=1)


Paging = Annotated[OnePage | PageNumber | PageCursor, Field(discriminator="by")]


class RateBudget(Strict):
    """How much of the source we may use; kept before the source complains."""

    per_minute: int = Field(default=6000, ge=1)


class RestSource(Strict):
    """A REST endpoint that answers JSON (a list of records at ``records``) or CSV."""

    connector: Literal["rest"]
    connection: Name
    path: str
    format: Literal["json", "csv"] = "json"
    records: str = Field(default="", description="Dotted path of the list of records; empty: the answer is the list.")
    parameters: dict[str, str] = {}
    auth: Auth = NoAuth()
    paging: Paging = OnePage()
    cursor: CursorBy | None = None
    since_parameter: str = "updated_since"
    rate: RateBudget = RateBudget()
    timeout: Duration = "60s"


class FilesSource(Strict):
    """Files dropped into a folder: local, or over SFTP (the connection says which)."""

    connector: Literal["files"]
    connection: Name
    pattern: list[str] = Field(description="Glob patterns below the connection's folder, such as 'items_*.xlsx'.")
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1, description="Row of the column names, counted from 1.")
    complete_marker: str | None = Field(
        default=None, description="A file is complete when a file of the same name with this ending lies beside it."
    )
    stable_for: Duration = Field(default="0s", description="Without a marker: a file is complete when unchanged for this long.")


class SdmxSource(Strict):
    """An SDMX REST data flow, taken as SDMX-CSV."""

    connector: Literal["sdmx"]
    connection: Name
    flow: str = Field(description="Agency, flow and version, such as 'STATS,COUNTY_KEY,1.0'.")
    key: str = "all"
    parameters: dict[str, str] = {}
    cursor: CursorBy | None = None
    since_parameter: str = "updatedAfter"
    timeout: Duration = "60s"


Source = Annotated[SqlSource | RestSource | FilesSource | SdmxSource, Field(discriminator="connector")]

RowAction = Literal["quarantine", "note"]
BatchAction = Literal["stop", "note"]


class NotNull(Strict):
    """The column has a value."""

    rule: Literal["not_null"]
    column: Name
    on_failure: RowAction = "quarantine"


class InSet(Strict):
    """The value is one of these; an empty value passes."""

    rule: Literal["in_set"]
    column: Name
    values: list[str]
    on_failure: RowAction = "quarantine"


class Between(Strict):
    """Inclusive bounds; an empty value passes."""

    rule: Literal["between"]
    column: Name
    minimum: float | None = None
    maximum: float | None = None
    on_failure: RowAction = "quarantine"


class Matches(Strict):
    """The whole text matches the regular expression (RE2); an empty value passes."""

    rule: Literal["matches"]
    column: Name
    pattern: str
    on_failure: RowAction = "quarantine"


class NotBefore(Strict):
    """``column`` is at or after ``other``; where either is empty the row passes."""

    rule: Literal["not_before"]
    column: Name
    other: Name
    on_failure: RowAction = "quarantine"


class RowIs(Strict):
    """A SQL condition over the contract's columns that every row must meet; NULL passes."""

    rule: Literal["row_is"]
    name: Name
    condition: str
    meaning: str
    on_failure: RowAction = "quarantine"


class RowCount(Strict):
    """The batch has a plausible size; ``least_of_usual`` compares with the median of earlier full batches."""

    rule: Literal["row_count"]
    minimum: int | None = None
    maximum: int | None = None
    least_of_usual: float | None = Field(default=None, gt=0, le=1)
    on_failure: BatchAction = "stop"


class RefusedShare(Strict):
    """At most this share of the batch's rows may be refused before the whole batch is broken."""

    rule: Literal["refused_share"]
    maximum: float = Field(ge=0, le=1)
    on_failure: BatchAction = "stop"


Expectation = Annotated[NotNull | InSet | Between | Matches | NotBefore | RowIs | RowCount | RefusedShare, Field(discriminator="rule")]


class Cadence(Strict):
    """When to pull. ``cron`` is the fallback where no event comes; a feed silent for longer than ``deadline`` is down."""

    cron: str = "0 2 * * *"
    webhook: bool = False
    deadline: Duration = "120d"


class Retention(Strict):
    """How long staged rows are kept, and why no shorter (PIPL §19)."""

    years: int = Field(ge=1)
    reason: str


class NeverEnters(Strict):
    """Rows with one of these values are dropped inside the connector and only counted."""

    column: Name
    values: list[str]
    reason: str


class SubjectColumns(Strict):
    """Which columns say whom a row is about."""

    organisation: Name | None = None
    cadre: Name | None = None


class FeedContract(Strict):
    """One feed, whole. See ``docs/feeds.md``."""

    id: Name
    kind: FeedKind
    title: Text
    description: str
    owner: Owner
    source: Source
    columns: list[Column] = Field(min_length=1)
    left_out: dict[str, str] = Field(
        default={}, description="Columns the source has and we do not take, each with the reason (such as 'identity')."
    )
    unknown_columns: BatchAction = Field(
        default="stop", description="What to do with a batch that has a column named neither in columns nor in left_out."
    )
    subject: SubjectColumns = SubjectColumns()
    event_time: Name = Field(description="The column that says when it happened.")
    version: Name | None = Field(
        default=None, description="The column that orders the versions of a record; without it the order of arrival does."
    )
    never_enters: list[NeverEnters] = []
    expectations: list[Expectation] = []
    cadence: Cadence = Cadence()
    retention: Retention

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        return next(c for c in self.columns if c.name == name) if name in self.names else _no(name)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def keys(self) -> list[str]:
        return [column.name for column in self.columns if column.key]

    @model_validator(mode="after")
    def _names_agree(self) -> "FeedContract":
        from declarations.yaml_file import nearest

        names = self.names
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"column '{doubled[0]}' is declared twice")
        if not self.keys:
            raise ValueError("no column has 'key: true'; every record needs a key")
        overlap = sorted({c.source_name for c in self.columns} & set(self.left_out))
        if overlap:
            raise ValueError(f"'{overlap[0]}' stands both in columns and in left_out")
        cursor = getattr(self.source, "cursor", None)
        spoken = {
            "event_time": self.event_time,
            "version": self.version,
            "subject.organisation": self.subject.organisation,
            "subject.cadre": self.subject.cadre,
            "source.cursor.column": cursor.column if cursor else None,
        }
        for i, never in enumerate(self.never_enters):
            spoken[f"never_enters.{i}.column"] = never.column
        for i, rule in enumerate(self.expectations):
            for key in ("column", "other"):
                spoken[f"expectations.{i}.{key}"] = getattr(rule, key, None)
        for where, name in spoken.items():
            if name is not None and name not in names:
                raise ValueError(f"{where} names '{name}', which is not a column of this feed. {nearest(name, names)}")
        return self


def _no(name: str) -> Column:
    raise KeyError(name)
