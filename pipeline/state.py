"""How each feed stands, from the files of its batches: no warehouse is opened, so it works while a load runs."""

from dataclasses import dataclass
from datetime import datetime

from declarations.project import Project
from pipeline.steps import batch_files


@dataclass(frozen=True)
class FeedState:
    """A feed at a glance. ``light`` is green, yellow (never pulled) or red (stopped); ``advice`` says what to do."""

    feed: str
    light: str
    batches: int
    rows: int
    accepted: int
    quarantined: int
    pulled_at: datetime | None
    cursor: str | None
    advice: str


def feed_states(project: Project) -> list[FeedState]:
    """All feeds by name."""
    return [_state(project, feed_id) for feed_id in sorted(project.feeds)]


def _state(project: Project, feed_id: str) -> FeedState:
    files = batch_files(project, feed_id)
    manifests = files.manifests()
    verdicts = [files.verdict(m.batch_id) for m in manifests]
    known = [v for v in verdicts if v is not None]
    last = manifests[-1] if manifests else None
    newest = verdicts[-1] if verdicts else None
    light, advice = "green", ""
    if last is None:
        light, advice = "yellow", f"never pulled: traceless feed pull {feed_id}"
    elif newest is None:
        light, advice = "yellow", f"landed, not validated: traceless feed pull {feed_id}"
    elif newest.status == "broken":
        light, advice = "red", newest.advice or "the last batch is broken"
    cursors = [m.until for m, v in zip(manifests, verdicts, strict=True) if m.until and (v is None or v.status != "broken")]
    return FeedState(
        feed_id,
        light,
        len(manifests),
        sum(m.rows for m in manifests),
        sum(v.accepted for v in known),
        sum(v.quarantined for v in known),
        last.pulled_at if last else None,
        max(cursors) if cursors else None,
        advice,
    )
