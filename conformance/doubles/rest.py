"""A REST endpoint that speaks exactly the paging, format and cursor of a contract."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from conformance.adapt import PAGE_ROWS
from conformance.doubles.double import in_order, spoilt
from conformance.doubles.http_double import HttpDouble
from conformance.doubles.http_server import Reply, Request
from conformance.samples import Row
from declarations.feed import FeedContract
from declarations.feed.paging import Keyset, LinkHeader, NextUrl, Offset, OnePage, PageCursor, PageNumber

KINDS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv", "xml": "application/xml"}
PLACE = "_after"  # the parameter of the addresses that this source itself makes


class RestDouble(HttpDouble):
    """Pages of ``PAGE_ROWS`` records; ``total_said`` may lie."""

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        paging = self.source.paging
        self.traits = self.traits | (set() if isinstance(paging, OnePage) else {"pages", "shifting", "repeats"})
        if not isinstance(paging, Keyset):
            self.traits |= {"any_order"}
        if paging.total:
            self.traits |= {"total"}

    def deliver(self, request: Request) -> Reply:
        """The page that the parameters ask for."""
        cursor = self.source.cursor
        rows = in_order(self.since(request.asked.get(self.source.since_parameter)), cursor.column if cursor else None)
        rows = self._until(request, rows)
        if isinstance(self.source.paging, Keyset):
            rows = in_order(rows, self._keyset_name())
        if self.shuffled:
            rows.reverse()
        start, size = self._span(request, rows)
        page, rest = rows[start : start + size], rows[start + size :]
        headers = {"Content-Type": f"{KINDS[self.source.format]}; charset=utf-8"}
        if isinstance(self.source.paging, LinkHeader) and rest:
            headers["Link"] = f'<{self._onward(request, page[-1])}>; rel="next"'
        body = self._write(page, self._facts(request, rows, page, bool(rest)))
        return Reply(spoilt(body, "utf-8"), headers=headers)

    def _until(self, request: Request, rows: list[Row]) -> list[Row]:
        asked = request.asked.get(self.source.until_parameter or "")
        if not asked or self.source.cursor is None:
            return rows
        late = [id(row) for row in self.since(asked) if row[self.source.cursor.column] != asked]
        return [row for row in rows if id(row) not in late]

    def _span(self, request: Request, rows: list[Row]) -> tuple[int, int]:
        """Where the page begins among the rows, and how many it may have."""
        paging, asked = self.source.paging, request.asked
        if isinstance(paging, OnePage):
            return 0, len(rows)
        size = int(asked.get(paging.size_parameter or "", PAGE_ROWS))
        if isinstance(paging, PageNumber):
            return (int(asked.get(paging.parameter, paging.first)) - paging.first) * size, size
        if isinstance(paging, Offset):
            return int(asked.get(paging.parameter, 0)), size
        if isinstance(paging, Keyset):
            after = asked.get(paging.parameter)
            name = self._keyset_name()
            return sum(1 for row in rows if after is not None and _text(row[name]) <= after), size
        place = asked.get(paging.parameter if isinstance(paging, PageCursor) else PLACE)
        keys = [self._place(row) for row in rows]
        return (keys.index(place) + 1 if place in keys else self._after(keys, place)), size

    def _after(self, keys: list[str], place: str | None) -> int:
        """The record that a place names was moved or deleted meanwhile: those behind it in the order of the places."""
        return sum(1 for key in keys if place is not None and key <= place)

    def _place(self, row: Row) -> str:
        cursor = self.source.cursor
        stamp = _text(row[cursor.column]) if cursor else ""
        return "~".join([stamp, *(_text(part) for part in self.key(row))])

    def _onward(self, request: Request, last: Row) -> str:
        asked = {**request.asked, PLACE: self._place(last)}
        return f"http://127.0.0.1:{self.server.port}{request.path}?{urlencode(asked)}"

    def _facts(self, request: Request, rows: list[Row], page: list[Row], more: bool) -> dict[str, Any]:
        """What stands beside the records, by dotted path."""
        paging = self.source.paging
        facts: dict[str, Any] = {paging.total: len(rows) if self.total_said is None else self.total_said} if paging.total else {}
        if isinstance(paging, PageNumber) and paging.total_pages:
            facts[paging.total_pages] = -(-len(rows) // PAGE_ROWS)
        if isinstance(paging, PageCursor):
            facts[paging.next] = self._place(page[-1]) if more else None
        if isinstance(paging, NextUrl):
            facts[paging.next] = self._onward(request, page[-1]) if more else None
        return facts

    def _keyset_name(self) -> str:
        return next(c.name for c in self.contract.columns if c.source_name == self.source.paging.column)

    def _write(self, rows: list[Row], facts: dict[str, Any]) -> bytes:
        if self.source.format == "csv":
            out = io.StringIO()
            writer = csv.DictWriter(out, self.names(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.wire_text(row) for row in rows)
            return out.getvalue().encode()
        records = [{name: _json(value) for name, value in self.wire_text_or_typed(row).items()} for row in rows]
        if self.source.format == "ndjson":
            return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
        if self.source.format == "xml":
            return _xml(self.source.records.rpartition(".")[2] or "record", [self.wire_text(row) for row in rows], facts)
        frame: Any = {}
        for path, value in {**facts, self.source.records: records}.items() if self.source.records else ():
            _set(frame, path, value)
        return json.dumps(frame if self.source.records else records, ensure_ascii=False).encode()

    def wire_text_or_typed(self, row: Row) -> dict[str, Any]:
        """Numbers and truth values as JSON has them; dates in the column's format."""
        texts, typed = self.wire_text(row), self.wire(row)
        return {name: value if isinstance(value, bool | int | Decimal) else texts[name] for name, value in typed.items()}


def _set(frame: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for part in way:
        frame = frame.setdefault(part, {})
    frame[last] = value


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _xml(element: str, rows: list[dict[str, str | None]], facts: dict[str, Any]) -> bytes:
    def cells(row: dict[str, str | None]) -> str:
        return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items() if value is not None)

    told = "".join(f"<{path}>{value}</{path}>" for path, value in facts.items() if "." not in path and value is not None)
    body = "".join(f"<{element}>{cells(row)}</{element}>" for row in rows)
    return f'<?xml version="1.0" encoding="UTF-8"?><answer>{told}{body}</answer>'.encode()
