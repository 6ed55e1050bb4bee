"""The files connector: each file is taken once, when it is complete."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa

from connectors.files.archive import archived
from connectors.files.choice import complete, in_archive
from connectors.files.controls import Controls, read_controls
from connectors.files.reader import FileReader
from connectors.gate import admit
from connectors.parse_csv import Part
from connectors.places import HTTP_TYPES, Listed, Place, is_safe, open_place
from connectors.protocol import Page, Resolver, Window
from declarations.feed import FeedContract, FilesSource
from declarations.problem import Problem, SourceAway


class FilesConnector:
    """One or more pages a file; the file's last page carries its name and fingerprint, and the control totals so far.

    The totals of a page are the sums over the files up to it: those of the last page hold for the batch.
    """

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        if not isinstance(contract.source, FilesSource):
            raise TypeError(f"feed {contract.id} has no files source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        self._read: dict[str, str] = {}  # fingerprints of the files that were read to their end, now or before
        if self._source.archive and self._connection.conn_type in HTTP_TYPES:
            what = f"'archive' does not go with connection '{self._connection.id}': files on a web server cannot be moved."
            raise Problem(f"feed {contract.id}: source", what, "take 'archive' out of the feed's source.")

    def pages(self, window: Window) -> Iterator[Page]:
        """The pages of the complete files that were not taken yet."""
        with open_place(self._contract.id, self._connection) as place:
            listed = [file for file in place.files(self._source.pattern) if not in_archive(file.name, self._source.archive)]
            fresh = [file for file in listed if window.taken.get(file.name) != file.fingerprint]
            self._read |= {file.name: file.fingerprint for file in listed if window.taken.get(file.name) == file.fingerprint}
            controls = Controls()
            for file in complete(self._source, place, fresh):
                yield from self._file_pages(place, file, controls)

    def landed(self, names: Sequence[str]) -> None:
        """Moves files that were landed for good into the archive, with what lies beside them; those of a killed pull, too.

        To be called after the batch was sealed, on the connector that gave the pages. A file that is gone, or was written
        again since, is left as it is: calling it twice does no harm. Raises Problem where files may not be moved.
        """
        read = [name for name in names if name in self._read]
        if self._source.archive and read:
            with open_place(self._contract.id, self._connection) as place:
                for name in read:
                    now = place.look(name)
                    if now is not None and now.fingerprint == self._read[name]:
                        archived(place, name, self._source)

    def _file_pages(self, place: Place, file: Listed, controls: Controls) -> Iterator[Page]:
        """The last page is held back until the end is reached, so that it can say that the file is done."""
        if not is_safe(file.name):
            what = f"the file name {file.name[:80]!r} leads elsewhere; it is not read."
            raise Problem(place.place, what, "ask the source's owner what it is; have it removed.")
        if self._source.control_file:
            controls.add(read_controls(place, file.name, self._source.control_file))
        before: Part | None = None
        with closing(FileReader(self._contract, self._source, place).parts(file)) as parts:
            try:
                for part in parts:
                    if before is not None:
                        yield admit(self._contract, *before)
                    before = part
            except Problem as problem:
                self._check_unchanged(place, file, problem)
                raise
        self._check_unchanged(place, file, None)
        done = (file.name, file.fingerprint)
        self._read[file.name] = file.fingerprint
        page = admit(self._contract, *(before or (pa.table({}), [], [])), file=done)
        yield replace(page, controls=controls.total) if controls.total else page

    def _check_unchanged(self, place: Place, file: Listed, problem: Problem | None) -> None:
        """What is wrong with a file that was written meanwhile says nothing: it is read again the next time."""
        if isinstance(problem, SourceAway):
            return
        now = place.look(file.name)
        if now is None or now.fingerprint != file.fingerprint:
            what = "is gone since it was listed." if now is None else "changed while it was read: it is still being written."
            fix = "pull again; set 'complete_marker' or 'stable_for' in the source."
            raise SourceAway(place.at(file.name), what, fix) from None
