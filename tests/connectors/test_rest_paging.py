"""Every way of paging against a server that pages in that way."""

import json
import threading
from urllib.parse import parse_qsl

import pytest

from connectors.protocol import SourceChanged
from connectors.rest.answers import AnswerReader
from declarations.problem import Problem
from tests.connectors.rest_kit import items, keys, pull, records, rest, slice_of
from tests.connectors.source_kit import Reply, record

ROWS = records(25)
EVERY = keys(*range(25))


def test_one_page(serve):
    server = serve(lambda r: Reply({"data": ROWS}))
    assert items(pull(rest(parameters={"kind": "x"}), server)) == EVERY
    assert [request.query for request in server.requests] == [{"kind": "x"}]


def test_offsets_begin_where_the_page_before_ended(serve):
    server = serve(lambda r: Reply({"data": slice_of(ROWS, "skip", "take")(r)}))
    paging = {"by": "offset", "parameter": "skip", "size_parameter": "take", "size": 10}
    assert items(pull(rest(paging), server)) == EVERY
    assert [request.query for request in server.requests] == [{"skip": at, "take": "10"} for at in ("0", "10", "20")]


def test_a_source_that_gives_smaller_pages_than_asked_for_is_read_to_its_total(serve):
    server = serve(lambda r: Reply({"data": ROWS[int(r.query["offset"]) :][:7], "meta": {"total": 25}}))
    assert items(pull(rest({"by": "offset", "size": 10, "total": "meta.total"}), server)) == EVERY
    assert [request.query["offset"] for request in server.requests] == ["0", "7", "14", "21"]


def test_the_last_page_may_be_full(serve):
    for paging in ({"by": "offset", "size": 5}, {"by": "offset", "size": 5, "total": "total"}):
        server = serve(lambda r: Reply({"data": slice_of(ROWS, "offset", "limit")(r), "total": 25}))
        assert items(pull(rest(paging), server)) == EVERY
        assert len(server.requests) == (5 if "total" in paging else 6)


def test_a_short_page_in_the_middle_is_not_the_end_where_the_source_names_the_number_of_pages(serve):
    parts = {"1": ROWS[:10], "2": ROWS[10:13], "3": [], "4": ROWS[13:]}
    server = serve(lambda r: Reply({"data": parts[r.query["page"]], "pages": "4"}))
    assert items(pull(rest({"by": "page_number", "size": 10, "total_pages": "pages"}), server)) == EVERY


def test_a_short_page_in_the_middle_is_not_the_end_where_the_source_names_a_total(serve):
    parts = {"1": ROWS[:10], "2": ROWS[10:13], "3": ROWS[13:23], "4": ROWS[23:]}
    server = serve(lambda r: Reply({"data": parts[r.query["page"]], "total": 25}))
    assert items(pull(rest({"by": "page_number", "size": 10, "total": "total"}), server)) == EVERY


def test_pages_counted_from_zero(serve):
    server = serve(lambda r: Reply({"data": ROWS[int(r.query["p"]) * 20 :][:20]}))
    assert items(pull(rest({"by": "page_number", "parameter": "p", "first": 0, "size": 20}), server)) == EVERY


@pytest.mark.parametrize("name", ["meta.next", "header:X-Next"])
def test_a_cursor_in_the_answer_or_in_a_header(serve, name):
    def answer(request):
        at = int(request.query.get("after", 0))
        onward = str(at + 10) if at + 10 < 25 else None
        headers = {"X-Next": onward} if onward else {}
        return Reply({"data": ROWS[at : at + 10], "meta": {"next": onward}}, headers=headers)

    server = serve(answer)
    paging = {"by": "cursor", "parameter": "after", "next": name, "size_parameter": None}
    assert items(pull(rest(paging, parameters={"kind": "x"}), server)) == EVERY
    assert [request.query for request in server.requests] == [{"kind": "x"}, {"kind": "x", "after": "10"}, {"kind": "x", "after": "20"}]


@pytest.mark.parametrize("form", ["http://127.0.0.1:{port}/items?at={at}&n=10", "/items?at={at}&n=10", "?at={at}&n=10"])
def test_link_headers(serve, form):
    def answer(request):
        at = int(request.query.get("at", 0))
        onward = form.format(port=server.port, at=at + 10)
        links = [f'<{onward}>; title="a, b"; rel="next last"'] if at + 10 < 25 else []
        return Reply({"data": ROWS[at : at + 10]}, headers={"Link": ", ".join(['</items>; rel="first"', *links])})

    server = serve(answer)
    assert items(pull(rest({"by": "link_header", "size_parameter": "n", "size": 10}, parameters={"kind": "x"}), server)) == EVERY
    assert [request.query for request in server.requests] == [{"kind": "x", "n": "10"}, {"at": "10", "n": "10"}, {"at": "20", "n": "10"}]


def test_next_addresses_in_the_answer(serve):
    def answer(request):
        at = int(request.query.get("$skip", 0))
        return Reply({"data": ROWS[at : at + 10], **({"@next": f"items?$skip={at + 10}"} if at + 10 < 25 else {})})

    assert items(pull(rest({"by": "next_url", "next": "@next"}), serve(answer))) == EVERY


def test_a_next_address_on_another_host_is_not_followed(serve):
    other = serve(lambda r: Reply({"data": ROWS}))
    server = serve(lambda r: Reply({"data": ROWS[:5], "next": f"http://127.0.0.1:{other.port}/items"}))
    with pytest.raises(Problem, match="another host"):
        pull(rest({"by": "next_url"}), server)
    assert other.requests == []


@pytest.mark.parametrize("column", ["item_no", "phone"])
def test_a_keyset_asks_for_what_comes_after_the_last_record(serve, column):
    rows = [record(number, phone=f"{number:05d}") for number in range(25)]

    def answer(request):
        return Reply({"data": [row for row in rows if row[column] > request.query.get("after", "")][:10]})

    server = serve(answer)
    pages = pull(rest({"by": "keyset", "column": column, "size": 10}), server)
    assert items(pages) == EVERY
    assert [request.query.get("after") for request in server.requests] == [None, rows[9][column], rows[19][column]]
    assert "phone" not in pages[0].rows.column_names  # a column that is not ours serves for paging only


def test_a_keyset_of_numbers(serve):
    def answer(request):
        return Reply({"data": [{"item_no": f"A{n:05d}", "seq": n} for n in range(1, 6) if n > int(request.query.get("after", 0))][:2]})

    server = serve(answer)
    assert items(pull(rest({"by": "keyset", "column": "seq", "size": 2}), server)) == keys(1, 2, 3, 4, 5)
    assert [request.query.get("after") for request in server.requests] == [None, "2", "4"]


@pytest.mark.parametrize(("row", "said"), [({"seq": None}, "has no 'seq'"), ({}, "has no 'seq'"), ({"seq": 7}, "fetched already")])
def test_a_keyset_that_leads_nowhere_is_a_problem(serve, row, said):
    count = iter(range(1000))
    server = serve(lambda r: Reply({"data": [{"item_no": f"{next(count)}", **row}, {"item_no": f"{next(count)}", **row}]}))
    with pytest.raises(Problem, match=said):
        pull(rest({"by": "keyset", "column": "seq", "size": 2}), server)


@pytest.mark.parametrize("send", ["json", "form"])
def test_posted_parameters(serve, send):
    def answer(request):
        asked = json.loads(request.body) if send == "json" else dict(parse_qsl(request.body))
        at = int(asked["offset"])
        return Reply({"data": ROWS[at : at + int(asked["limit"])]} if asked["kind"] == "x" and not request.query else {"data": []})

    server = serve(answer)
    feed = rest({"by": "offset", "size": 20}, method="POST", send=send, parameters={"kind": "x"})
    assert items(pull(feed, server)) == EVERY
    kind = {"json": "application/json", "form": "application/x-www-form-urlencoded"}[send]
    assert all(request.headers["content-type"] == kind for request in server.requests)


def test_posted_parameters_go_along_to_a_next_address(serve):
    def answer(request):
        at = int(request.query.get("at", 0))
        rows = ROWS[at : at + 10] if json.loads(request.body) == {"kind": "x"} else []
        return Reply({"data": rows, "next": f"/items?at={at + 10}" if at + 10 < 25 else ""})

    assert items(pull(rest({"by": "next_url"}, method="POST", send="json", parameters={"kind": "x"}), serve(answer))) == EVERY


@pytest.mark.parametrize(
    ("paging", "beside", "headers"),
    [
        ({"by": "cursor", "next": "next"}, {"next": "same"}, {}),
        ({"by": "next_url"}, {"next": "/items?at=1"}, {}),
        ({"by": "link_header"}, {}, {"Link": '</items?at=1>; rel="next"'}),
    ],
)
def test_a_next_page_that_was_fetched_already_is_a_problem(serve, paging, beside, headers):
    count = iter(range(1000))
    server = serve(lambda r: Reply({"data": [record(next(count))], **beside}, headers=headers))
    with pytest.raises(Problem, match="fetched already"):
        pull(rest(paging), server)
    assert len(server.requests) == 2


def test_ever_new_cursors_without_a_record_come_to_an_end(serve, monkeypatch):
    monkeypatch.setattr("connectors.rest.pagers.MAX_EMPTY_PAGES", 5)
    count = iter(range(1000))
    server = serve(lambda r: Reply({"data": [], "next_cursor": str(next(count))}))
    with pytest.raises(Problem, match="in a row without a record"):
        pull(rest({"by": "cursor"}), server)


@pytest.mark.parametrize(
    "paging",
    [{"by": "page_number", "size": 2}, {"by": "offset", "size": 2}, {"by": "cursor"}, {"by": "page_number", "total_pages": "pages"}],
)
def test_a_page_that_comes_again_is_noticed_whatever_stands_beside_its_records(serve, paging):
    count = iter(range(1000))
    server = serve(lambda r: Reply({"data": ROWS[:2], "request": next(count), "next_cursor": str(next(count)), "pages": 9}))
    with pytest.raises(SourceChanged, match="same as page 1") as caught:
        pull(rest(paging), server)
    assert "page 2" in caught.value.place
    assert len(server.requests) <= 3  # the page after may be on its way


@pytest.mark.parametrize("paging", [{"by": "offset", "total": "total"}, {"by": "page_number", "total_pages": "total"}])
def test_a_total_that_is_no_number_is_a_problem(serve, paging):
    with pytest.raises(Problem, match="no whole number"):
        pull(rest(paging), serve(lambda r: Reply({"data": ROWS, "total": "many"})))


@pytest.mark.parametrize(
    ("paging", "beside"),
    [
        ({"by": "cursor", "parameter": "page", "next": "next"}, lambda at: {"next": at + 1 if at < 3 else None}),
        ({"by": "page_number", "size": 2, "total_pages": "pages"}, lambda at: {"pages": 3}),
        ({"by": "page_number", "size": 2, "total": "total"}, lambda at: {"total": 6}),
    ],
)
def test_the_next_page_is_on_its_way_while_this_one_is_parsed(serve, monkeypatch, paging, beside):
    """The parser holds page 2 until the server was asked for page 3: it would wait for ever if that came after parsing."""
    asked = {number: threading.Event() for number in range(1, 9)}

    def answer(request):
        at = int(request.query.get("page", 1))
        asked[at].set()
        return Reply({"data": ROWS[at * 2 - 2 : at * 2] if at < 4 else [], **beside(at)})

    whole = AnswerReader.read

    def read(self, body, place):
        if place.endswith("page 2"):
            assert asked[3].wait(5)
        return whole(self, body, place)

    monkeypatch.setattr(AnswerReader, "read", read)
    server = serve(answer)
    assert items(pull(rest(paging), server)) == keys(*range(6))
    assert len(server.requests) == 3


def test_a_wrong_guess_of_the_next_page_costs_one_request_and_changes_nothing(serve):
    """The real cursor stands in the middle of a long answer; near its end stands another thing of that name."""

    def answer(request):
        at = int(request.query.get("cursor", 0))
        rows = [record(at, comment="x" * 3000), record(at + 100, next="99")]
        return Reply({"pad": "x" * 3000, "page": {"next": at + 1 if at < 3 else None}, "data": rows})

    server = serve(answer)
    assert items(pull(rest({"by": "cursor", "next": "page.next"}), server)) == keys(0, 100, 1, 101, 2, 102, 3, 103)
    assert [request.query.get("cursor") for request in server.requests] == [None, "99", "1", "2", "3"]


def test_where_two_things_look_like_the_next_cursor_nothing_is_guessed(serve):
    def answer(request):
        at = int(request.query.get("cursor", 0))
        return Reply({"data": [record(at, next="99") if at < 3 else record(at)], "page": {"next": at + 1 if at < 3 else None}})

    server = serve(answer)
    assert items(pull(rest({"by": "cursor", "next": "page.next"}), server)) == keys(0, 1, 2, 3)
    assert [request.query.get("cursor") for request in server.requests] == [None, "1", "2", "3"]
