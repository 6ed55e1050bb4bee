"""What a connector is: a thing that yields pages of allow-listed text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from declarations.problem import Problem


@dataclass(frozen=True)
class Connection:
    """Address and secrets of a source. Its repr shows no secret."""

    id: str
    conn_type: str
    host: str | None = None
    port: int | None = None
    schema: str | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    state: Path | None = field(default=None, repr=False, compare=False)  # where our processes keep what they share


Resolver = Callable[[str], Connection]


@dataclass(frozen=True)
class Refused:
    """A row that could not be read at all. Its values are withheld: they may stand in the wrong column."""

    position: str
    reason: str


@dataclass(frozen=True)
class Page:
    """Some rows as they came: the contract's columns only, under the contract's names, all text, NULL for absent."""

    rows: pa.Table
    columns_seen: frozenset[str]
    refused: tuple[Refused, ...] = ()
    withheld: int = 0  # rows of a class that must never enter
    file: tuple[str, str] | None = None  # name and fingerprint of a file that this page completes
    controls: Mapping[str, str] = field(default_factory=dict)  # control totals that the source names, as text


@dataclass(frozen=True)
class Window:
    """What to ask the source for: rows at or after ``since`` (None: all), without the files already ``taken``.

    ``until`` is the end of a back-fill (inclusive). A source that cannot be asked for an end may give more: more is never wrong.
    """

    since: str | None
    taken: Mapping[str, str]
    until: str | None = None


class SourceChanged(Problem):
    """The source changed while it was being read, page by page: what came so far is no whole. It is worth reading once more from
    the start; the pages that were yielded must not be landed."""


class Connector(Protocol):
    """Built from a contract and a resolver; raises Problem for what a person can mend."""

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of the window. A source with nothing yields none, or a page without rows."""
        ...
