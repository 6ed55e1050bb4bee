"""How each feed stands, from the files of its batches: no warehouse is opened, so it works while a load runs."""

from dataclasses import dataclass
from datetime import datetime

from declarations.problem import Problem
from declarations.project import Project
from warehouse.batch import BatchFiles, Manifest, Verdict


@dataclass(frozen=True)
class FeedState:
    """A feed at a glance. ``light`` is green, yellow (never pulled, or not validated yet) or red (stopped); ``advice``
    says what to do, or where refused rows lie."""

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
    """All feeds by name, those among them whose contract cannot be read."""
    problems = project.unreadable_feeds
    return [_state(project, feed_id, problems.get(feed_id)) for feed_id in sorted({*project.readable_feeds, *problems})]


def _state(project: Project, feed_id: str, problem: Problem | None) -> FeedState:
    files = BatchFiles(project.landing_dir, project.validated_dir, feed_id)
    manifests = files.manifests()
    verdicts = [files.verdict(m.batch_id) for m in manifests]
    known = [v for v in verdicts if v is not None]
    cursors = [m.until for m, v in zip(manifests, verdicts, strict=True) if m.until and (v is None or v.status != "broken")]
    light, advice = _light(files, manifests, verdicts, problem or files.stopped())
    return FeedState(
        feed_id,
        light,
        len(manifests),
        sum(m.rows for m in manifests),
        sum(v.accepted for v in known),
        sum(v.quarantined for v in known),
        manifests[-1].pulled_at if manifests else None,
        max(cursors) if cursors else None,
        advice,
    )


def _light(files: BatchFiles, manifests: list[Manifest], verdicts: list[Verdict | None], problem: Problem | None) -> tuple[str, str]:
    """The light and what it asks for."""
    if problem is not None:
        return "red", str(problem).removeprefix(f"feed {files.feed}: ")
    if not manifests:
        return "yellow", f"never pulled. Next step: traceless feed pull {files.feed}"
    newest = verdicts[-1]
    if newest is None:
        return "yellow", f"landed, not validated. Next step: traceless feed pull {files.feed}"
    if newest.status == "broken":
        found = " ".join(f.message for f in newest.findings if f.action == "stop")
        return "red", f"{found or 'the last batch is broken.'} Next step: {newest.advice or 'pull it again.'}"
    return "green", _refused(files, newest) if newest.status == "accepted" and newest.quarantined else ""


def _refused(files: BatchFiles, verdict: Verdict) -> str:
    found = sorted((f for f in verdict.findings if f.action == "quarantine"), key=lambda f: -f.rows)
    most = f"; most: {found[0].message}" if found else "."
    return f"{verdict.quarantined} of the last batch's {verdict.fetched} rows were refused{most} See {files.quarantine(verdict.batch_id)}"
