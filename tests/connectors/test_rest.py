"""The REST connector against a real server on loopback."""

import gzip
import json
import socket
from typing import Any

import pytest

from connectors.protocol import Page, Window
from connectors.rest import RestConnector
from declarations.problem import Problem
from tests.connectors.source_kit import Reply, contract, record, resolver

ALL = Window(None, {})
REST = {"connector": "rest", "connection": "sample_api", "path": "/items", "records": "data"}


def pull(feed: Any, resolve: Any, window: Window = ALL) -> list[Page]:
    return list(RestConnector(feed, resolve).pages(window))


def rows(pages: list[Page]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page.rows.to_pylist()]


def test_only_declared_columns_leave_as_text(serve):
    server = serve(lambda r: Reply({"data": [record(1), {"item_no": "A2", "surprise": [1]}]}))
    (page,) = pull(contract(REST), server.resolver())
    assert page.rows.column_names == [c.name for c in contract(REST).columns]
    assert page.rows.to_pylist() == [
        {"item_no": "A00001", "grade": "2", "amount": "1.10", "active": "false", "due_on": "2025-03-01",
         "updated_at": "2025-03-02T08:00:00"},
        {"item_no": "A2", "grade": None, "amount": None, "active": None, "due_on": None, "updated_at": None},
    ]  # fmt: skip
    assert page.columns_seen == {*record(1), "surprise"}


@pytest.mark.parametrize(
    ("sent", "text"),
    [("1.10", "1.10"), ("123456789012345678901234567890", "123456789012345678901234567890"), ("null", None),
     ("1e5", "1e5"), ("true", "true"), ('"x"', "x"), ('{"k": [1, "二"]}', '{"k": ["1", "二"]}'), ("-0.50", "-0.50"),
     ("12345678901234567.89", "12345678901234567.89")],
)  # fmt: skip
@pytest.mark.parametrize("column", ["grade", "amount", "item_no", "active"])
def test_a_value_keeps_its_text_whatever_its_json_type(serve, column, sent, text):
    server = serve(lambda r: Reply(f'{{"data": [{{"{column}": {sent}}}]}}'))
    assert rows(pull(contract(REST), server.resolver()))[0][column] == text


def test_a_missing_column_is_told_from_an_empty_one(serve):
    server = serve(lambda r: Reply({"data": [{"item_no": "A1", "grade": None}]}))
    (page,) = pull(contract(REST), server.resolver())
    assert page.columns_seen == {"item_no", "grade"}
    assert page.rows.num_rows == 1


def test_page_numbers_until_a_short_page(serve):
    paging = {"by": "page_number", "parameter": "p", "size_parameter": "n", "size": 10}
    server = serve(lambda r: Reply({"data": [record(i) for i in range(25)][(int(r.query["p"]) - 1) * 10 :][:10]}))
    pages = pull(contract({**REST, "paging": paging}), server.resolver())
    assert [row["item_no"] for row in rows(pages)] == [f"A{i:05d}" for i in range(25)]
    assert [request.query["p"] for request in server.requests] == ["1", "2", "3"]


def test_page_numbers_with_a_total_inside_the_records_object(serve):
    paging = {"by": "page_number", "size": 10, "total_pages": "data.total_pages"}
    feed = contract({**REST, "records": "data.items", "paging": paging})
    server = serve(lambda r: Reply({"data": {"total_pages": 2, "items": [record(int(r.query["page"]))] * 10}}))
    assert len(rows(pull(feed, server.resolver()))) == 20
    assert len(server.requests) == 2


@pytest.mark.parametrize("kind", [str, int])
def test_cursor_paging_with_gzip_and_api_key(serve, kind):
    def answer(request):
        here = int(request.query.get("cursor", 0))
        body = {"data": [record(here)], "next_cursor": kind(here + 1) if here < 3 else None}
        return Reply(gzip.compress(json.dumps(body).encode()), headers={"content-encoding": "gzip"})

    server = serve(answer)
    auth = {"scheme": "api_key", "header": "X-Key"}
    feed = contract({**REST, "paging": {"by": "cursor"}, "auth": auth})
    assert len(rows(pull(feed, server.resolver(password="secret-key")))) == 4
    assert all(request.headers["x-key"] == "secret-key" for request in server.requests)
    assert server.requests[1].query == {"cursor": "1", "limit": "5000"}


def test_a_next_cursor_that_looks_like_a_time_is_handed_back_unchanged(serve):
    moment = "2025-03-01T08:00:00.500Z"
    server = serve(lambda r: Reply({"data": [record(1)], "next_cursor": None if r.query.get("cursor") else moment}))
    pull(contract({**REST, "paging": {"by": "cursor"}}), server.resolver())
    assert server.requests[1].query["cursor"] == moment


def test_a_cursor_that_turns_in_a_circle_is_a_problem(serve):
    server = serve(lambda r: Reply({"data": [record(1)], "next_cursor": "same"}))
    with pytest.raises(Problem, match="fetched already"):
        pull(contract({**REST, "paging": {"by": "cursor"}}), server.resolver())


def test_a_source_that_ignores_the_page_number_is_a_problem(serve):
    server = serve(lambda r: Reply({"data": [record(1), record(2)]}))
    with pytest.raises(Problem, match="same as page 1"):
        pull(contract({**REST, "paging": {"by": "page_number", "size": 2}}), server.resolver())


def test_since_is_asked_for(serve):
    server = serve(lambda r: Reply({"data": []}))
    feed = contract({**REST, "cursor": {"column": "updated_at"}, "parameters": {"lang": "zh"}})
    pull(feed, server.resolver(), Window("2025-03-01T00:00:00", {}))
    assert server.requests[0].query == {"lang": "zh", "updated_since": "2025-03-01T00:00:00"}


def test_oauth2_token_is_fetched_once_and_renewed_after_401(serve):
    tokens = []

    def answer(request):
        if request.path == "/token":
            tokens.append(request)
            return Reply({"access_token": f"t{len(tokens)}", "expires_in": 3600})
        if request.headers["authorization"] == "Bearer t1" and int(request.query["page"]) > 2:
            return Reply(status=401)
        return Reply({"data": [record(int(request.query["page"]))] if int(request.query["page"]) < 4 else []})

    server = serve(answer)
    auth = {"scheme": "oauth2_client_credentials", "token_path": "/token", "scope": "read"}
    feed = contract({**REST, "auth": auth, "paging": {"by": "page_number", "size": 1}})
    assert len(rows(pull(feed, server.resolver(login="me", password="secret")))) == 3
    assert len(tokens) == 2
    assert tokens[0].body == "grant_type=client_credentials&scope=read"
    assert tokens[0].headers["authorization"].startswith("Basic ")


def test_rows_of_a_banned_class_are_counted_and_gone(serve):
    never = [{"column": "item_no", "values": ["accusation"], "reason": "law"}]
    server = serve(lambda r: Reply({"data": [record(1), record(2, item_no=" Accusation "), record(3)]}))
    (page,) = pull(contract(REST, never_enters=never), server.resolver())
    assert page.withheld == 1
    assert page.rows.column("item_no").to_pylist() == ["A00001", "A00003"]


def test_without_the_column_that_tells_the_banned_class_nothing_is_taken(serve):
    never = [{"column": "item_no", "values": ["accusation"], "reason": "law"}]
    server = serve(lambda r: Reply({"data": [{"grade": 1}]}))
    with pytest.raises(Problem, match="never enter"):
        pull(contract(REST, never_enters=never), server.resolver())


def test_records_that_are_no_objects_are_refused_without_their_values(serve):
    server = serve(lambda r: Reply({"data": [record(1), "13912345678", None]}))
    (page,) = pull(contract(REST), server.resolver())
    assert page.rows.num_rows == 1
    assert len(page.refused) == 2
    assert "13912345678" not in str(page.refused)


def test_csv_answers(serve):
    body = "item_no,phone,grade\nA1,13912345678,5\nA2,1,2,3\n"
    server = serve(lambda r: Reply(body, headers={"content-type": "text/csv; charset=utf-8"}))
    (page,) = pull(contract({**REST, "format": "csv"}), server.resolver())
    assert page.rows.select(["item_no", "grade"]).to_pylist() == [{"item_no": "A1", "grade": "5"}]
    assert [row.reason for row in page.refused] == ["has 4 fields, the header has 3; the values are withheld."]


def test_redirects_stay_on_the_host(serve):
    other = serve(lambda r: Reply({"data": [record(1)]}))
    away = serve(lambda r: Reply(status=302, headers={"Location": f"http://127.0.0.1:{other.port}/items"}))
    feed = contract({**REST, "auth": {"scheme": "api_key"}})
    with pytest.raises(Problem, match="another host"):
        pull(feed, away.resolver(password="k"))
    assert other.requests == []
    onward = Reply(status=307, headers={"Location": "/n"})
    near = serve(lambda r: Reply({"data": [record(1)]}) if r.path == "/n" else onward)
    assert len(rows(pull(feed, near.resolver(password="k")))) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=401), "answered 401"),
        (Reply(status=403), "login and password"),
        (Reply(status=404), "'path'"),
        (Reply("<html>login</html>"), "HTML page"),
        (Reply('{"data": [{"item_no": "CANARY"'), "not JSON"),
        (Reply({"rows": []}), "nothing at 'data'.*rows"),
        (Reply({"data": {"a": 1}}), "expected a list"),
        (Reply({"data": None}), "expected a list"),
        (Reply(b'{"data": [{"item_no": "\xff"}]}'), "not UTF-8"),
        (Reply("[" * 100_000), "nested too deep|not JSON"),
    ],
)
def test_bad_answers_are_problems_with_the_place(serve, reply, said):
    server = serve(lambda r: reply)
    with pytest.raises(Problem, match=said) as caught:
        pull(contract({**REST, "timeout": "1s"}), server.resolver(login="u", password="SECRET"))
    assert "feed sample: connection 'sample_api': http://127.0.0.1" in caught.value.place
    assert "SECRET" not in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_a_wrong_client_secret_is_a_problem(serve):
    server = serve(lambda r: Reply({"error": "invalid_client"}, status=401))
    auth = {"scheme": "oauth2_client_credentials", "token_path": "/token"}
    with pytest.raises(Problem, match="gave no token") as caught:
        pull(contract({**REST, "auth": auth}), server.resolver(login="me", password="SECRET"))
    assert "SECRET" not in str(caught.value)


def test_nobody_there(monkeypatch):
    monkeypatch.setattr("connectors.http.attempts.pause", lambda number: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Problem, match="connection refused"):
        pull(contract(REST), resolver(conn_type="http", host="127.0.0.1", port=port, extra={"allow_loopback": True}))
