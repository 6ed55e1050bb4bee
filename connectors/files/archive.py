"""A file that was landed goes into the archive, with what lies beside it."""

import posixpath
from datetime import UTC

from connectors.files.choice import markers
from connectors.places import Listed, Place, is_safe
from declarations.feed import FilesSource


def archived(place: Place, name: str, source: FilesSource) -> None:
    """Moves marker and control file, and last the file itself: what a kill leaves behind is found by the file.

    Without its marker a new file of the same name is not taken too early. Nothing in the archive is overwritten:
    a second file of a name has its time put before its ending. Raises Problem where it may not be moved.
    """
    if not is_safe(name) or not source.archive:
        return
    beside = [*markers(source, name), *([name + source.control_file] if source.control_file else [])]
    for each in [*beside, name]:
        file = place.look(each)
        if file is not None:
            place.move(each, _target(place, file, source.archive))


def _target(place: Place, file: Listed, archive: str) -> str:
    plain = posixpath.join(archive, file.name)
    if place.look(plain) is None:
        return plain
    folder, base = posixpath.split(plain)
    stem, dot, endings = base.partition(".")
    when = file.modified.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ") if file.modified else ""
    return posixpath.join(folder, f"{stem}.{when}{dot}{endings}")
