"""Pages that are no whole: totals, records that moved, what a source says of itself; and what stops half-way."""

import threading
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from connectors.protocol import SourceChanged
from connectors.pull import pull_feed
from connectors.rest import RestConnector
from declarations.problem import Problem, SourceAway
from tests.connectors.rest_kit import ALL, items, keys, pages_of, pull, records, rest
from tests.connectors.source_kit import Reply, record

ROWS = records(6)
PAGED = {"by": "page_number", "size": 2, "total": "total"}
NOW = datetime(2025, 4, 1, tzinfo=UTC)


def test_the_total_may_stand_in_a_header(serve):
    server = serve(lambda r: Reply(ROWS[int(r.query["offset"]) :][:4], headers={"X-Total-Count": "6"}))
    paging = {"by": "offset", "size": 4, "total": "header:x-total-count"}
    assert items(pull(rest(paging, records=""), server)) == keys(*range(6))


@pytest.mark.parametrize(
    ("total", "pages", "said"),
    [
        (7, [ROWS[:2], ROWS[2:4], ROWS[4:6]], "6 records came, the source speaks of 7"),
        (5, [ROWS[:2], ROWS[2:4], ROWS[4:6]], "6 records came, the source speaks of 5"),
        (6, [ROWS[:2], ROWS[1:3], ROWS[3:5]], "1 record came on two pages"),
    ],
)
def test_pages_that_are_no_whole_are_a_change_of_the_source(serve, total, pages, said):
    with pytest.raises(SourceChanged, match=said):
        pull(rest(PAGED), serve(pages_of(*pages, total=total)))


def test_a_row_that_was_updated_and_moved_is_noticed_though_the_count_is_right(serve):
    moved = record(0, updated_at="2025-03-30T08:00:00")
    with pytest.raises(SourceChanged, match="1 record came on two pages: rows moved"):
        pull(rest(PAGED), serve(pages_of(ROWS[:2], ROWS[3:5], [ROWS[5], moved], total=6)))


def test_another_total_in_the_middle_is_a_change_of_the_source(serve):
    server = serve(lambda r: Reply({"data": ROWS[int(r.query["page"]) * 2 - 2 :][:2], "total": 6 + len(server.requests)}))
    with pytest.raises(SourceChanged, match="page 1 spoke of 7 records in all, this page of 8") as caught:
        pull(rest(PAGED), server)
    assert "page 2" in caught.value.place


def test_a_record_that_stands_twice_in_the_source_itself_is_taken_the_second_time(serve):
    twice = [*ROWS[:4], ROWS[1], ROWS[5]]
    server = serve(lambda r: Reply({"data": twice[int(r.query["page"]) * 2 - 2 :][:2], "total": 6}))
    connector = RestConnector(rest(PAGED), server.resolver())
    with pytest.raises(SourceChanged):
        list(connector.pages(ALL))
    assert items(list(connector.pages(ALL))) == keys(0, 1, 2, 3, 1, 5)


def test_a_total_that_no_page_names_is_a_problem(serve):
    with pytest.raises(Problem, match=r"nothing at 'meta\.total'"):
        pull(rest({"by": "none", "total": "meta.total"}), serve(lambda r: Reply({"data": ROWS})))


def test_a_source_that_changes_once_is_read_again_and_nothing_half_is_landed(serve, batches):
    rounds = [[ROWS[:2], ROWS[1:3], ROWS[3:5]], [ROWS[:2], ROWS[2:4], ROWS[4:6]]]
    answers = iter([page for pages in rounds for page in pages])
    server = serve(lambda r: Reply({"data": next(answers), "total": 6}))
    report = pull_feed(rest(PAGED), batches, server.resolver(), NOW)
    assert (report.status, report.rows) == ("landed", 6)
    assert pq.read_table(batches.data(report.batch_id)).column("item_no").to_pylist() == keys(*range(6))


def test_a_source_that_never_comes_to_rest_lands_nothing(serve, batches):
    server = serve(lambda r: Reply({"data": ROWS[:2] if r.query["page"] == "1" else [], "total": 6}))
    with pytest.raises(SourceChanged, match="2 records came"):
        pull_feed(rest(PAGED), batches, server.resolver(), NOW)
    assert [request.query["page"] for request in server.requests].count("1") == 3
    assert batches.manifests() == []


def test_control_totals_are_those_of_the_last_page_that_has_them(serve):
    def answer(request):
        number = int(request.query["page"])
        sums = {1: {"sum": 1.50}, 2: {"sum": 12345678901234.50}}.get(number, {})
        return Reply({"data": ROWS[number * 2 - 2 :][:2], "check": sums}, headers={"X-Rows": "6"})

    feed = rest({"by": "page_number", "size": 2}, controls={"amount": "check.sum", "rows": "header:X-Rows", "none": "check.none"})
    pages = pull(feed, serve(answer))
    assert [dict(page.controls) for page in pages][-1] == {"amount": "12345678901234.5", "rows": "6"}


def test_a_wire_problem_names_its_page_and_keeps_its_kind(serve):
    def answer(request):
        return Reply({"data": ROWS[:2]}) if request.query["page"] == "1" else Reply(status=404)

    with pytest.raises(Problem, match="answered 404") as caught:
        pull(rest({"by": "page_number", "size": 2}), serve(answer))
    assert caught.value.place.endswith("/items, page 2")
    with pytest.raises(SourceAway) as away:
        pull(rest(), serve(lambda r: Reply(status=503, headers={"Retry-After": "999"})))
    assert away.value.place.endswith("/items, the answer")


def test_whoever_stops_early_ends_the_reading_ahead(serve):
    server = serve(lambda r: Reply({"data": [record(int(r.query["page"]) * 2), record(int(r.query["page"]) * 2 + 1)]}))
    pages = RestConnector(rest({"by": "page_number", "size": 2}), server.resolver()).pages(ALL)
    next(pages)
    pages.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "pages-ahead"]
    assert len(server.requests) <= 5
