"""From the bytes of a REST answer to a table of text, by the format that the contract names."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.gate import one_array
from connectors.parse_csv import read_csv
from connectors.parse_json import Answer, JsonReader
from connectors.parse_xml import XmlReader
from connectors.protocol import Refused
from declarations.feed import FeedContract, Keyset, PageCursor, PageNumber, RestSource
from declarations.feed.paging import HEADER, NextUrl
from declarations.problem import Problem

if TYPE_CHECKING:
    from connectors.http import Body

ACCEPT = {
    "json": "application/json",
    "ndjson": "application/x-ndjson, application/jsonl, application/json;q=0.5",
    "csv": "text/csv",
    "xml": "application/xml, text/xml;q=0.9",
}
MAX_VALUE_BYTES = 1 << 20
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030"}  # names that senders use for the newest


class AnswerReader:
    """Reads the answers of one REST feed."""

    def __init__(self, contract: FeedContract, source: RestSource) -> None:
        self._source = source
        paths = told_paths(source)
        self._headers = {path: path.removeprefix(HEADER) for path in paths if path.startswith(HEADER)}
        self._told = [path for path in paths if path not in self._headers]
        extra = [source.paging.column] if isinstance(source.paging, Keyset) else []
        self._wanted = list(dict.fromkeys([*(column.source_name for column in contract.columns), *extra]))
        self._json = JsonReader(contract, source.records, self._told, extra)

    def read(self, body: "Body", place: str) -> Answer:
        """The answer's records, and the values told beside them or in its headers. Raises Problem naming ``place``."""
        answer = _without_huge(self._parse(body, place), place)
        if not self._headers:
            return answer
        found = {path: body.headers.get(name) for path, name in self._headers.items()}
        return replace(answer, told={**answer.told, **{path: text for path, text in found.items() if text is not None}})

    def _parse(self, body: "Body", place: str) -> Answer:
        kind, charset = self._source.format, _charset(self._source.encoding or body.charset)
        if kind == "xml":
            return self._xml(body.content, place, charset)
        if kind != "json" and not body.content.strip():
            return Answer(pa.table({}), frozenset(), ())
        if kind == "csv":
            table, names, refused = read_csv(body.content, place, self._wanted, charset or "utf-8", self._source.delimiter)
            return Answer(table, frozenset(names), tuple(refused))
        content = body.content if charset in (None, *_UTF8) else _recode(body.content, str(charset), place)
        return self._json.read(content, place) if kind == "json" else self._json.read_lines(content, place)

    def _xml(self, content: bytes, place: str, charset: str | None) -> Answer:
        reader = XmlReader(place, self._source.records, self._wanted, self._told)
        tables = list(reader.tables(io.BytesIO(content), charset))
        return Answer(pa.concat_tables(tables, promote_options="default"), reader.seen, reader.refused, reader.told)


def told_paths(source: RestSource) -> list[str]:
    """Where the answers of a source tell things beside the records: the next page, totals, control totals."""
    paging = source.paging
    paths = [paging.total, *source.controls.values()]
    if isinstance(paging, PageCursor | NextUrl):
        paths.append(paging.next)
    if isinstance(paging, PageNumber):
        paths.append(paging.total_pages)
    return list(dict.fromkeys(path for path in paths if path))


def _charset(name: str | None) -> str | None:
    return _WIDER.get(name.lower(), name.lower()) if name else None


def _recode(content: bytes, charset: str, place: str) -> bytes:
    fix = "correct 'encoding' in the feed's source, or ask the source's owner which charset it sends."
    try:
        return content.decode(charset).removeprefix("\ufeff").encode()
    except LookupError:
        raise Problem(place, f"there is no charset '{charset}'.", fix) from None
    except UnicodeDecodeError as error:
        raise Problem(place, f"the answer is not {charset} (byte {error.start}).", fix) from None


def _without_huge(answer: Answer, place: str) -> Answer:
    """Refuses rows with a value beyond ``MAX_VALUE_BYTES``: a document or picture that stands where a value should."""
    huge: dict[int, str] = {}
    for name in answer.records.column_names:
        values = one_array(answer.records.column(name))
        if not pa.types.is_string(values.type) or (pc.max(pc.binary_length(values)).as_py() or 0) <= MAX_VALUE_BYTES:
            continue
        for row in pc.indices_nonzero(pc.greater(pc.binary_length(values), MAX_VALUE_BYTES)).to_pylist():
            huge.setdefault(row, f"its '{name}' is longer than {MAX_VALUE_BYTES >> 20} MiB.")
    if not huge:
        return answer
    keep = pa.array([row not in huge for row in range(answer.records.num_rows)])
    refused = tuple(Refused(f"{place}, record {row + 1}", reason) for row, reason in sorted(huge.items()))
    return replace(answer, records=answer.records.filter(keep), refused=(*answer.refused, *refused))
