"""Which of the files in a place are wanted, and wholly written."""

from datetime import UTC, datetime

from connectors.places import Listed, Place, matches
from declarations.base import to_timedelta
from declarations.feed import FilesSource


def complete(source: FilesSource, place: Place, listed: list[Listed]) -> list[Listed]:
    """The files that match a pattern, are no marker or control file, and are complete by marker or by age."""
    found = [file for file in listed if matches(file.name, source.pattern) and not _is_beside(source, file.name)]
    if source.complete_marker:
        return [file for file in found if any(place.has(name) for name in markers(source, file.name))]
    if source.stable_for == "0s":
        return found
    latest = datetime.now(UTC) - to_timedelta(source.stable_for)
    return [file for file in found if file.modified is not None and file.modified <= latest]


def markers(source: FilesSource, name: str) -> list[str]:
    """The names that a file's marker may have: a.csv.done or a.done."""
    ending = source.complete_marker
    return [name + ending, name.rpartition(".")[0] + ending] if ending else []


def in_archive(name: str, archive: str | None) -> bool:
    """Whether a file lies in the archive: it was taken once."""
    return archive is not None and name.startswith(f"{archive.strip('/')}/")


def _is_beside(source: FilesSource, name: str) -> bool:
    return any(ending is not None and name.endswith(ending) for ending in (source.complete_marker, source.control_file))
