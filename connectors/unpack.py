"""Opens what was packed as zip or gz, as streams: nothing is written to a disk, nothing grows beyond its limits.

Refused are: more unpacked bytes than the contract allows, a bomb's ratio, too many members, archives in archives,
encrypted members, and members whose names lead out of the archive (they would show what its maker is up to; we write
no file of that name anyway).
"""

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from connectors.places import is_safe, matches
from connectors.sheet_extent import Extent
from declarations.problem import Problem

PACKED = (".zip", ".gz")
_NESTED = (*PACKED, ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst")
MAX_MEMBERS = 1000
MAX_RATIO = 250  # CSV of many equal rows packs 100:1; deflate at most 1032:1
RATIO_FROM_BYTES = 16 << 20  # a small file may pack as it likes
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, zlib.error, struct.error, ValueError, RuntimeError, NotImplementedError, OverflowError)


@dataclass(frozen=True)
class Allowance:
    """What a packed file of ``packed`` bytes (None: unknown) may unpack to."""

    place: str
    megabytes: int
    packed: int | None

    def check(self, unpacked: int) -> None:
        """Raises Problem where that many unpacked bytes are beyond a limit."""
        if unpacked > self.megabytes << 20:
            what = f"unpacks to more than {self.megabytes} MB; unpacking was stopped."
            fix = "have it sent in smaller files; if it is right, raise 'unpacked_megabytes' in the feed's source."
            raise Problem(self.place, what, fix)
        if self.packed and unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * self.packed:
            what = f"unpacks to more than {MAX_RATIO} times its size, as a zip bomb does; unpacking was stopped."
            raise Problem(self.place, what, "ask its sender what it is; have it sent unpacked if it is right.")


class _Counted(io.RawIOBase):
    """An unpacking stream that keeps to its allowance; what cannot be unpacked is a cut-off file."""

    def __init__(self, inner: Any, allowance: Allowance, kind: str, *under: Any) -> None:
        super().__init__()
        self._inner, self._allowance, self._kind, self._under = inner, allowance, kind, under
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills ``buffer`` as far as the next piece goes."""
        try:
            part = self._inner.read(len(buffer))
        except _BROKEN:
            raise cut_off(self._allowance.place, self._kind) from None
        self._count += len(part)
        self._allowance.check(self._count)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Ends this stream and the one under it."""
        if not self.closed:
            for each in (self._inner, *self._under):
                each.close()
            super().close()


def gunzipped(packed: BinaryIO, allowance: Allowance) -> BinaryIO:
    """The unpacked stream of a gz file; closing it closes ``packed``."""
    inner = gzip.GzipFile(fileobj=packed, mode="rb")
    return cast(BinaryIO, io.BufferedReader(_Counted(inner, allowance, "gzip", packed), 1 << 20))


@contextmanager
def unzipped(packed: BinaryIO, allowance: Allowance, patterns: Sequence[str] | None) -> Iterator["Zip"]:
    """The zip file in a seekable stream, checked before anything of it is unpacked."""
    with _zip(packed, allowance.place) as file:
        yield Zip(file, allowance, patterns)


class Zip:
    """The members of a zip file that are wanted: those that match a pattern, else all."""

    def __init__(self, file: zipfile.ZipFile, allowance: Allowance, patterns: Sequence[str] | None) -> None:
        self._file, self._allowance = file, allowance
        found = [info for info in file.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
        for info in file.infolist():
            _check_name(info, allowance.place)
        if len(found) > MAX_MEMBERS:
            what = f"has {len(found)} files in it, more than {MAX_MEMBERS}."
            raise Problem(allowance.place, what, "have it sent as fewer, larger files.")
        self._wanted = [info for info in found if patterns is None or matches(info.filename, patterns)]
        for info in self._wanted:
            _check_member(info, allowance.place)
        allowance.check(sum(info.file_size for info in self._wanted))
        if not self._wanted:
            what = "has no file in it" + (f" that matches {', '.join(patterns)}." if patterns else ".")
            raise Problem(allowance.place, what, "correct 'members' of the feed's source, or have it sent again.")

    @property
    def names(self) -> list[str]:
        return [info.filename for info in self._wanted]

    def open(self, name: str) -> BinaryIO:
        """A member as a stream that is not seekable. Raises Problem where it cannot be unpacked."""
        try:
            inner = self._file.open(name)
        except _BROKEN:
            raise cut_off(f"{self._allowance.place}/{name}", "zip") from None
        # the sum of all members was checked, and zipfile gives no more of one than it promised
        return cast(BinaryIO, io.BufferedReader(_Counted(inner, self._allowance, "zip"), 1 << 20))


def check_inside(packed: BinaryIO, allowance: Allowance) -> None:
    """Unpacks a zip that others will read (a workbook is one) once for nothing, so that no bomb reaches its reader.

    Raises Problem for a bomb, a password, a file that was cut off, a sheet that is too wide and long.
    """
    with _zip(packed, allowance.place, "spreadsheet") as file:
        allowance.check(sum(info.file_size for info in file.infolist()))
        for info in file.infolist():
            if info.flag_bits & _ENCRYPTED:
                raise Problem(allowance.place, "is protected by a password.", "have it sent without one.")
            try:
                extent = Extent(allowance.place)
                with file.open(info) as stream:
                    while block := stream.read(1 << 20):
                        if info.filename.endswith(".xml"):
                            extent.see(block)
            except _BROKEN:
                raise cut_off(allowance.place, "spreadsheet") from None


@contextmanager
def _zip(packed: BinaryIO, place: str, kind: str = "zip") -> Iterator[zipfile.ZipFile]:
    try:
        # Windows writes Chinese names in its own charset and does not say so
        file = zipfile.ZipFile(packed, metadata_encoding="gb18030")
    except _BROKEN:
        raise cut_off(place, kind) from None
    with file:
        yield file


def cut_off(place: str, kind: str) -> Problem:
    """What is told of a file that is not whole."""
    return Problem(place, f"is no whole {kind} file; it was cut off.", "have it sent again.")


def _check_name(info: zipfile.ZipInfo, place: str) -> None:
    # zipfile makes backslashes to slashes and cuts at NUL; the name as it was sent is looked at
    if not is_safe(info.filename.removesuffix("/")) or not is_safe(info.orig_filename.replace("\\", "/").removesuffix("/")):
        what = f"has a file in it whose name leads elsewhere ({info.orig_filename[:80]!r})."
        raise Problem(place, what, "ask its sender what it is; have it packed again with plain names.")


def _check_member(info: zipfile.ZipInfo, place: str) -> None:
    at = f"{place}/{info.filename}"
    if info.flag_bits & _ENCRYPTED:
        raise Problem(at, "is encrypted.", "have it packed without a password; the way it is sent on protects it.")
    if info.filename.lower().endswith(_NESTED):
        raise Problem(at, "is an archive in an archive.", "have the files packed once; or name the wanted ones in 'members'.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Problem(at, "is a link, not a file.", "have the file itself packed.")
    if info.compress_type not in _METHODS:
        raise Problem(at, "is packed in a way that is not read here (only deflate is).", "have it packed as a plain zip.")
