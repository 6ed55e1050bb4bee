"""Back-fills: a span of the past is asked for in slices, each landed as a batch of its own, while the live feed goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from connectors.cursor import cursor_of
from declarations.feed import FeedContract
from declarations.problem import Problem, SourceAway
from declarations.project import Project
from pipeline import steps
from pipeline.cursor_value import cursor_column
from pipeline.judging import broken, judge, judging
from pipeline.slices import WHOLE, Slice, can_end, slices_of
from warehouse.batch import BatchFiles
from warehouse.feed_marks import paused

if TYPE_CHECKING:
    from connectors.protocol import Resolver

Say = Callable[[str], None]


@dataclass(frozen=True)
class SliceReport:
    """What became of a slice: *landed*, *known* (it lay there with this content), *nothing_new* (no row, or none that was not landed),
    *broken* (its batch is, see ``problem``), *stopped* (nothing of it was landed) or *not asked* since the source is away."""

    slice: Slice
    status: Literal["landed", "known", "nothing_new", "broken", "stopped", "not asked"]
    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    expired: int = 0
    problem: Problem | None = None


@dataclass(frozen=True)
class BackfillReport:
    """All slices in order; ``rows_new`` versions were loaded, and ``periods`` are to be appraised again."""

    feed: str
    slices: list[SliceReport]
    rows_new: int
    periods: tuple[str, ...]

    @property
    def problems(self) -> list[Problem]:
        return [report.problem for report in self.slices if report.problem]


def backfill(
    project: Project,
    feed_id: str,
    resolve: "Resolver",
    since: str,
    until: str | None = None,
    every: str | None = None,
    say: Say = lambda _: None,
    even_if_paused: bool = False,
) -> BackfillReport:
    """Ask for all rows whose cursor value lies from ``since`` to ``until`` (inclusive; None: up to where the live feed stands), in slices
    of ``every``. Each is landed and judged by itself, so that a broken one holds back no other; the live cursor stays where it is, and
    the live feed may be pulled meanwhile. Asked again, slices that were landed with the same content are known.

    Raises Problem for a feed that cannot be asked for a span, for values that do not fit, and for a paused feed.
    """
    contract, files = project.feed(feed_id), steps.batch_files(project, feed_id)
    column = cursor_column(contract)
    mark = paused(files)
    if mark and not even_if_paused:
        what = f"it is paused since {mark.at:%Y-%m-%d %H:%M} UTC by {mark.by}: {mark.why}"
        raise Problem(f"feed {feed_id}", what, f"resume it: traceless feed resume {feed_id}; or say --even-if-paused.")
    stands = cursor_of(contract, files).value
    end = until or stands or datetime.now(UTC).date().isoformat()
    slices = slices_of(contract, column, since, end, every, zoned=(stands or "").endswith("+00:00"))
    if every not in (None, WHOLE) and not can_end(contract):
        say(f"{feed_id}: the source cannot be asked for an end, so the span is asked for at once")
    reports = list(_each(contract, files, resolve, slices, say))
    loaded = steps.load(project, feed_id)
    return BackfillReport(feed_id, reports, loaded.rows_new, loaded.periods)


def _each(contract: FeedContract, files: BatchFiles, resolve: "Resolver", slices: list[Slice], say: Say) -> Iterator[SliceReport]:
    """The slices one after the other; where the source is away, the others are not asked for."""
    away = False
    for number, one in enumerate(slices, 1):
        report = SliceReport(one, "not asked") if away else _slice(contract, files, resolve, one, say)
        away = away or isinstance(report.problem, SourceAway)
        counts = f", {report.rows:,} rows, {report.quarantined:,} quarantined" if report.rows else ""
        say(f"{contract.id} {number}/{len(slices)} {one}: {report.status.replace('_', ' ')}{counts}")
        yield report


def _slice(contract: FeedContract, files: BatchFiles, resolve: "Resolver", one: Slice, say: Say) -> SliceReport:
    from connectors.pull import pull_window

    try:
        pulled = pull_window(contract, files, resolve, one.since, one.until, say=say)
        if pulled.batch_id is None:
            return SliceReport(one, "nothing_new", pulled.rows, expired=pulled.expired)
        with judging(files):
            verdict = judge(contract, files, pulled.batch_id)
    except Problem as problem:
        return SliceReport(one, "stopped", problem=problem)
    counts = (pulled.rows, verdict.accepted, verdict.quarantined, pulled.expired)
    if verdict.status == "broken":
        return SliceReport(one, "broken", *counts, problem=broken(verdict))
    return SliceReport(one, "known" if pulled.status == "known" else "landed", *counts)
