"""A REST interface over tables: ``python -m demo.servers.rest < config``.

Configuration: ``ready`` (file), ``port`` (wished), ``auth`` (see ``auth.guard_of``; with OAuth2 also ``token_path``), and
``endpoints``, each with ``path``, ``files`` (a glob of Parquet, CSV or NDJSON), ``keys``, ``changed`` (the column of the last
change, if any), ``records`` (dotted path of the list in the answer) and ``paging``: ``none``, ``page_number`` or ``cursor``.
"""

import base64
import json
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.servers.auth import Guard, OAuth2, guard_of
from demo.servers.child import announce, listen, read_config
from demo.servers.rows import LiveRows, Place, Rows, as_moment

GAP = '"@rows@"'  # where the rows stand in the answer's frame
LARGEST_PAGE = 50_000


class Endpoint:
    """One list of records."""

    def __init__(self, spec: dict[str, Any], guard: Guard) -> None:
        self.path: str = spec["path"]
        self._guard, self._paging = guard, spec.get("paging", "none")
        self._records: list[str] = [part for part in spec.get("records", "").split(".") if part]
        self.rows = LiveRows(spec["files"], spec["keys"], spec.get("changed"))

    def answer(self, request: Request) -> Response:
        """A page. Starlette runs this in a thread, so that compressing does not hold up others."""
        refusal = self._guard.refuse(request)
        if refusal is not None:
            return refusal
        rows = self.rows.now()
        try:
            start, stop, facts = self._span(rows, request)
        except ValueError as error:
            return JSONResponse({"error": "bad_request", "detail": str(error)}, status_code=400)
        head, tail = self._frame(facts)
        headers = {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return Response(rows.packed(start, stop, head, tail), headers={**headers, "Content-Encoding": "gzip"})
        return Response(head + rows.cut(start, stop) + tail, headers=headers)

    def _span(self, rows: Rows, request: Request) -> tuple[int, int, dict[str, Any]]:
        asked = request.query_params
        since = asked.get("updated_since")
        first = rows.first_since(as_moment(since)) if since else 0
        if self._paging == "page_number":
            size, page = _whole(asked, "page_size", 100), _whole(asked, "page", 1)
            start = min(first + (page - 1) * size, rows.count)
            total = rows.count - first
            return start, min(start + size, rows.count), {"page": page, "total": total, "total_pages": -(-total // size)}
        if self._paging == "cursor":
            start = rows.first_after(_read_cursor(asked["cursor"])) if asked.get("cursor") else first
            stop = min(start + _whole(asked, "limit", 1000), rows.count)
            return start, stop, {"next_cursor": _write_cursor(rows.place(stop - 1)) if stop < rows.count else None}
        return first, rows.count, {}

    def _frame(self, facts: dict[str, Any]) -> tuple[bytes, bytes]:
        """The answer around the rows. Facts about paging stand beside the list."""
        if not self._records:
            return b"[", b"]"
        *way, last = self._records
        frame: dict[str, Any] = {last: [GAP[1:-1]], **facts}
        for part in reversed(way):
            frame = {part: frame}
        head, _, tail = json.dumps(frame).partition(GAP)
        return head.encode(), tail.encode()


def _whole(asked: Any, name: str, default: int) -> int:
    value, largest = int(asked.get(name) or default), 10**9 if name == "page" else LARGEST_PAGE
    if not 1 <= value <= largest:
        raise ValueError(f"{name} must lie between 1 and {largest}")
    return value


def _write_cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read_cursor(text: str) -> Place:
    try:
        moment, key, before = json.loads(base64.urlsafe_b64decode(text))
        return str(moment), str(key), int(before)
    except Exception:
        raise ValueError("this cursor was not given by this interface") from None


def make_app(config: dict[str, Any]) -> Starlette:
    """The application of a configuration; its tables are read before it answers."""
    guard = guard_of(config.get("auth", {}))
    endpoints = [Endpoint(spec, guard) for spec in config["endpoints"]]
    for endpoint in endpoints:
        endpoint.rows.now()
    routes = [Route(endpoint.path, endpoint.answer) for endpoint in endpoints]
    if isinstance(guard, OAuth2):
        routes.append(Route(config["auth"]["token_path"], guard.token, methods=["POST"]))
    return Starlette(routes=routes)


def main() -> None:
    """Serve until told to stop."""
    config = read_config()
    app = make_app(config)
    door = listen(config.get("port", 0))
    announce(config, port=door.getsockname()[1])
    options = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2, lifespan="off")
    uvicorn.Server(options).run(sockets=[door])


if __name__ == "__main__":
    main()
