"""Laws 4, 5, 7: as-of answers stand for ever; incremental = full rebuild; order and threads change nothing."""

from collections.abc import Callable

import pytest
from county_copy import County
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from warehouse.store import open_warehouse

HEADER = "rating_no,org_id,rated_on,grade\n"


def test_law_4_as_of_gives_the_same_answer_whatever_arrives_later(county: County) -> None:
    county.run()
    with open_warehouse(county.project.warehouse_file) as con:
        moment = con.execute("select max(observed_at) from staging.ratings").fetchone()
        before = con.execute("select record_id, grade from staging.ratings_as_of(?) order by all", moment).fetchall()
    county.drop("ratings", "later.csv", HEADER + "R01,A,2025-02-15,1\nR90,B,2025-02-15,5\n")
    county.run()
    with open_warehouse(county.project.warehouse_file) as con:
        assert con.execute("select record_id, grade from staging.ratings_as_of(?) order by all", moment).fetchall() == before
        now = dict(con.execute("select record_id, grade from staging.ratings_current").fetchall())
    assert (now["R01"], now["R90"], dict(before)["R01"]) == (1, 5, 4)


def test_law_4_an_old_publication_still_says_what_it_said(county: County) -> None:
    first = county.run().publication
    county.drop("ratings", "later.csv", HEADER + "".join(f"R{i:02d},A,2025-02-15,1\n" for i in range(1, 9)))
    second = county.run().publication
    assert first is not None
    assert second is not None
    from warehouse.publication import open_published

    ask = "select score from result where scheme = 'town' and period = '2025-Q1' and subject_id = 'A'"
    scores = []
    for publication in (first.publication, second.publication):
        with open_published(county.project.published_dir, publication) as con:
            scores.append(con.execute(ask).fetchone()[0])  # type: ignore[index]
    assert scores[0] == 83
    assert scores[1] < 83


_changes = st.lists(
    st.tuples(
        st.sampled_from(["late", "revised", "repeated"]),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["2025-01-03", "2025-02-15", "2025-04-01", "2025-12-31"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=_changes)
@pytest.mark.slow
def test_law_5_incremental_is_a_full_rebuild(new_county: Callable[[str], County], changes: list[tuple[str, str, str, int]]) -> None:
    import uuid

    stepwise, whole = new_county(uuid.uuid4().hex), new_county(uuid.uuid4().hex)
    stepwise.run()
    _land_only(whole)
    for number, (kind, org, day, grade) in enumerate(changes):
        key = {"late": f"N{number}", "revised": f"R{number + 1:02d}", "repeated": "R24"}[kind]
        row = stepwise.rows("ratings")[24] if kind == "repeated" else f"{key},{org},{day},{grade}"
        for county in (stepwise, whole):
            county.drop("ratings", f"z{number}.csv", HEADER + row + "\n")
        stepwise.run()
        _land_only(whole)
    whole.run()
    assert stepwise.published_hash() == whole.published_hash()


def _land_only(county: County) -> None:
    """Pull each drop as its own batch, so that both counties have observed the same things in the same order."""
    from pipeline import steps

    for feed in county.project.feeds:
        steps.pull(county.project, feed, county.resolve)


def test_law_7_shuffled_rows_and_other_thread_counts_publish_the_same(new_county: Callable[[str], County], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    plain, shuffled = new_county("plain"), new_county("shuffled")
    shuffled.shuffle(seed=5)
    plain.run()
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    shuffled.run()
    assert plain.published_hash() == shuffled.published_hash()
