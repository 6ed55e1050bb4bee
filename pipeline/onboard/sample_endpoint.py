"""A sample from a live REST endpoint: what it answers, where the records stand, how it is paged, what is new."""

import time
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from connectors.http import Body, HttpSource
from connectors.protocol import Connection
from declarations.feed import Auth, NoAuth
from declarations.problem import Problem
from pipeline.onboard.probe_cursor import find_cursor
from pipeline.onboard.probe_paging import Found, find_paging, find_size
from pipeline.onboard.sample import Sample
from pipeline.onboard.sample_records import sample_json, sample_ndjson, sample_xml
from pipeline.onboard.sample_text import sample_csv

ACCEPT = "application/json, application/x-ndjson;q=0.9, text/csv;q=0.8, application/xml;q=0.7, */*;q=0.1"
MOST_PAGES = 6
MOST_SECONDS = 2.0
ENOUGH_ROWS = 20_000


@dataclass(frozen=True)
class Got:
    """One answer: its rows, and what stands beside them (dotted path → plain value) and in its headers."""

    sample: Sample = field(repr=False)
    beside: dict[str, Any] = field(repr=False)
    headers: Any = field(repr=False)
    kind: str

    @property
    def rows(self) -> pa.Table:
        return self.sample.rows

    @property
    def count(self) -> int:
        return int(self.sample.rows.num_rows)


class Endpoint:
    """One path of a source, asked with different parameters."""

    def __init__(self, http: HttpSource, path: str, parameters: dict[str, str], records: str | None) -> None:
        self._http, self._path, self._parameters, self._records = http, path, parameters, records
        self.asked = 0

    def ask(self, **parameters: str) -> Got:
        """The answer with these parameters beside the fixed ones. Raises Problem for everything but success with records."""
        return self._read(self._send(self._path, {**self._parameters, **parameters}))

    def ask_url(self, address: str) -> Got:
        """The answer of a whole address, such as that of the next page."""
        return self._read(self._send(address, {}))

    def tries(self, **parameters: str) -> Got | None:
        """The same, None where the source refuses these parameters or answers something else."""
        try:
            return self.ask(**parameters)
        except Problem:
            return None

    def _send(self, target: str, parameters: dict[str, str]) -> Body:
        self.asked += 1
        body = self._http.get(target, parameters, ACCEPT)
        if body is None:
            raise AssertionError("get answers None only where a missing answer is allowed")
        return body

    def _read(self, body: Body) -> Got:
        place = self._http.place(self._http.url(self._path))
        kind = _kind(body)
        if not body.content.strip():
            raise Problem(place, "answers nothing.", "check the address; ask for a time in which there are rows.")
        beside: dict[str, Any] = {}
        if kind == "json":
            beside = _beside(body.content)
            sample = sample_json(body.content, True, place, self._records)
        elif kind == "html":
            raise Problem(place, "answers an HTML page, no data.", "check the address; maybe it needs a login (--connection, --auth).")
        else:
            reader = {"ndjson": sample_ndjson, "csv": sample_csv, "xml": sample_xml}[kind]
            sample = reader(body.content, True, place, self._records)
        self._records = self._records if self._records is not None or kind == "csv" else sample.source.get("records")
        return Got(sample, beside, body.headers, kind)


def sample_endpoint(
    connection: Connection, path: str, parameters: dict[str, str], auth: Auth, records: str | None, whole_address: str | None = None
) -> Sample:
    """Asks for the first page, then, with a handful of requests, how to get the others and what is new."""
    with HttpSource("new", connection, auth, "30s") as http:
        if whole_address:
            http.url(whole_address)  # refuses the address of another host than the connection's
        endpoint = Endpoint(http, path, parameters, records)
        first = endpoint.ask()
        if not first.count:
            raise Problem(http.place(http.url(path)), "answers no record just now.", "ask for a time in which there are rows.")
        size = find_size(endpoint, first)
        paging = find_paging(endpoint, first, size)
        cursor = find_cursor(endpoint, first)
        tables = _more(endpoint, first, paging)
    source: dict[str, Any] = {"connector": "rest", "path": path}
    if first.kind != "json":
        source["format"] = first.kind
    source |= _shape(first)
    if parameters:
        source["parameters"] = parameters
    if not isinstance(auth, NoAuth):
        source["auth"] = auth.model_dump(exclude_defaults=True, exclude={"scheme"}) | {"scheme": auth.scheme}
        source["auth"] = {"scheme": auth.scheme, **{k: v for k, v in source["auth"].items() if k != "scheme"}}
    source["paging"] = paging.declared
    notes = {"records": "where the list of records stands", "paging": paging.why, "": f"{endpoint.asked} requests made"}
    if cursor:
        source["since_parameter"] = cursor.parameter
        notes["since_parameter"] = f"tried: with it only rows with {cursor.column} at or after the given value came"
    rows = pa.concat_tables(tables, promote_options="default")
    whole = paging.whole(len(tables), rows.num_rows, first)
    title = " ".join(part for part in path.strip("/").split("/") if part not in ("api", "v1", "v2", "v3"))
    return Sample(
        rows, source, whole, first.sample.told, first.sample.envelope, notes, title,
        cursor=cursor.column if cursor else None, cursor_works=cursor is not None,
    )  # fmt: skip


def _more(endpoint: Endpoint, first: Got, paging: Found) -> list[pa.Table]:
    """Some further pages, for a better look at the values."""
    begun, tables, now = time.monotonic(), [first.rows], first
    if paging.first_size:
        begin = endpoint.tries(**paging.first_size)
        if begin is not None and begin.count >= first.count:
            tables, now = [begin.rows], begin
    for number in range(2, MOST_PAGES + 1):
        if time.monotonic() - begun > MOST_SECONDS or sum(table.num_rows for table in tables) > ENOUGH_ROWS:
            break
        after = paging.page(endpoint, now, number, sum(table.num_rows for table in tables))
        if after is None or not after.count:
            break
        tables.append(after.rows)
        now = after
    return tables


def _shape(first: Got) -> dict[str, Any]:
    """What of the answer's shape the contract has to name."""
    found = dict(first.sample.source)
    found.pop("header_row", None)
    return found


def _kind(body: Body) -> str:
    """json, ndjson, csv, xml or html, by the header and, where that is vague, by the first bytes."""
    said = str(body.headers.get("content-type", "")).lower()
    head = body.content[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if "ndjson" in said or "jsonl" in said or "json-seq" in said:
        return "ndjson"
    if head[:1] in (b"{", b"["):
        lines = [line.strip() for line in head.split(b"\n") if line.strip()]
        several = head[:1] == b"{" and len(lines) > 1 and lines[0].endswith(b"}") and lines[1].startswith(b"{")
        return "ndjson" if several else "json"
    if head[:1] == b"<":
        return "html" if b"<html" in head.lower() or b"<!doctype html" in head.lower() else "xml"
    return "csv"


def _beside(content: bytes) -> dict[str, Any]:
    """The plain values of a JSON answer outside lists, by dotted path."""
    import json

    found: dict[str, Any] = {}

    def walk(data: Any, path: str, depth: int) -> None:
        if isinstance(data, dict) and depth < 5:
            for name, value in ((name, value) for name, value in data.items() if "." not in str(name)):
                walk(value, f"{path}.{name}" if path else str(name), depth + 1)
        elif path and not isinstance(data, list | dict):
            found[path] = data

    try:
        walk(json.loads(content.decode("utf-8-sig")), "", 0)
    except (ValueError, RecursionError):
        return {}
    return found
