"""What is judged of a batch's size: fixed bounds, and what earlier batches of its sort had.

An incremental batch may well be small or empty, so ``minimum`` is asked of full batches only. ``least_of_usual`` and
``most_of_usual`` compare with batches of the same sort (full with full, incremental with incremental); one incremental batch
says little about the next, so they need some of them. A back-fill is neither judged by them nor counted as usual.
"""

from collections.abc import Iterator
from statistics import median

from declarations.feed import FeedContract, RowCount
from expectations.batch_fact import BatchFact, ask, file_of, then
from expectations.checks import batch_checks
from warehouse.batch import BatchFiles, Manifest

ENOUGH_INCREMENTS = 5


def size_facts(contract: FeedContract, files: BatchFiles, manifest: Manifest) -> list[BatchFact]:
    """The facts about the number of rows."""
    counts = [rule for rule in batch_checks(contract) if isinstance(rule, RowCount)]
    facts = _not_empty(contract, manifest, counts)
    usual = usual_rows(files, manifest) if any(rule.least_of_usual or rule.most_of_usual for rule in counts) else None
    for rule in counts:
        facts += [
            BatchFact("row_count", manifest.rows, low, high, meaning, rule.on_failure, _advice(contract))
            for low, high, meaning in _bounds(rule, manifest, usual)
        ]
    return facts


def usual_rows(files: BatchFiles, manifest: Manifest) -> float | None:
    """Median of the rows fetched by the accepted batches of this one's sort that were pulled before it.

    None where there are too few (of full ones: none), and for a back-fill.
    """
    if manifest.purpose == "backfill":
        return None
    full = manifest.since is None
    earlier = [
        other.rows
        for other in files.manifests()
        if (other.since is None) == full and other.purpose == "live"
        if (other.pulled_at, other.batch_id) < (manifest.pulled_at, manifest.batch_id)
        if (verdict := files.verdict(other.batch_id)) is not None and verdict.status == "accepted"
    ]
    return median(earlier) if len(earlier) >= (1 if full else ENOUGH_INCREMENTS) else None


def _not_empty(contract: FeedContract, manifest: Manifest, counts: list[RowCount]) -> list[BatchFact]:
    """A full batch without rows is broken unless the contract says ``minimum: 0`` or another minimum itself."""
    if manifest.since is not None or any(rule.minimum is not None for rule in counts):
        return []
    advice = f"{ask(contract)} why nothing came; if that is right, say row_count with minimum: 0 in {file_of(contract)}"
    meaning = f"the batch has {manifest.rows} rows though it was to hold all that the source has"
    return [BatchFact("row_count", manifest.rows, 1, None, meaning, "stop", f"{advice}; {then(contract)}")]


def _bounds(rule: RowCount, manifest: Manifest, usual: float | None) -> Iterator[tuple[float | None, float | None, str]]:
    """Lower bound, upper bound and what is expected, one for each bound that is asked for and known."""
    has = f"the batch has {manifest.rows} rows, expected are"
    if rule.minimum is not None and manifest.since is None:
        yield rule.minimum, None, f"{has} at least {rule.minimum}"
    if rule.maximum is not None:
        yield None, rule.maximum, f"{has} at most {rule.maximum}"
    if usual is not None and rule.least_of_usual is not None:
        yield rule.least_of_usual * usual, None, f"{has} at least {rule.least_of_usual:.0%} of the usual {usual:g}"
    if usual is not None and rule.most_of_usual is not None:
        yield None, rule.most_of_usual * usual, f"{has} at most {rule.most_of_usual:.0%} of the usual {usual:g}"


def _advice(contract: FeedContract) -> str:
    return f"{ask(contract)} whether the delivery was whole; if it was, correct row_count in {file_of(contract)}; {then(contract)}"
