"""From bytes in a declared charset to text, block by block: what does not fit is told with line, byte and the charset that would."""

import codecs
import io
from collections.abc import Collection, Iterator
from typing import BinaryIO

from declarations.problem import Problem

BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
_GUESSES = ("utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Charset:
    """Reads one stream of text. ``wanted`` are words of which one is expected near its start (column names)."""

    def __init__(self, place: str, encoding: str, wanted: Collection[str] = ()) -> None:
        self.place, self.encoding, self._wanted = place, encoding, wanted
        self._head = b""
        self._bytes = self._lines = 0

    def blocks(self, stream: BinaryIO) -> Iterator[str]:
        """The text without byte order mark, in blocks that are not empty. Raises Problem for what is not in the charset."""
        try:
            decoder = codecs.getincrementaldecoder(self.encoding)()
        except LookupError:
            raise Problem(self.place, f"there is no charset '{self.encoding}'.", "correct 'encoding' in the feed's source.") from None
        first = True
        while True:
            block = stream.read(BLOCK_BYTES)
            if len(self._head) < _HEAD_BYTES:
                self._head += block[:_HEAD_BYTES]
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self._misfit(error, len(pending)) from None
            except UnicodeError:
                what = f"is not {self.encoding}: it does not begin with a byte order mark (byte 0, line 1)."
                raise Problem(self.place, what, self.hint()) from None
            self._bytes += len(block)
            self._lines += text.count("\n")
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            if text:
                yield text
            if not block:
                return

    def hint(self) -> str:
        """Which charset the start of the stream fits, as a next step."""
        for mark, name in _BOMS:
            if self._head.startswith(mark) and name != self.encoding.lower():
                return f"it begins with the mark of {name}: set 'encoding: {name}' in the feed's source."
        for guess in _GUESSES:
            try:
                text = codecs.getincrementaldecoder(guess)().decode(self._head)
            except UnicodeError:
                continue
            head = text.split("\n", 20)[:20]
            if guess != self.encoding.lower() and any(word in line for line in head for word in self._wanted):
                return (
                    f"it reads well as {guess}. Have it sent again in {self.encoding}; "
                    f"only where all its files are {guess}, set 'encoding: {guess}' in the feed's source."
                )
        return "correct 'encoding' in the feed's source, or have the file sent again in the agreed charset."

    def _misfit(self, error: UnicodeDecodeError, pending: int) -> Problem:
        fits = error.object[: error.start].decode(self.encoding, "ignore")
        line = self._lines + fits.count("\n") + 1
        byte = self._bytes - pending + error.start
        return Problem(self.place, f"is not {self.encoding}: byte {byte} (line {line}) does not fit.", self.hint())


def as_utf8(body: bytes, place: str, encoding: str, wanted: Collection[str] = ()) -> bytes:
    """A whole text in UTF-8, without byte order mark. Raises Problem as ``Charset.blocks`` does."""
    return "".join(Charset(place, encoding, wanted).blocks(io.BytesIO(body))).encode()


def line_blocks(blocks: Iterator[str]) -> Iterator[str]:
    """The same text cut at ends of lines; only the last block may end without one."""
    rest: list[str] = []
    for block in blocks:
        whole, end, tail = block.rpartition("\n")
        if end:
            yield "".join([*rest, whole, end])
            rest = [tail]
        else:
            rest.append(tail)
    if last := "".join(rest):
        yield last
