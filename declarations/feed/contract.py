"""The feed contract: what a source system delivers, how it is pulled, what is refused.

One file a feed: ``feeds/<feed>/feed.yaml``. Only the columns listed there ever leave a connector.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator, model_validator

from declarations.base import Duration, Name, Strict, Text
from declarations.feed.column import Column
from declarations.feed.expectation import BatchAction, Expectation, NotBefore, Unique
from declarations.feed.source import Source
from declarations.yaml_file import nearest

FeedKind = Literal["audit", "inspection", "petition", "rating", "statistics", "roster", "evaluation", "decision"]


class Owner(Strict):
    """Who answers for the feed and is called when it breaks."""

    team: str
    email: str | None = None
    on_call: str | None = Field(default=None, description="Who is called when it breaks at night: an office or a duty telephone.")


class Message(Strict):
    """Messages that say "new batch", in a stream of Redis (6.2 or newer); ``channel`` is the stream's name.

    Several feeds may share a stream: each message names its feed.
    """

    connection: Name
    channel: str


class Cadence(Strict):
    """When to pull. ``cron`` is the fallback where no event comes; a feed silent for longer than ``deadline`` is down."""

    cron: str = "0 2 * * *"
    webhook: bool = False
    message: Message | None = None
    deadline: Duration = "120d"

    @field_validator("cron")
    @classmethod
    def _comes_round(cls, cron: str) -> str:
        """Five fields that name a time which comes: not the 31st of February."""
        from croniter import croniter
        from croniter.croniter import CroniterError

        try:
            croniter(cron, datetime(2025, 1, 1)).get_next(datetime)
            good = len(cron.split()) == 5 or cron.startswith("@")
        except (CroniterError, ValueError, KeyError, IndexError):
            good = False
        if not good:
            raise ValueError("is no cron line of a time that comes; write five fields (minute hour day month weekday), such as '0 2 * * *'")
        return cron


class Retention(Strict):
    """How long staged rows are kept, and why no shorter (PIPL §19)."""

    years: int = Field(ge=1, le=100)
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
    contract_version: str = Field(default="1.0.0", pattern=r"^\d+\.\d+\.\d+$", description="Raised by whoever changes the contract.")
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
    snapshot: bool = Field(
        default=False, description="Each pull brings the whole: a record that is no longer there is gone. Not with a cursor."
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
        names = self.names
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"column '{doubled[0]}' is declared twice")
        if not self.keys:
            raise ValueError("no column has 'key: true'; every record needs a key")
        overlap = sorted({c.source_name for c in self.columns} & set(self.left_out))
        if overlap:
            raise ValueError(f"'{overlap[0]}' stands both in columns and in left_out")
        if self.snapshot and getattr(self.source, "cursor", None):
            raise ValueError("'snapshot' compares whole copies; it goes without 'source.cursor'")
        for where, name in spoken_columns(self):
            if name not in names:
                raise ValueError(f"{where} names '{name}', which is not a column of this feed. {nearest(name, names)}")
        return self


def spoken_columns(contract: FeedContract) -> list[tuple[str, str]]:
    """Every place of a contract that names one of its own columns, with the name."""
    cursor = getattr(contract.source, "cursor", None)
    found: list[tuple[str, str | None]] = [
        ("event_time", contract.event_time),
        ("version", contract.version),
        ("subject.organisation", contract.subject.organisation),
        ("subject.cadre", contract.subject.cadre),
        ("source.cursor.column", cursor.column if cursor else None),
        *((f"never_enters.{i}.column", never.column) for i, never in enumerate(contract.never_enters)),
    ]
    for i, rule in enumerate(contract.expectations):
        found.append((f"expectations.{i}.column", getattr(rule, "column", None)))
        if isinstance(rule, NotBefore):
            found.append((f"expectations.{i}.other", rule.other))
        if isinstance(rule, Unique):
            found += [(f"expectations.{i}.columns", name) for name in rule.columns]
    return [(where, name) for where, name in found if name is not None]


def _no(name: str) -> Column:
    raise KeyError(name)
