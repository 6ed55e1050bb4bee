"""What is judged of a batch's size: fixed bounds, and what earlier batches of its sort had.

An incremental batch may well be small or empty, so ``minimum`` is asked of full batches only. ``least_of_usual`` and
``most_of_usual`` compare with batches of the same sort (full with full, incremental with incremental); one incremental batch
says little about the next, so they need some of them. A back-fill is neither judged by them nor counted as usual.
Of a snapshot, of which only what changed is landed, the rows of the whole copy count.
"""

from collections.abc import Iterator
from statistics import median

from declarations.feed import FeedContract, RowCount
from expectations.batch_fact import BatchFact, ask, file_of, then
from expectations.checks import batch_checks
from warehouse.batch import BatchFiles, Manifest

ENOUGH_INCREMENTS = 5
LEAST_OF_COPY = 0.5  # of what stands: a shorter copy breaks the batch, where row_count says no other least_of_usual


def size_facts(contract: FeedContract, files: BatchFiles, manifest: Manifest) -> list[BatchFact]:
    """The facts about the number of rows."""
    counts = [rule for rule in batch_checks(contract) if isinstance(rule, RowCount)]
    facts = [*_not_empty(contract, manifest, counts), *_shrunk(contract, manifest, counts)]
    usual = usual_rows(files, manifest) if any(rule.least_of_usual or rule.most_of_usual for rule in counts) else None
    for rule in counts:
        facts += [
            BatchFact("row_count", manifest.source_rows, low, high, meaning, rule.on_failure, _advice(contract))
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
        other.source_rows
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
    meaning = f"the batch has {manifest.source_rows} rows though it was to hold all that the source has"
    return [BatchFact("row_count", manifest.source_rows, 1, None, meaning, "stop", f"{advice}; {then(contract)}")]


def _shrunk(contract: FeedContract, manifest: Manifest, counts: list[RowCount]) -> list[BatchFact]:
    """A copy much shorter than what stands must not delete the rest: it is more likely cut off than right."""
    if not manifest.stood or not manifest.gone:
        return []
    share = next((rule.least_of_usual for rule in counts if rule.least_of_usual is not None), LEAST_OF_COPY)
    meaning = (
        f"the copy has {manifest.source_rows} rows where {manifest.stood} stood, so {manifest.gone} records would be gone; "
        f"expected are at least {share:.0%}"
    )
    advice = f"{ask(contract)} whether the copy was whole; if it was, say row_count with a smaller least_of_usual in {file_of(contract)}"
    least = share * manifest.stood
    return [BatchFact("shrunk_copy", manifest.source_rows, least, None, meaning, "stop", f"{advice}; {then(contract)}")]


def _bounds(rule: RowCount, manifest: Manifest, usual: float | None) -> Iterator[tuple[float | None, float | None, str]]:
    """Lower bound, upper bound and what is expected, one for each bound that is asked for and known."""
    has = f"the batch has {manifest.source_rows} rows, expected are"
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
