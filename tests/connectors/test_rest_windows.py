"""What a REST source is asked for: since the cursor, up to an end, slice by slice."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from connectors.protocol import SourceChanged, Window
from declarations.problem import Problem
from tests.connectors.rest_kit import ALL, items, keys, pull, rest
from tests.connectors.source_kit import COLUMNS, Reply, contract, record

NOW = datetime(2025, 3, 15, 18, 30, tzinfo=UTC)  # 16 March 02:30 in China
UPDATED = {"cursor": {"column": "updated_at"}, "until_parameter": "before"}
DUE = {"cursor": {"column": "due_on"}, "until_parameter": "before"}


def asked(serve, source, window=ALL, feed=None):
    server = serve(lambda r: Reply({"data": []}))
    pull(feed or rest(**source), server, window, NOW)
    return [(request.query.get("updated_since"), request.query.get("before")) for request in server.requests]


def sliced(every, first, by=UPDATED, **more):
    return {**by, "slices": {"every": every, "first": first}, **more}


@pytest.mark.parametrize(
    ("source", "until", "sent"),
    [
        (UPDATED, "2025-03-09T12:00:00", "2025-03-09T12:00:01"),
        (UPDATED, "2025-03-09", "2025-03-10T00:00:00"),
        ({**UPDATED, "until_is": "inclusive"}, "2025-03-09", "2025-03-09T23:59:59.999999"),
        (DUE, "2025-03-09", "2025-03-10"),
        ({**DUE, "until_is": "inclusive"}, "2025-03-09", "2025-03-09"),
        ({"cursor": {"column": "grade"}, "until_parameter": "before"}, "4", "5"),
        ({"cursor": {"column": "grade"}, "until_parameter": "before", "until_is": "inclusive"}, "4", "4"),
        ({"cursor": {"column": "item_no"}, "until_parameter": "before"}, "A4", "A4"),
        ({"cursor": {"column": "updated_at"}}, "2025-03-09", None),
    ],
)
def test_the_inclusive_end_of_a_back_fill_as_the_source_understands_it(serve, source, until, sent):
    assert asked(serve, source, Window("2025-03-01", {}, until)) == [("2025-03-01", sent)]


def test_ends_are_said_in_the_columns_own_format(serve):
    columns = [{**column, "format": "%Y%m%d %H:%M:%S"} if column["name"] == "updated_at" else column for column in COLUMNS]
    source = {"connector": "rest", "connection": "sample_api", "path": "/items", "records": "data", **sliced("month", "2025-02-01")}
    feed = contract({**source, "until_is": "inclusive"}, columns=columns)
    assert asked(serve, {}, ALL, feed) == [("20250201 00:00:00", "20250228 23:59:59"), ("20250301 00:00:00", "20250331 23:59:59")]


@pytest.mark.parametrize(
    ("every", "first", "ends"),
    [
        ("day", "2025-03-14", ["2025-03-14", "2025-03-15", "2025-03-16", "2025-03-17"]),
        ("week", "2025-03-01", ["2025-03-01", "2025-03-03", "2025-03-10", "2025-03-17"]),
        ("month", "2024-12-31", ["2024-12-31", "2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]),
        ("quarter", "2024-08-15", ["2024-08-15", "2024-10-01", "2025-01-01", "2025-04-01"]),
        ("year", "2023-05-01", ["2023-05-01", "2024-01-01", "2025-01-01", "2026-01-01"]),
    ],
)
@pytest.mark.parametrize("by", [UPDATED, DUE])
def test_slices_are_cut_at_the_calendars_borders_oldest_first_without_gap_or_overlap(serve, every, first, ends, by):
    texts = ends if by is DUE else [f"{end}T00:00:00" for end in ends]
    assert asked(serve, sliced(every, first, by)) == list(pairwise(texts))


def test_hours_begin_at_the_cursor_less_its_look_back(serve):
    found = asked(serve, sliced("hour", "2020-01-01"), Window("2025-03-16T00:20:00", {}))
    assert found == [
        ("2025-03-16T00:20:00", "2025-03-16T01:00:00"),
        ("2025-03-16T01:00:00", "2025-03-16T02:00:00"),
        ("2025-03-16T02:00:00", "2025-03-16T03:00:00"),
    ]


def test_times_with_a_zone_are_compared_in_it(serve):
    found = asked(serve, sliced("hour", "2020-01-01"), Window("2025-03-15T17:20:00+00:00", {}))
    assert found[-1] == ("2025-03-15T18:00:00+00:00", "2025-03-15T19:00:00+00:00")
    assert len(found) == 2


def test_a_back_fill_ends_where_it_is_told_to(serve):
    found = asked(serve, sliced("month", "2020-01-01"), Window("2025-01-10", {}, "2025-02-20"))
    assert found == [("2025-01-10T00:00:00", "2025-02-01T00:00:00"), ("2025-02-01T00:00:00", "2025-02-21T00:00:00")]
    inclusive = asked(serve, sliced("month", "2020-01-01", DUE, until_is="inclusive"), Window("2025-01-10", {}, "2025-02-20"))
    assert inclusive == [("2025-01-10", "2025-01-31"), ("2025-02-01", "2025-02-20")]


def test_a_cursor_ahead_of_the_clock_still_asks_once(serve):
    assert asked(serve, sliced("day", "2020-01-01"), Window("2025-05-05T10:00:00", {})) == [("2025-05-05T10:00:00", "2025-05-06T00:00:00")]


def test_each_slice_has_its_pages_its_total_and_its_share_of_the_control_totals(serve):
    rows = [record(n, updated_at=f"2025-0{1 + n // 5}-1{n % 5}T08:00:00") for n in range(15)]

    def answer(request):
        since, before, at = request.query["updated_since"], request.query["before"], int(request.query["offset"])
        found = [row for row in rows if since <= row["updated_at"] < before]
        return Reply({"data": found[at : at + 2], "total": len(found), "sum": "10.25"})

    feed = rest({"by": "offset", "size": 2, "total": "total"}, **sliced("month", "2025-01-01"), controls={"amount": "sum"})
    server = serve(answer)
    pages = pull(feed, server, ALL, NOW)
    assert items(pages) == keys(*range(15))
    assert len(server.requests) == 9
    assert pages[-1].controls == {"amount": "30.75"}


def test_a_failing_slice_is_named(serve):
    def answer(request):
        return (
            Reply(status=404)
            if request.query["before"] == "2025-03-01"
            else Reply({"data": [1] if "02" in request.query["before"] else []})
        )

    with pytest.raises(Problem) as caught:
        pull(rest(**sliced("month", "2025-01-01", DUE)), serve(answer), ALL, NOW)
    assert caught.value.place.endswith("/items, slice 2025-02-01 to 2025-03-01, the answer")
    with pytest.raises(SourceChanged) as short:
        pull(
            rest({"by": "none", "total": "total"}, **sliced("month", "2025-01-01", DUE)),
            serve(lambda r: Reply({"data": [], "total": 1})),
            ALL,
            NOW,
        )
    assert short.value.place.endswith("/items, slice 2025-01-01 to 2025-02-01")


@pytest.mark.parametrize(("column", "every"), [("grade", "day"), ("due_on", "hour")])
def test_slices_of_a_column_that_is_no_such_time_are_a_problem(serve, column, every):
    with pytest.raises(Problem, match=f"column '{column}'"):
        asked(serve, sliced(every, "2025-01-01", {**UPDATED, "cursor": {"column": column}}))
