"""What each command answers, and what it says to a slip of the hand."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_county import RUN, Answer, County


@pytest.fixture(scope="module")
def grown(worked: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """The county after a second publication: A was commended. Only to be read."""
    county = worked.copy(tmp_path_factory.mktemp("grown") / "county")
    head = (county.root / "data/documents/documents.csv").read_text().splitlines()[0]
    county.drop("data/documents/later.csv", f"{head}\nD6,No. 6,commendation,A,,County,2025-02-05,true,true,false,1\n")
    assert county.said("run", "--period", "2025-Q1").code == 0
    return county


def cells(answer: Answer) -> dict[str, list[str]]:
    """Rows of the shown tables by their first cell; of several of one name the first."""
    assert answer.code == 0, answer
    found: dict[str, list[str]] = {}
    for line in filter(str.strip, answer.out.splitlines()):
        found.setdefault(line.split()[0], line.split())
    return found


def test_feed_list_shows_kind_source_owner_and_state(worked: County) -> None:
    answer = worked.typed("feed", "list")
    assert cells(answer)["items"] == ["items", "督查事项", "inspection", "files", "items_files", "golden", "county", "green"]
    assert cells(worked.typed("feed", "list", columns=80)).keys() >= {"documents", "growth", "items", "people", "ratings"}


def test_status_before_anything_was_pulled(tmp_path: Path) -> None:
    answer = County.new(tmp_path / "new").typed("status")
    assert cells(answer)["ratings"][:4] == ["ratings", "yellow", "0", "0"]
    assert "ratings: never pulled. Next step: traceless feed pull ratings" in answer.out
    assert "Nothing is published yet. Next step: traceless run --period YEAR" in answer.out


def test_status_after_a_run(worked: County) -> None:
    answer = worked.typed("status")
    assert cells(answer)["ratings"][:5] == ["ratings", "green", "54", "54", "0"]
    assert re.search(r"town +2025 +approved +Li Ming +P000001-\w{8} +\d{4}-", answer.out)
    assert re.search(r"town +2025-Q1 +provisional +– +P000001-\w{8}", answer.out)


def test_status_of_a_feed_whose_contract_cannot_be_read(county: County) -> None:
    county.change("feeds/ratings/feed.yaml", "kind: rating", "kind: ratings")
    answer = county.said("status")
    assert cells(answer)["ratings"][:3] == ["ratings", "red", "54"]
    assert re.search(r"ratings: .*feed\.yaml:2: kind: .*'ratings'.* Next step: Did you mean 'rating'", answer.out)
    assert re.search(r"ratings +– .* red", county.said("feed", "list").out)


def test_a_load_that_is_stopped_is_told_by_status(county: County) -> None:
    county.change("indicators/golden.yaml", "feed: items", "feed: itmes")
    assert "there is no feed 'itmes'" in county.said("feed", "pull", "ratings").problem
    assert re.search(r"ratings: .*there is no feed 'itmes'.* Next step: Did you mean 'items'", county.said("status").out)


def test_a_column_of_another_type_is_read_from_its_texts_again(county: County) -> None:
    before = county.said("query", "select count(*) from adjustment").out
    county.change("feeds/documents/feed.yaml", "name: authority, type: string", "name: authority, type: integer")
    refused = county.typed("feed", "pull", "documents")
    assert "Traceback" not in refused.err
    assert re.search(r"documents +nothing new +\d+ +0 +\d+", refused.out), refused
    county.change("feeds/documents/feed.yaml", "name: authority, type: integer", "name: authority, type: string")
    assert county.said("feed", "pull", "documents").code == 0
    assert county.said(*RUN).code == 0
    assert county.said("query", "select count(*) from adjustment").out == before


def test_a_batch_with_refused_rows_keeps_what_it_brought_when_a_column_is_added(county: County) -> None:
    county.drop("data/ratings/bad.csv", "rating_no,org_id,rated_on,grade\nR98,A,not a day,4\nR99,A,2025-02-15,5\n")
    assert county.said("feed", "pull", "ratings").code == 0
    county.change("feeds/ratings/feed.yaml", "columns:\n", "columns:\n  - {name: channel, type: string, zh: 渠道, meaning: Where}\n")
    county.drop("data/ratings/later.csv", "rating_no,org_id,rated_on,grade,channel\nR97,A,2025-02-16,5,hall\n")
    for _ in range(2):
        answer = county.said("feed", "pull", "ratings")
        assert answer.code == 0, answer
    assert cells(county.said("status"))["ratings"][:5] == ["ratings", "green", "57", "56", "1"]


def test_refused_rows_are_counted_and_their_place_is_told(county: County) -> None:
    county.drop("data/ratings/bad.csv", "rating_no,org_id,rated_on,grade\nR98,A,not a day,4\nR99,A,2025-02-15,5\n")
    answer = county.said("feed", "pull", "ratings")
    assert cells(answer)["ratings"][:6] == ["ratings", "landed", "2", "1", "1", "1"]
    status = county.said("status")
    assert cells(status)["ratings:"]
    assert re.search(
        r"ratings: 1 of the last batch's 2 rows were refused; most: 1 row: rated_on .* is not a date.*quarantine\.parquet", status.out
    )


def test_a_second_run_changes_nothing(county: County) -> None:
    before = (county.publications(), sorted(map(str, county.files())))
    answer = county.typed(*RUN)
    assert answer.code == 0
    assert re.search(r"published: .*P000001-\w{8}\.duckdb \(nothing changed\)", answer.out)
    assert cells(answer)["ratings"][:4] == ["ratings", "nothing", "new", "0"]
    assert "changed" not in answer.out.replace("nothing changed", "").replace("quarters changed", "")
    assert (county.publications(), sorted(map(str, county.files()))) == before


def test_annual_results_wait_for_an_approver(worked: County, tmp_path: Path) -> None:
    county = County.new(tmp_path / "county")
    answer = county.said("run", "--period", "2025")
    assert answer.code == 0
    told = "annual results wait for an approver (cadre, service, town). Next step: traceless run --period 2025 --no-pull --approver NAME"
    assert told in answer.out
    assert county.said("explain", "A", "--period", "2025", "--scheme", "town").code == 1
    answer = county.said("run", "--period", "2025", "--no-pull", "--approver", "Li Ming")
    assert (answer.code, "not asked" in answer.out, "annual results wait" in answer.out) == (0, True, False)
    assert county.published() == worked.published()


def test_query_shows_a_table(grown: County) -> None:
    answer = grown.typed("query", "select subject_id, score from result where scheme = 'town' and period = '2025-Q1' order by 1")
    assert [row[:2] for row in list(cells(answer).values())[2:5]] == [["A", "84"], ["B", "84"], ["C", "50"]]


def test_query_as_csv_is_whole_and_unrounded(worked: County) -> None:
    answer = worked.typed("query", "--csv", "from result order by all")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert len(rows) == 45
    score = next(r["base_score"] for r in rows if r["subject_id"] == "X" and r["period"] == "2025-Q1")
    assert float(score) == pytest.approx(80.0874720358, abs=1e-10)
    assert answer.err == ""


def test_query_of_an_older_publication(worked: County, grown: County) -> None:
    statement = "select score from result where scheme = 'town' and period = '2025-Q1' and subject_id = 'A'"
    assert "84" in grown.said("query", statement).out
    assert "83" in grown.said("query", statement, "--publication", worked.current()).out
    told = grown.said("query", statement, "--publication", "P000009-00000000").problem
    assert re.search(f"publication P000009-00000000: there is no such publication.* Next step: name one of .*{worked.current()}", told)


def test_query_shows_no_more_rows_than_asked_for(worked: County) -> None:
    answer = worked.said("query", "--limit", "2", "select subject_id from result")
    assert "the first 2 rows; more with --limit, all with --csv" in answer.out
    assert worked.said("query", "select 1 where false").out.endswith("0 rows\n")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("selec 1", r'syntax error at or near "selec".*tables are adjustment, .*, treatment; \'describe result\' lists columns'),
        ("from resul", r"resul does not exist.*Did you mean result\?.*tables are"),
        ("select scor from result", r'"scor" not found.*Did you mean "score"'),
        ("select cast('x' as int)", r"Could not convert string 'x'"),
        ("", r"has no answer.*ask with select or from"),
        ("drop table result", r"only reading is allowed here.*DROP"),
        ("update result set score = 100", r"only reading is allowed here.*UPDATE"),
        ("create table mine as from result", r"only reading is allowed here.*CREATE"),
        ("copy result to '/tmp/traceless-test.csv'", r"only reading is allowed here.*--csv"),
        ("from read_text('/etc/hostname')", r"only reading is allowed here"),
        ("attach '/tmp/traceless-test.duckdb' as other", r"only reading is allowed here"),
        ("set enable_external_access = true", r"only reading is allowed here"),
    ],
)
def test_a_statement_that_cannot_be_run(worked: County, statement: str, told: str) -> None:
    before = worked.publications()
    assert re.search(told, worked.said("query", statement).problem)
    assert worked.publications() == before


def test_sql_is_a_prompt_that_survives_a_mistake(worked: County) -> None:
    answer = worked.typed("sql", stdin="from resul\nselect count(*) as n from result\n\nnot asked\n")
    assert answer.code == 0
    assert "responsibility" in answer.out
    assert re.search(r"Problem query: .*resul does not exist", answer.err)
    assert "45" in answer.out.split("sql> ")[2]
    assert len(answer.out.split("sql> ")) == 4


@pytest.mark.parametrize("columns", [60, 80])
def test_a_table_fits_the_screen_without_breaking_words(worked: County, columns: int) -> None:
    for command in (["status"], ["query", "from result where subject_id = 'X' and period = '2025-Q1'"]):
        out = worked.typed(*command, columns=columns).out
        assert max(map(len, out.splitlines())) <= columns
        assert {"documents", "provisional"} <= set(out.split()) or re.search(r"^grade_suggestion +competent *$", out, re.MULTILINE)


def test_explain_shows_the_tree_with_units_and_contributions(worked: County) -> None:
    answer = worked.typed("explain", "Town A", "--period", "2025-Q1", "--scheme", "town")
    assert answer.code == 0
    for line in (
        "83 points 得分, coverage 覆盖率 100.0 %, suggested grade 建议等次: 良好 "
        "(over the ceiling: next grade; excellent: place 2, room for 1 (34 % of 3))",
        "leaf contributions 84.000000 + adjustments -1 = 83.000000",
        "84.000  样例乡镇 Golden towns",
        "50.000  增速 Growth 0.500×100 ← growth 5%, target 5%, n=1",
        "10.000  按期率 On time 0.400×50 ← on_time 75%, n=4",
    ):
        assert line in answer.out
    assert re.search(r"accident +deduction +No\. 1 +2025-02-01 +County +cap 1 +-1", answer.out)


def test_explain_shows_no_points_where_a_value_is_missing(worked: County) -> None:
    answer = worked.said("explain", "C", "--period", "2025-Q1", "--scheme", "town")
    assert re.search(r"– +满意率 Satisfaction 样本不足 too_few ← satisfaction, n=4", answer.out)


def test_explain_leads_to_the_source_rows(worked: County) -> None:
    answer = worked.typed("explain", "A", "--period", "2025-Q1", "--scheme", "town", "--indicator", "on_time", "--rows", "3")
    assert "督查事项 Inspection items: 3 of the 4 rows counted" in answer.out
    assert re.search(r"I2 +2025-01-20 +0 +1 +org_id A; closed_on 2025-02-20 +\w{16} +2", answer.out)
    assert re.search(r"\w{16} +\d{4}-\S+ \S+ +– +– +11 +11 +0 ", answer.out), "the batch with fetched, accepted, quarantined"
    every = worked.said("explain", "A", "--period", "2025-Q1", "--scheme", "town", "--rows", "1").out
    assert every.count(" rows counted") == 3


def test_explain_as_an_older_publication_said_it(worked: County, grown: County) -> None:
    asked = ("explain", "A", "--period", "2025-Q1", "--scheme", "town")
    assert "84 points" in grown.said(*asked).out
    older = grown.said(*asked, "--publication", worked.current(), "--rows", "1")
    assert "83 points" in older.out
    assert worked.current() in older.out


def test_explain_shows_what_moved_the_score(worked: County, grown: County) -> None:
    out = worked.typed("explain", "A", "--period", "2025-Q2", "--scheme", "service", "--moved-since", "2025-Q1").out
    assert "80 → 60 points 得分, -20.0000, from 2025-Q1 to 2025-Q2" in out
    assert re.search(r"满意率 +satisfaction +0\.8 → 0\.6 +80 → 60 +-20\.0000 +0 +-20\.0000", out)
    assert out.rstrip().endswith("-20.0000 = -20.0000 values 数值")
    since = grown.said("explain", "A", "--period", "2025-Q1", "--scheme", "town", "--moved-since", worked.current()).out
    assert f"from 2025-Q1 of {worked.current()} to 2025-Q1 of {grown.current()}" in since
    assert re.search(r"commendation +0 +\+1\.0000 +\+1\.0000", since)
    assert since.rstrip().endswith("+1.0000 = +1.0000 adjustments 加减分")


def test_explain_shows_what_would_reach_the_next_grade(worked: County) -> None:
    out = worked.typed("explain", "X", "--period", "2025-Q1", "--reach").out
    assert "next grade 下一等次: excellent from 90 points" in out
    # growth has half of the weight: 9.91 points more are 19.82 of its own, 0.96064 of the target 745 / 90
    assert re.search(r"增速 +growth +6\.31% +7\.95% +59 % +5 – 9\.11%", out)
    assert re.search(r"按期率 +on_time +83\.33% +not by itself .*at most 84\.09 points", out)
    best = worked.said("explain", "Z", "--period", "2025-Q1", "--reach").out
    assert "no better grade has a cut that is not reached already" in best


def test_what_would_reach_needs_the_warehouse(county: County) -> None:
    (county.var / "warehouse.duckdb").unlink()
    answer = county.said("explain", "X", "--period", "2025-Q1", "--reach")
    assert re.search(r"warehouse.duckdb: there is no warehouse.*Next step: run 'traceless run --period 2025-Q1' first", answer.problem)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Twn A", "--period", "2025-Q1"), r"subject 'Twn A': is not appraised in 2025-Q1.* Did you mean 'Town A'"),
        (("A", "--period", "2024"), r"period 2024: is not published; published are 2025, 2025-Q1"),
        (("A", "--period", "2025Q1"), r"period 2025Q1: is not published.*Did you mean '2025-Q1'"),
        (("A", "--period", "2025-Q1"), r"has several results in 2025-Q1: A by service, A by town.*--scheme service"),
        (("A", "--period", "2025-Q1", "--scheme", "twn"), r"scheme twn: is not published; published are cadre, service, town.*'town'"),
        (("A", "--period", "2025-Q1", "--scheme", "cadre"), r"'A': is not appraised in 2025-Q1 by cadre.*service 2025-Q1, town 2025-Q1"),
        (("A", "--period", "2025-Q1", "--scheme", "town", "--moved-since", "last"), r"'last' is not a period"),
        (("A", "--period", "2025-Q1", "--scheme", "town", "--moved-since", "2024"), r"period 2024: is not published"),
        (("A", "--period", "2025-Q3", "--scheme", "service", "--moved-since", "2025-Q1"), r"score in 2025-Q3: there is none"),
        (("X", "--period", "2025-Q1", "--indicator", "on_tme"), r"'on_tme' is not in the publication.*Did you mean 'on_time'"),
    ],
)
def test_what_cannot_be_explained(worked: County, arguments: tuple[str, ...], told: str) -> None:
    answer = worked.said("explain", *arguments)
    assert re.search(told, answer.problem)
    assert answer.out == "", "nothing is half shown"


def test_feed_check_shows_rows_and_keeps_nothing(worked: County, tmp_path: Path) -> None:
    county = County.new(tmp_path / "county")
    answer = county.said("feed", "check", "items")
    assert re.search(r"11 rows on 1 page\(s\), the first after [0-9.]+ s; 0 withheld, 0 unreadable", answer.out)
    assert re.search(r"item_no item_no +I1 +I2", answer.out)
    assert re.search(r"Expectations 4 row rules on 11 rows: 0 rows would be refused", answer.out)
    assert re.search(r"on_time +按期率 +closed_on, due_on, org_id +ok", answer.out)
    assert "The contract fits its source." in answer.out
    assert list(county.files()) == []


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (
            "data/items/items.csv",
            "item_no,org_id,due_on,remark\nI1,A,2025-01-10,x\n",
            r"feed items: columns: the source does not send closed_on",
        ),
        ("data/items/items.csv", "item_no,org_id,due_on,closed_on,remark\nI1,A,2025-01-10,,x\n", r"the source sends remark, .*left_out"),
        ("data/items/items.csv", "", r"file items.csv: is empty"),
        ("data/items/items.csv", "item_no,org_id,due_on,closed_on\n督".encode("gb18030"), r"encoding: gb18030"),
    ],
)
def test_feed_check_of_a_source_that_does_not_fit(county: County, path: str, text: str | bytes, told: str) -> None:
    county.drop(path, text)
    assert re.search(told, county.said("feed", "check", "items").problem)


def test_feed_check_tells_what_would_be_refused_and_what_cannot_be_derived(county: County) -> None:
    county.drop("data/items/items.csv", "item_no,org_id,due_on,closed_on\nI1,A,2025-01-10,\nI2,A,soon,\n")
    county.change("feeds/items/feed.yaml", "name: closed_on,", "name: ended_on, source: closed_on,")
    answer = county.said("feed", "check", "items")
    assert re.search(r"on 2 rows: 1 rows would be refused", answer.out)
    assert re.search(r"type +due_on +1 +refuses +due_on", answer.out)
    assert re.search(r"on_time +按期率 +– +numerator: 'closed_on' is no column of feed items", answer.out)


def test_feed_check_of_a_folder_without_a_file(county: County) -> None:
    (county.root / "data/items/items.csv").unlink()
    assert re.search(
        r"feed items: the source has nothing to show.*check table, path or pattern", county.said("feed", "check", "items").problem
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("feed", "pull", "rating"), r"there is no feed 'rating'.*Did you mean 'ratings'.*traceless feed list"),
        (("feed", "check", "nothing"), r"there is no feed 'nothing'"),
        (("run", "--period", "2031"), r"no scheme is of 2031.*schemes exist for \[2025\]"),
        (("run", "--period", "2025-Q5"), r"2025-Q5"),
        (("run", "--period", "last year"), r"last year"),
    ],
)
def test_a_name_that_does_not_exist(worked: County, arguments: tuple[str, ...], told: str) -> None:
    before = sorted(map(str, worked.files()))
    assert re.search(told, worked.said(*arguments).problem)
    assert sorted(map(str, worked.files())) == before


def test_nothing_is_published_yet(tmp_path: Path) -> None:
    county = County.new(tmp_path / "county")
    for command in (("query", "from result"), ("sql",), ("explain", "A", "--period", "2025")):
        assert re.search(r"nothing is published yet.* Next step: run 'traceless run", county.said(*command).problem)
    assert list(county.files()) == []


def test_a_damaged_publication(county: County) -> None:
    (county.var / "published" / "current.duckdb").resolve().write_bytes(b"no database")
    assert re.search(r"current\.duckdb: cannot be opened .*--publication", county.said("query", "from result").problem)


def test_a_folder_that_is_no_project_or_cannot_be_written(county: County, tmp_path: Path) -> None:
    empty = County(tmp_path / "empty")
    assert re.search(r"empty: has no folder feeds/.*--project or TRACELESS_PROJECT", empty.typed("status").problem)
    county.var = county.root / "data/items/items.csv"
    assert re.search(r"items\.csv.*: Not a directory.* Next step: check that path", county.said("feed", "pull", "items").problem)


def test_the_environment_names_the_project_too(worked: County) -> None:
    plain = County(worked.root)
    plain._options = list  # type: ignore[method-assign]
    answer = plain.typed("status", TRACELESS_PROJECT=str(worked.root), TRACELESS_VAR=str(worked.var))
    assert cells(answer)["ratings"][:3] == ["ratings", "green", "54"]


def test_a_reader_that_stops_early_gets_no_trace(worked: County) -> None:
    command = [sys.executable, "-m", "cli.main", *worked._options(), "query", "--csv", "select n.* from node n, node m"]
    piped = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=worked._environment())
    assert piped.stdout is not None
    piped.stdout.readline()
    piped.stdout.close()
    assert piped.stderr is not None
    assert piped.stderr.read() == b""
    piped.wait()
