"""Judging the batches of a feed: which, by whom, and how a broken one is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import filelock

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import fingerprint
from warehouse.batch import SQL_TYPE, BatchFiles, Verdict

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


def to_judge(contract: FeedContract, files: BatchFiles, verdicts: dict[str, Verdict | None]) -> list[str]:
    """Of a feed's batches, in their order, those that are to be judged first or again: without a verdict, with refused rows unless
    the source took them back, or with accepted rows of other types than the contract's now. Of a feed of whole copies a later copy
    also speaks for a broken one before it.

    A batch from before a column was declared keeps its verdict: judged by a contract that asks for that column it would be broken,
    and what it brought would be lost for a column that nobody asked of it."""
    last = next(reversed(verdicts), None)
    seen = {manifest.batch_id: set(manifest.columns_seen) for manifest in files.manifests()}
    whole = {c.source_name for c in contract.columns if c.drift != "widen"}
    return [
        batch_id
        for batch_id, verdict in verdicts.items()
        if verdict is None
        or (verdict.status == "accepted" and verdict.quarantined > 0 and whole <= seen[batch_id])
        or (verdict.status == "accepted" and _is_of_other_types(contract, files, verdict))
        or (verdict.status == "broken" and (batch_id == last or not contract.snapshot))
    ]


def _is_of_other_types(contract: FeedContract, files: BatchFiles, verdict: Verdict) -> bool:
    """Whether a column was stored with another type than the contract gives it now: its values must be read from their texts again."""
    if verdict.contract == fingerprint(contract):
        return False
    with duckdb.connect() as connection:
        try:
            found = connection.execute("describe select * from read_parquet(?)", [str(files.accepted(verdict.batch_id))]).fetchall()
        except duckdb.Error:
            return True  # damaged: what was landed is judged anew
    stored = {str(name): str(kind).replace(" ", "") for name, kind, *_ in found}
    return any(stored.get(c.name, wanted) != wanted for c in contract.columns for wanted in [SQL_TYPE[c.stored_type].replace(" ", "")])


def broken(verdict: Verdict) -> Problem:
    """What a broken batch is told as."""
    found = " ".join(f.message for f in verdict.findings if f.action == "stop") or "the batch is broken."
    return Problem(
        f"feed {verdict.feed}, batch {verdict.batch_id}", found, verdict.advice or "look at the findings with 'traceless status'."
    )
