"""How far a feed was pulled: derived from its batches, and from the mark where a person set one."""

from dataclasses import dataclass
from typing import Literal

from connectors.since import less, order
from declarations.base import to_timedelta
from declarations.feed import Column, CursorBy, FeedContract
from warehouse.batch import BatchFiles, Manifest
from warehouse.feed_marks import CursorMark, cursor_mark, seen


@dataclass(frozen=True)
class Cursor:
    """``value``: the newest cursor value that was pulled, None where everything will be asked for; ``since``: what the next
    pull asks for, the value less the look-back; ``taken``: files that will not be read again, with their fingerprints.

    ``origin`` tells where the value is known from: a *batch* (``batch_id``), a *mark* that a person set (``mark``, also given
    where a newer batch counts already), a pull that brought nothing new (*seen*), or *nothing* yet.
    """

    value: str | None
    since: str | None
    taken: dict[str, str]
    origin: Literal["batch", "mark", "seen", "nothing"]
    batch_id: str | None
    mark: CursorMark | None


def cursor_by(contract: FeedContract) -> CursorBy | None:
    """The contract's cursor, or None where its source has none."""
    return getattr(contract.source, "cursor", None)


def standing(files: BatchFiles) -> list[Manifest]:
    """The batches that count, in the order of landing: not those that are broken or were taken back."""
    return [manifest for manifest in files.manifests() if not _is_refused(files, manifest.batch_id)]


def cursor_of(contract: FeedContract, files: BatchFiles, batches: list[Manifest] | None = None) -> Cursor:
    """The cursor of the live feed; ``batches`` are the standing ones where the caller has them. Back-fills do not move it.

    Raises Problem where a mark is damaged.
    """
    mark, glimpse = cursor_mark(files), seen(files)
    every = standing(files) if batches is None else batches
    live = [m for m in every if m.purpose == "live" and (mark is None or m.pulled_at > mark.set_at)]
    taken = {name: fingerprint for manifest in live for name, fingerprint in manifest.files.items()}
    taken |= glimpse.files if glimpse else {}
    by = cursor_by(contract)
    if by is None:
        return Cursor(None, None, taken, "nothing", None, mark)
    column = contract.column(by.column)
    value, origin, batch_id = _furthest(column, mark, glimpse.until if glimpse else None, live)
    since = less(column, value, to_timedelta(by.look_back)) if value else None
    return Cursor(value, since, taken, origin, batch_id, mark)


def _furthest(
    column: Column, mark: CursorMark | None, glimpsed: str | None, live: list[Manifest]
) -> tuple[str | None, Literal["batch", "mark", "seen", "nothing"], str | None]:
    """The greatest of what mark, pulls without news and batches say; where they are equal, the batch says it."""
    found: list[tuple[str, Literal["batch", "mark", "seen"], str | None]] = []
    found += [(manifest.until, "batch", manifest.batch_id) for manifest in live if manifest.until]
    found += [(glimpsed, "seen", None)] if glimpsed else []
    found += [(mark.value, "mark", None)] if mark and mark.value else []
    return max(found, key=lambda each: order(column, each[0]), default=(None, "nothing", None))


def _is_refused(files: BatchFiles, batch_id: str) -> bool:
    verdict = files.verdict(batch_id)
    return verdict is not None and verdict.status != "accepted"
