"""A sample from records: JSON, a JSON object a line, XML. Where the records stand is found by looking."""

import io
import json
from collections import Counter
from typing import Any

import pyarrow as pa

from connectors.parse_xml import XmlReader
from declarations.problem import Problem
from pipeline.onboard.sample import MOST_ROWS, TEXT, Sample

_DEEPEST = 5
NESTED = "nested values, not a plain one"


def sample_json(body: bytes, whole: bool, place: str, records: str | None = None) -> Sample:
    """The records of a JSON document: at the path ``records``, else at the longest list of objects."""
    if not whole:
        raise Problem(place, "is too long to be looked at as one JSON document.", "take a sample of it, or have it sent as NDJSON.")
    try:
        data = json.loads(body.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=str)
    except UnicodeDecodeError:
        raise Problem(place, "is not UTF-8, as JSON has to be.", "have it sent as UTF-8.") from None
    except (json.JSONDecodeError, RecursionError):
        lines = body.split(b"\n", 2)
        if len(lines) > 1 and lines[0].strip()[:1] == b"{" and lines[1].strip()[:1] == b"{":
            return sample_ndjson(body, whole, place)
        raise Problem(place, "is not JSON.", "check the file or address.") from None
    path = records if records is not None else records_path(data)
    rows = follow(data, path) if path is not None else None
    if not isinstance(rows, list):
        raise Problem(place, "holds no list of records.", "say where it stands with --records, such as data.items.")
    source = {"records": path} if path else {}
    return from_records(rows, source, {"records": "the longest list of records in it"})


def sample_ndjson(body: bytes, whole: bool, place: str, records: str | None = None) -> Sample:
    """One JSON object a line."""
    del records
    lines = body.decode("utf-8-sig", errors="replace").splitlines()
    lines = lines if whole else lines[:-1]
    kept = [line for line in lines if line.strip()]
    try:
        rows = json.loads("[" + ",".join(kept[:MOST_ROWS]) + "]", parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError):
        raise Problem(place, "has lines that are no JSON object.", "have it sent again.") from None
    sample = from_records(rows, {}, {})
    return Sample(sample.rows, {}, whole and len(kept) <= MOST_ROWS, envelope=sample.envelope)


def sample_xml(body: bytes, whole: bool, place: str, records: str | None = None) -> Sample:
    """The elements that come most often with leaves below them."""
    if not whole:
        raise Problem(place, "is too long to be looked at as one XML document.", "take a sample of it.")
    element, columns = _row_element(body, place)
    element = records or element
    if not element:
        raise Problem(place, "has no element that comes again and again with values in it.", "name the row's element with --records.")
    reader = XmlReader(place, element, columns)
    table = pa.concat_tables(list(reader.tables(io.BytesIO(body))), promote_options="default")
    rows = table.select(sorted(table.column_names, key=columns.index)).slice(0, MOST_ROWS)
    return Sample(rows, {"records": element}, table.num_rows <= MOST_ROWS, notes={"records": "the element that comes most often"})


def records_path(data: Any, path: str = "", depth: int = 0) -> str | None:
    """Dotted path of the longest list of objects; '' where the document is the list."""
    found = _lists(data, path, depth)
    return max(found, key=lambda one: (found[one], -one.count(".")), default=None)


def follow(data: Any, path: str) -> Any:
    """The value at a dotted path, None where there is none."""
    for step in path.split(".") if path else []:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def from_records(rows: list[Any], source: dict[str, Any], notes: dict[str, str]) -> Sample:
    """Records as texts, numbers as they were written; columns with objects or lists in them are set apart."""
    good = [row for row in rows[:MOST_ROWS] if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in good for name in row))
    columns, nested = {}, {}
    for name in names:
        values = [row.get(name) for row in good]
        if any(isinstance(value, dict | list) for value in values):
            nested[name] = NESTED
        else:
            columns[name] = pa.array([_text(value) for value in values], TEXT)
    return Sample(pa.table(columns), source, len(rows) <= MOST_ROWS, envelope=nested, notes=notes)


def _lists(data: Any, path: str, depth: int) -> dict[str, int]:
    if isinstance(data, list):
        objects = [row for row in data if isinstance(row, dict)]
        return {path: len(objects)} if objects or not data else {}
    found: dict[str, int] = {}
    if isinstance(data, dict) and depth < _DEEPEST:
        for name, value in data.items():
            if "." not in name:
                found |= _lists(value, f"{path}.{name}" if path else name, depth + 1)
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return "true" if value is True else "false" if value is False else str(value)


def _row_element(body: bytes, place: str) -> tuple[str, list[str]]:
    """The element that stands most often and has leaves or attributes, and its columns."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    often: Counter[str] = Counter()
    columns: dict[str, dict[str, None]] = {}
    try:
        for _, element in iterparse(io.BytesIO(body), events=("end",)):
            name = _local(element.tag)
            leaves = [_local(child.tag) for child in element if not len(child)] + [_local(key) for key in element.attrib]
            if leaves:
                often[name] += 1
                columns.setdefault(name, {}).update(dict.fromkeys(leaves))
                if often[name] > 1:
                    for child in element:
                        child.clear()
    except (ParseError, DefusedXmlException):
        raise Problem(place, "is no plain XML.", "check the file or address; entities are refused.") from None
    best = max(often, key=lambda name: (often[name] * min(len(columns[name]), 3), len(columns[name])), default="")
    return best, list(columns.get(best, {}))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
