"""A live endpoint: records, format, paging and the parameter for what is new are found by asking a real server."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.connections import parse_connection
from connectors.protocol import Window
from connectors.registry import connector_for
from declarations.problem import Problem
from declarations.project import Project
from pipeline.onboard.register import connection_line, write_connection
from tests.connectors.source_kit import Reply, Request, Server
from tests.onboard.conftest import Register, Registered, csv_text

Serve = Callable[[Callable[[Request], Reply]], Server]
ROWS = [
    {
        "item_no": f"R{i:04d}", "org_id": f"O{i % 6}", "score": i % 5 + 1, "rated_on": f"2025-0{i % 9 + 1}-11",
        "updated_at": f"2025-10-{i % 28 + 1:02d}T08:00:00", "phone": f"1391234{i:04d}", "place": {"town": "T1"},
    }
    for i in range(45)
]  # fmt: skip


def whole_number(request: Request, name: str, default: int) -> int:
    return int(request.query.get(name, default))


def rows_since(request: Request) -> list[dict[str, Any]]:
    since = request.query.get("updated_since", "")
    return [row for row in ROWS if str(row["updated_at"]) >= since]


def by_page(request: Request) -> Reply:
    rows, size, page = rows_since(request), min(whole_number(request, "per_page", 10), 20), whole_number(request, "page", 1)
    part = rows[(page - 1) * size : page * size]
    return Reply({"data": {"items": part}, "meta": {"total_count": len(rows), "total_pages": -(-len(rows) // size)}})


def by_offset(request: Request) -> Reply:
    size, start = min(whole_number(request, "limit", 10), 20), whole_number(request, "offset", 0)
    return Reply(json.dumps(ROWS[start : start + size]), headers={"X-Total-Count": str(len(ROWS)), "content-type": "application/json"})


def by_cursor(request: Request) -> Reply:
    size, start = min(whole_number(request, "limit", 10), 20), whole_number(request, "page_token", 0)
    after = start + size
    return Reply({"results": ROWS[start:after], "next_page_token": str(after) if after < len(ROWS) else None})


def by_link(request: Request) -> Reply:
    size, page = min(whole_number(request, "per_page", 10), 20), whole_number(request, "p", 1)
    more = page * size < len(ROWS)
    address = f"http://{request.headers['host']}/items?p={page + 1}&per_page={size}"
    return Reply(json.dumps(ROWS[(page - 1) * size : page * size]), headers={"Link": f'<{address}>; rel="next"'} if more else {})


def by_url(request: Request) -> Reply:
    page = whole_number(request, "n", 1)
    address = f"http://{request.headers['host']}/items?n={page + 1}" if page * 10 < len(ROWS) else None
    return Reply({"value": ROWS[(page - 1) * 10 : page * 10], "@odata.nextLink": address, "links": {"next": address}})


def in_one(request: Request) -> Reply:
    return Reply({"items": ROWS})


EXPECTED: dict[str, tuple[Callable[[Request], Reply], dict[str, Any]]] = {
    "page_number": (
        by_page,
        {"parameter": "page", "size_parameter": "per_page", "total_pages": "meta.total_pages", "total": "meta.total_count"},
    ),
    "offset": (by_offset, {"parameter": "offset", "size_parameter": "limit", "total": "header:X-Total-Count"}),
    "cursor": (by_cursor, {"parameter": "page_token", "next": "next_page_token", "size_parameter": "limit"}),
    "link_header": (by_link, {"size_parameter": "per_page"}),
    "next_url": (by_url, {"next": "links.next"}),
    "none": (in_one, {}),
}


def landed(registered: Registered) -> list[dict[str, Any]]:
    name, _, value = registered.line.partition("=")
    pages = connector_for(registered.contract, lambda _: parse_connection(name, value)).pages(Window(None, {}))
    return [row for page in pages for row in page.rows.to_pylist()]


@pytest.mark.parametrize("way", list(EXPECTED))
def test_each_way_of_paging_is_found_and_its_contract_brings_all_rows_once(way: str, register: Register, serve: Serve) -> None:
    answer, expected = EXPECTED[way]
    server = serve(answer)
    found = register(url=f"http://127.0.0.1:{server.port}/items", loopback=True)
    source = found.contract.source.model_dump()
    assert source["paging"]["by"] == way
    assert {key: source["paging"][key] for key in expected} == expected
    assert sorted(row["item_no"] for row in landed(found)) == [row["item_no"] for row in ROWS]
    assert found.contract.left_out.keys() == {"phone", "place"}
    assert len(server.requests) < 120


def test_the_parameter_for_what_is_new_is_tried(register: Register, serve: Serve) -> None:
    server = serve(by_page)
    found = register(url=f"http://127.0.0.1:{server.port}/items", loopback=True)
    assert found.contract.source.model_dump(exclude_defaults=True)["cursor"] == {"column": "updated_at", "look_back": "3d"}
    assert found.contract.source.model_dump()["since_parameter"] == "updated_since"
    assert found.contract.version == "updated_at"


def test_a_parameter_that_the_source_does_not_know_is_not_taken_for_a_cursor(register: Register, serve: Serve) -> None:
    found = register(url=f"http://127.0.0.1:{serve(in_one).port}/items", loopback=True)
    assert found.contract.source.model_dump()["cursor"] is None


FLAT = [{key: value for key, value in row.items() if key != "place"} for row in ROWS]
BODIES = {
    "ndjson": ("\n".join(json.dumps(row) for row in FLAT), "application/x-ndjson"),
    "csv": (csv_text(FLAT), "text/csv; charset=utf-8"),
    "xml": (
        "<a><n>45</n>" + "".join("<r>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + "</r>" for row in FLAT) + "</a>",
        "text/xml",
    ),
}


@pytest.mark.parametrize("kind", list(BODIES))
def test_other_formats_than_json(kind: str, register: Register, serve: Serve) -> None:
    body, media = BODIES[kind]
    server = serve(lambda _: Reply(body, headers={"content-type": media}))
    found = register(url=f"http://127.0.0.1:{server.port}/rows", loopback=True)
    assert found.contract.source.model_dump()["format"] == kind
    assert len(landed(found)) == 45


def test_a_connection_brings_its_secret_and_the_contract_names_only_the_scheme(register: Register, serve: Serve, project: Project) -> None:
    def guarded(request: Request) -> Reply:
        return in_one(request) if request.headers.get("authorization") == "Bearer s3cret-token" else Reply({"error": "no"}, 401)

    server = serve(guarded)
    fields = {"conn_type": "http", "host": f"http://127.0.0.1:{server.port}", "password": "s3cret-token", "extra": {"allow_loopback": True}}
    write_connection(project.connections_file, "rating_api", connection_line("rating_api", fields), False)
    found = register({"connection": "rating_api"}, url="/items")
    assert found.contract.source.model_dump()["auth"] == {"scheme": "bearer"}
    assert found.line == ""
    assert "s3cret" not in found.text
    with pytest.raises(Problem, match=r"answered 401.*--connection ID"):
        register(url=f"http://127.0.0.1:{server.port}/items", loopback=True)
    with pytest.raises(Problem, match=r"this machine itself.*say --allow-loopback"):
        register(url=f"http://127.0.0.1:{server.port}/items")


def test_addresses_are_checked_and_errors_show_no_value(register: Register, serve: Serve) -> None:
    server = serve(lambda _: Reply("<!doctype html><html>log in</html>", headers={"content-type": "text/html"}))
    with pytest.raises(Problem, match="this machine itself"):
        register(url=f"http://127.0.0.1:{server.port}/items")
    with pytest.raises(Problem, match="HTML page"):
        register(url=f"http://127.0.0.1:{server.port}/items", loopback=True)
    with pytest.raises(Problem, match="metadata"):
        register(url="http://169.254.169.254/latest", loopback=True)
    with pytest.raises(Problem, match="holds a login"):
        register(url="http://me:pw@host.example/items")
    empty = serve(lambda _: Reply({"items": []}))
    with pytest.raises(Problem, match="no record just now"):
        register(url=f"http://127.0.0.1:{empty.port}/items", loopback=True)
