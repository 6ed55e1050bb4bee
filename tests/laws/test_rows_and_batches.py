"""Laws 1 to 3: every row has a batch; pulling twice changes nothing; refused, not lost."""

from county_copy import County

from pipeline.steps import batch_files


def test_law_1_fetched_is_accepted_plus_quarantined_in_every_batch(county: County) -> None:
    county.drop("ratings", "bad.csv", "rating_no,org_id,rated_on,grade\nR98,A,not a day,4\nR99,A,2025-02-15,5\n")
    county.run()
    batches = county.query("select feed, fetched, accepted, quarantined from batch")
    assert len(batches) == 5
    assert all(fetched == accepted + refused for _, fetched, accepted, refused in batches)
    assert {feed: refused for feed, _, _, refused in batches}["ratings"] == 1
    assert county.query("select count(*) from quarantine where feed = 'ratings'") == [(1,)]


def test_law_2_pulling_twice_changes_nothing(county: County) -> None:
    county.run()
    before, files = county.published_hash(), sorted(p for p in county.project.landing_dir.rglob("*"))
    again = county.run()
    assert {feed.pulled for feed in again.feeds} == {"nothing_new"}
    assert [a.changed for a in again.appraisals] == [False] * len(again.appraisals)
    assert (county.published_hash(), sorted(p for p in county.project.landing_dir.rglob("*"))) == (before, files)


def test_law_3_a_refused_row_is_kept_with_rule_column_value_and_reason(county: County) -> None:
    import duckdb

    county.drop("ratings", "bad.csv", "rating_no,org_id,rated_on,grade\nR98,A,not a day,4\n")
    county.run()
    files = batch_files(county.project, "ratings")
    paths = [str(files.quarantine(m.batch_id)) for m in files.manifests()]
    kept = duckdb.execute("select record_key, rule, column_name, value, reason from read_parquet(?)", [paths]).fetchall()
    assert [row[:4] for row in kept] == [("R98", "type", "rated_on", "not a day")]
    assert "date" in kept[0][4]


def test_law_3_a_refused_row_comes_in_after_the_source_mended_it(county: County) -> None:
    county.drop("ratings", "bad.csv", "rating_no,org_id,rated_on,grade\nR98,A,not a day,4\n")
    county.run()
    n = county.query(
        "select n from indicator_org where scheme = 'town' and period = '2025-Q1' and indicator = 'satisfaction' and org_id = 'A'"
    )
    county.drop("ratings", "mended.csv", "rating_no,org_id,rated_on,grade\nR98,A,2025-02-16,4\n")
    county.run()
    after = county.query(
        "select n from indicator_org where scheme = 'town' and period = '2025-Q1' and indicator = 'satisfaction' and org_id = 'A'"
    )
    assert (n, after) == ([(10,)], [(11,)])


def test_law_3_refused_rows_are_replayed_after_the_contract_was_mended(county: County) -> None:
    contract = county.root / "feeds" / "ratings" / "feed.yaml"
    right = contract.read_text()
    contract.write_text(right.replace("{name: grade, type: integer,", "{name: grade, type: integer, maximum: 3,"))
    first = next(feed for feed in county.run().feeds if feed.feed == "ratings")
    assert (first.fetched, first.accepted, first.quarantined) == (54, 15, 39)
    contract.write_text(right)
    again = next(feed for feed in county.run().feeds if feed.feed == "ratings")
    assert (again.pulled, again.accepted, again.quarantined, again.rows_new) == ("nothing_new", 54, 0, 39)
    assert county.query("select count(*) from quarantine") == [(0,)]
    assert county.query("select score from result where scheme = 'town' and period = '2025-Q1' and subject_id = 'A'") == [(83,)]


def test_a_column_that_changes_its_type_rebuilds_staging_from_the_batches(county: County) -> None:
    county.run()
    before = county.published_hash()
    contract = county.root / "feeds" / "ratings" / "feed.yaml"
    contract.write_text(contract.read_text().replace("{name: grade, type: integer,", "{name: grade, type: decimal,"))
    county.run()
    assert county.published_hash() == before
