"""From XML to tables of text: one row an element of the declared name, read as a stream and never kept as a tree.

A row's attributes and child elements are its columns, under their local names (namespaces are ignored); what lies deeper
is named with dots (``address.city``). An element without text, or with ``xsi:nil="true"``, is NULL. Entities are refused.
"""

import codecs
import re
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import pyarrow as pa
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from connectors.gate import TEXT
from connectors.protocol import Refused
from declarations.problem import Problem

BLOCK_BYTES = 1 << 18
DEEPEST = 200  # no table is; each level costs memory
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = _SCHEMA + "nil"
_PROLOGUE = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


class XmlReader:
    """Reads one document. After ``tables`` ran to its end: ``seen`` has all columns, ``refused`` the rows that could not be
    taken, ``told`` the text of the elements and attributes at the asked dotted paths below the root."""

    def __init__(self, place: str, row: str, wanted: Collection[str], told: Iterable[str] = ()) -> None:
        """``row`` is the name of the row's element, or its dotted path below the root."""
        self._place = place
        self._rows = _Rows(place, row, wanted, told)

    def tables(self, stream: BinaryIO, charset: str | None = None, batch_rows: int = 50_000) -> Iterator[pa.Table]:
        """The wanted columns that were seen, some rows at a time; at least one table. ``charset`` overrides the prologue.

        Raises Problem for what is no XML, for a charset that does not fit, and where no element is called ``row`` though
        the wanted columns stand in another one.
        """
        rows = self._rows
        parser = DefusedXMLParser(target=rows, encoding="utf-8")
        try:
            for block in _as_utf8(stream, self._place, charset):
                parser.feed(block)
                if rows.count >= batch_rows:
                    yield rows.take()
            parser.close()
        except ParseError as error:
            line, column = error.position
            what = f"is not whole XML: {str(error).partition(':')[0]} at line {line}, column {column}."
            raise Problem(self._place, what, "check the address and 'format' of the feed's source; have it sent again whole.") from None
        except DefusedXmlException:
            fix = "ask the source's owner for XML without a DOCTYPE that declares entities."
            raise Problem(self._place, "declares entities, which can hide attacks.", fix) from None
        rows.check_found()
        yield rows.take()

    @property
    def seen(self) -> frozenset[str]:
        return frozenset(self._rows.seen)

    @property
    def refused(self) -> tuple[Refused, ...]:
        return tuple(self._rows.refused)

    @property
    def told(self) -> dict[str, str]:
        return dict(self._rows.told)


class _Rows:
    """What the parser reports to: gathers the values of the wanted columns, row by row."""

    def __init__(self, place: str, row: str, wanted: Collection[str], told: Iterable[str]) -> None:
        self._place = place
        self._steps = row.split(".")
        self._wanted = frozenset(wanted)
        self._asked = frozenset(told)
        self._path: list[str] = []
        self._inside = 0  # depth of the row's element; 0 outside rows
        self._row: dict[str, str | None] = {}
        self._doubled: set[str] = set()
        self._nested: set[str] = set()
        self._branch: list[bool] = []  # for each open element: whether it holds elements
        self._text: list[str] = []
        self._nil = False
        self._number = 0
        self._strangers: dict[str, set[str]] = {}  # wanted columns outside rows, by the element that holds them
        self._holders: set[tuple[str, ...]] = set()
        self._values: dict[str, list[str | None]] = {}
        self.count = 0
        self.seen: set[str] = set()
        self.refused: list[Refused] = []
        self.told: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._branch:
            self._branch[-1] = True
        self._path.append(_local(tag))
        if len(self._path) > DEEPEST:
            raise Problem(
                self._place, f"is nested over {DEEPEST} deep.", "ask the source's owner what it is; check 'records' in the feed's source."
            )
        self._branch.append(False)
        self._text, self._nil = [], False
        if not self._inside:
            self._open(attributes)
        for name, value in attributes.items():
            if not name.startswith(_SCHEMA):
                self._found(_local(name), value, self._path)
            elif name == _NIL:
                self._nil = value in ("true", "1")

    def _open(self, attributes: dict[str, str]) -> None:
        """An element outside rows: a row itself, or what may hold rows."""
        if self._path[-len(self._steps) :] == self._steps:
            self._inside = len(self._path)
            self._number += 1
        elif not self._number:
            self._holders.add(tuple(self._path))

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        text = None if self._nil else "".join(self._text).strip() or None
        name, branch = self._path.pop(), self._branch.pop()
        if self._inside > len(self._path):
            self._end_row()
        elif not branch:
            self._found(name, text, self._path)
        elif self._inside:
            self._nested.add(".".join([*self._path[self._inside :], name]))
        self._text, self._nil = [], False

    def _found(self, name: str, text: str | None, path: list[str]) -> None:
        """A leaf or attribute ``name`` of the element at ``path``."""
        if self._inside:
            if len(path) > self._inside:
                name = ".".join([*path[self._inside :], name])
            if name in self._row:
                self._doubled.add(name)
            self._row[name] = text
            return
        if text is not None and self._asked and (asked := ".".join([*path[1:], name])) in self._asked:
            self.told[asked] = text
        if not self._number and name in self._wanted:
            self._strangers.setdefault(".".join(path[-1:]), set()).add(name)

    def _end_row(self) -> None:
        row, doubled, nested = self._row, self._doubled & self._wanted, self._nested & self._wanted
        self.seen.update(row)
        self._inside, self._row, self._doubled, self._nested = 0, {}, set(), set()
        if doubled or nested:
            what = f"has the element '{min(doubled)}' more than once." if doubled else f"has elements inside '{min(nested)}'."
            self.refused.append(Refused(f"{self._place}, record {self._number}", what))
            return
        for name in (row.keys() & self._wanted) - self._values.keys():
            self._values[name] = [None] * self.count
        for name, values in self._values.items():
            values.append(row.get(name))
        self.count += 1

    def take(self) -> pa.Table:
        """The rows gathered since the last time."""
        columns = {name: pa.array(values, TEXT) for name, values in self._values.items()}
        table = pa.table(columns) if columns else pa.table({"": pa.nulls(self.count)}).select([])
        self._values, self.count = {}, 0
        return table

    def check_found(self) -> None:
        """Raise Problem where no row was found though the document is no empty list of such rows."""
        if self._number:
            return
        parents, row = self._steps[:-1], self._steps[-1]
        strange = [name for name, columns in self._strangers.items() if len(columns) > max(1, len(self._wanted) // 2)]
        if strange:
            what = f"has no element '{'.'.join(self._steps)}', but the contract's columns in '{strange[0]}'."
        elif parents and not any(list(path[-len(parents) :]) == parents for path in self._holders):
            what = f"has no element '{'.'.join(parents)}' that could hold '{row}'."
        elif any(path[0].lower() == "html" for path in self._holders):
            what = "is an HTML page."
        else:
            return
        raise Problem(self._place, what, "correct 'records' (name of the row's element) and the address in the feed's source.")

    def close(self) -> None:
        pass


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _as_utf8(stream: BinaryIO, place: str, charset: str | None) -> Iterator[bytes]:
    """The document in UTF-8, block by block, from the named charset, the byte order mark or the prologue."""
    block = stream.read(BLOCK_BYTES)
    name = _charset(block, charset)
    fix = "correct 'encoding' in the feed's source, or ask the source's owner for the charset that it sends."
    try:
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        raise Problem(place, f"there is no charset '{name}'.", fix) from None
    done = 0
    while True:
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise Problem(place, f"is not {name}: byte {done + error.start} does not fit.", fix) from None
        yield (text.removeprefix("\ufeff") if not done else text).encode("utf-8", "surrogatepass")
        if not block:
            return
        done += len(block)
        block = stream.read(BLOCK_BYTES)


def _charset(head: bytes, named: str | None) -> str:
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    found = _PROLOGUE.match(head)
    name = (named or (found[1].decode() if found else "utf-8")).lower()
    # what calls itself GB2312 or GBK 国标 is often GB18030, which holds both
    return "gb18030" if name in ("gb2312", "gbk", "gb_2312-80", "cp936") else name
