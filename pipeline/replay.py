"""Replays: refused rows are judged once more, after a fix of the contract or of another feed, and loaded where they are accepted."""

from dataclasses import dataclass

from declarations.problem import Problem
from declarations.project import Project
from declarations.yaml_file import nearest
from pipeline import steps
from pipeline.judging import judge, judging, to_judge
from warehouse.batch import BatchFiles, Verdict


@dataclass(frozen=True)
class Replayed:
    """One batch before and after."""

    before: Verdict
    after: Verdict

    @property
    def accepted_now(self) -> int:
        """How many rows more are accepted; negative where the newer contract refuses more."""
        return self.after.accepted - self.before.accepted

    def refused_by_rule(self) -> dict[tuple[str, str | None], tuple[int, int]]:
        """(rule, column) → rows refused before and after. A row that several rules refuse counts with each."""
        before, after = (_refusals(verdict) for verdict in (self.before, self.after))
        return {key: (before.get(key, 0), after.get(key, 0)) for key in sorted({*before, *after}, key=str)}


@dataclass(frozen=True)
class ReplayReport:
    """All batches that were judged again. ``rows_new`` versions came into staging by it; ``kept`` rows stand there though the newer
    contract refuses them: what was accepted once stays, so that what was said as of an earlier time is said for ever."""

    feed: str
    batches: list[Replayed]
    rows_new: int
    kept: int
    periods: tuple[str, ...]


def replay(project: Project, feed_id: str, batch: str | None = None) -> ReplayReport:
    """Judge again every batch with refused rows (or one), even under the same contract, and load what is accepted now.

    A batch that the source took back stays as it is. Raises Problem for a batch that is not there.
    """
    contract, files = project.feed(feed_id), steps.batch_files(project, feed_id)
    with judging(files):
        verdicts = {manifest.batch_id: files.verdict(manifest.batch_id) for manifest in files.manifests()}
        chosen = to_judge(contract, files, verdicts) if batch is None else [_named(files, verdicts, batch)]
        judged = [(verdicts[batch_id], judge(contract, files, batch_id, again=True)) for batch_id in chosen]
    loaded = steps.load(project, feed_id)
    found = [Replayed(before, after) for before, after in judged if before is not None]
    return ReplayReport(feed_id, found, loaded.rows_new, loaded.kept, loaded.periods)


def _named(files: BatchFiles, verdicts: dict[str, Verdict | None], batch: str) -> str:
    verdict = verdicts.get(batch)
    if batch not in verdicts:
        fix = f"{nearest(batch, list(verdicts))}See them with: traceless feed cursor show {files.feed}."
        raise Problem(f"feed {files.feed}, batch {batch}", "is not in the landing.", fix)
    if verdict is not None and verdict.status == "withdrawn":
        what = "the source took this batch back: it says again what it had said before."
        raise Problem(f"feed {files.feed}, batch {batch}", what, "leave it; what holds now came with other batches.")
    return batch


def _refusals(verdict: Verdict) -> dict[tuple[str, str | None], int]:
    found: dict[tuple[str, str | None], int] = {}
    for finding in verdict.findings:
        if finding.action in ("quarantine", "stop"):
            key = (finding.rule, finding.column)
            found[key] = found.get(key, 0) + finding.rows
    return found
