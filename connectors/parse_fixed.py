"""From a stream of lines with fields of fixed width to tables of text, some rows at a time.

Widths count characters, or bytes of the declared charset, as older systems write GB18030: there one 汉字 takes two
or four. Such lines are cut as bytes; what cuts a character in two is refused.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.compute as pc

from connectors.charset import Charset, line_blocks
from connectors.gate import TEXT
from connectors.header import check_header
from connectors.parse_csv import Part
from connectors.protocol import Refused
from declarations.feed import FixedField
from declarations.problem import Problem

_BROKEN = "\ufffd"


def stream_fixed(
    stream: BinaryIO,
    place: str,
    wanted: Collection[str],
    fields: Sequence[FixedField],
    width_in: Literal["characters", "bytes"],
    encoding: str,
    line_width: int | None = None,
) -> Iterator[Part]:
    """The wanted fields without the blanks around them, an empty one as NULL; all field names; lines of another width.

    A line has ``line_width`` (None: up to the last field's end); empty lines are passed over. Raises Problem for a
    wrong charset, and for a last line that is too short and not ended: the file was cut off.
    """
    names = [field.name for field in fields]
    check_header(names, wanted, place, "in 'fixed_width'", "name the contract's columns in 'fixed_width' of the feed's source.")
    taken = [field for field in fields if field.name in wanted]
    width = line_width or max(field.start + field.length - 1 for field in fields)
    number = 0
    for block in line_blocks(Charset(place, encoding, wanted).blocks(stream)):
        lines = _Lines(block, number, width, encoding if width_in == "bytes" else None)
        if not block.endswith("\n") and lines.last_is_short():
            what = f"its last line (line {lines.end}) is shorter than {width} {width_in} and is not ended; the file was cut off."
            raise Problem(place, what, "have it sent again whole.")
        table, broken = lines.cut(taken)
        yield table, names, _refused(place, lines, width, width_in, broken)
        number = lines.end
    if not number:
        raise Problem(place, "is empty.", "have the file sent again.")


class _Lines:
    """The lines of one block; ``charset`` is None where widths count characters."""

    def __init__(self, block: str, before: int, width: int, charset: str | None) -> None:
        whole = pa.array([block.encode(charset) if charset else block], pa.binary() if charset else TEXT)
        end, line_end = (b"\r", b"\n") if charset else ("\r", "\n")
        lines = pc.list_flatten(pc.split_pattern(whole, line_end))
        if block.endswith("\n"):
            lines = lines.slice(0, len(lines) - 1)
        self._charset, self._width = charset, width
        self._all = _without_end(lines, end, charset)
        self._lengths = pc.binary_length(self._all) if charset else pc.utf8_length(self._all)
        self._numbers = pa.array(range(before + 1, before + 1 + len(lines)), pa.int64())
        self.end = before + len(lines)

    def last_is_short(self) -> bool:
        return bool(self._lengths[-1].as_py() < self._width)

    def odd(self) -> list[tuple[int, int]]:
        """Number and length of the lines that are neither empty nor of the right width."""
        odd = pc.and_(pc.not_equal(self._lengths, self._width), pc.not_equal(self._lengths, 0))
        return list(zip(self._numbers.filter(odd).to_pylist(), self._lengths.filter(odd).to_pylist(), strict=True))

    def cut(self, fields: Sequence[FixedField]) -> tuple[pa.Table, list[int]]:
        """The fields of the lines of the right width, and the numbers of lines in which a field cuts a character."""
        right = pc.equal(self._lengths, self._width)
        lines, numbers = self._all.filter(right), self._numbers.filter(right)
        columns = [self._field(lines, field) for field in fields]
        broken = pa.array([False] * len(lines), pa.bool_())
        if self._charset:
            for column in columns:
                broken = pc.or_(broken, pc.fill_null(pc.match_substring(column, _BROKEN), False))
        table = pa.table([pc.if_else(pc.equal(c, ""), None, c) for c in columns], names=[field.name for field in fields])
        return table.filter(pc.invert(broken)), numbers.filter(broken).to_pylist()

    def _field(self, lines: pa.Array, field: FixedField) -> pa.Array:
        start, stop = field.start - 1, field.start - 1 + field.length
        if self._charset is None:
            return pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(lines, start, stop))
        cut = pc.binary_slice(lines, start, stop)
        return pc.utf8_trim_whitespace(_decoded(cut, self._charset))


def _without_end(lines: pa.Array, sign: str | bytes, charset: str | None) -> pa.Array:
    """The lines without the carriage return that Windows writes."""
    if charset is None:
        return pc.utf8_rtrim(lines, sign)
    ended = pc.ends_with(lines, pattern=sign)
    return pc.if_else(ended, pc.binary_slice(lines, 0, -1), lines)


def _decoded(values: pa.Array, charset: str) -> pa.Array:
    """All values as text in one go; a character that was cut becomes U+FFFD."""
    if not len(values):
        return pa.array([], TEXT)
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(values)], values), b"\n")[0].as_py()
    return pc.list_flatten(pc.split_pattern(pa.array([joined.decode(charset, "replace")], TEXT), "\n"))


def _refused(place: str, lines: _Lines, width: int, width_in: str, broken: list[int]) -> list[Refused]:
    odd = [
        Refused(f"{place}, line {number}", f"has {length} {width_in}, not {width}; the values are withheld.")
        for number, length in lines.odd()
    ]
    return odd + [Refused(f"{place}, line {number}", "a field ends inside a character; the values are withheld.") for number in broken]
