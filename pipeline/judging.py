"""Judging the batches of a feed: which, by whom, and how a broken one is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import filelock

from declarations.feed import FeedContract
from declarations.problem import Problem
from warehouse.batch import BatchFiles, Verdict

JUDGING_SECONDS = 3600


def judge(contract: FeedContract, files: BatchFiles, batch_id: str, again: bool = False) -> Verdict:
    """The verdict on one landed batch; ``again``: even where the contract is the one by which it was judged."""
    from expectations.validate import validate_batch

    return validate_batch(contract, files, batch_id, datetime.now(UTC), again)


@contextmanager
def judging(files: BatchFiles) -> Iterator[None]:
    """One process at a time judges the batches of a feed; waits for another. Raises Problem where that takes too long."""
    files.validated.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(files.validated / ".judging.lock", timeout=JUDGING_SECONDS):
            yield
    except filelock.Timeout:
        what = f"its batches have been judged by another process for more than {JUDGING_SECONDS // 60} minutes."
        raise Problem(f"feed {files.feed}", what, "wait for it, or end it; then pull again.") from None


def to_judge(contract: FeedContract, verdicts: dict[str, Verdict | None]) -> list[str]:
    """Of a feed's batches, in their order, those that are to be judged first or again: without a verdict, or with refused rows unless
    the source took them back. Of a feed of whole copies a later copy also speaks for a broken one before it."""
    last = next(reversed(verdicts), None)
    return [
        batch_id
        for batch_id, verdict in verdicts.items()
        if verdict is None
        or (verdict.status == "accepted" and verdict.quarantined > 0)
        or (verdict.status == "broken" and (batch_id == last or not contract.snapshot))
    ]


def broken(verdict: Verdict) -> Problem:
    """What a broken batch is told as."""
    found = " ".join(f.message for f in verdict.findings if f.action == "stop") or "the batch is broken."
    return Problem(
        f"feed {verdict.feed}, batch {verdict.batch_id}", found, verdict.advice or "look at the findings with 'traceless status'."
    )
