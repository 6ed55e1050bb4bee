"""The real chain for one feed in a folder of its own: pull, validate, load, and what people do to a feed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from warehouse.batch import BatchFiles, Verdict

if TYPE_CHECKING:
    from connectors.protocol import Resolver
    from connectors.pull import PullReport

BY = "conformance kit"


@dataclass(frozen=True)
class OneFeed(Project):
    """A project that has this feed and nothing else."""

    contract: FeedContract

    @cached_property
    def _contracts(self) -> dict[str, FeedContract | Problem]:
        return {self.contract.id: self.contract}

    @property
    def files(self) -> BatchFiles:
        """The feed's batches."""
        return BatchFiles(self.landing_dir, self.validated_dir, self.contract.id)


@dataclass
class Outcome:
    """What a run ended with: the pull's report or the Problem; what was judged; how many versions were loaded."""

    report: "PullReport | None" = None
    problem: Problem | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    loaded: int = 0
    seconds: float = 0.0

    @property
    def fetched(self) -> int:
        """Rows that came from the source."""
        return self.report.rows if self.report else 0

    @property
    def quarantined(self) -> int:
        """Rows that were refused with a reason."""
        return sum(verdict.quarantined for verdict in self.verdicts)

    @property
    def accepted(self) -> int:
        """Rows that were accepted."""
        return sum(verdict.accepted for verdict in self.verdicts)


def pull(project: OneFeed, resolve: "Resolver", progress: Callable[[int], None] | None = None) -> "PullReport":
    """Pull the feed now. Raises Problem."""
    from pipeline import steps

    return steps.pull(project, project.contract.id, resolve, datetime.now(UTC), progress)


def take_in(project: OneFeed, outcome: Outcome) -> None:
    """Validate what landed and load what was accepted; what they say goes into the outcome. Raises Problem."""
    from pipeline import steps
    from warehouse.store import open_warehouse

    files = project.files
    before = {m.batch_id: files.verdict(m.batch_id) for m in files.manifests()}
    try:
        steps.validate(project, project.contract.id)
    finally:
        now = [files.verdict(m.batch_id) for m in files.manifests()]
        outcome.verdicts = [v for v in now if v is not None and before.get(v.batch_id) is None]
        if files.manifests():
            with open_warehouse(project.warehouse_file) as connection:
                outcome.loaded = steps.load_into(connection, project, project.contract.id).rows_new


def cursor(project: OneFeed) -> str | None:
    """How far the feed was pulled."""
    from connectors.cursor import cursor_of

    return cursor_of(project.contract, project.files).value


def backfill(project: OneFeed, resolve: "Resolver", begin: datetime, end: datetime) -> "PullReport":
    """Pull a window again. Raises Problem."""
    from connectors.pull import pull_window

    return pull_window(project.contract, project.files, resolve, begin.isoformat(), end.isoformat())


def reset_cursor(project: OneFeed) -> None:
    """A person says that everything is to be asked for again."""
    from warehouse.feed_marks import set_cursor

    set_cursor(project.files, None, BY, "reset", datetime.now(UTC))


def pause(project: OneFeed) -> None:
    """A person says that the feed is not to be pulled."""
    from warehouse import feed_marks

    feed_marks.pause(project.files, BY, "paused", datetime.now(UTC))


def resume(project: OneFeed) -> None:
    """A person lifts the pause."""
    from warehouse import feed_marks

    feed_marks.unpause(project.files)


@contextmanager
def in_place_of(connector: str, dotted: str | None) -> Iterator[None]:
    """While it lasts, a class (``module:Class``) stands in for the connectors of a type: a broken one, to try the kit."""
    from connectors.registry import CONNECTORS

    if dotted is None:
        yield
        return
    before = CONNECTORS.get(connector)
    CONNECTORS[connector] = dotted
    try:
        yield
    finally:
        if before is None:
            del CONNECTORS[connector]
        else:
            CONNECTORS[connector] = before


def trace_of(error: BaseException) -> str:
    """Where an error came from, in one line: the innermost place in the code, without values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else sys.executable
    return f"{type(error).__name__} at {where}"
