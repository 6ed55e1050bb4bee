"""Bad input at the command line: one paragraph with place, value and next step, exit code 1, nothing lost, nothing half-written."""

import csv
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_county import RUN, County

from tests.connectors.source_kit import Reply, Request, Server

Serve = Callable[[Callable[[Request], Reply]], Server]
LATER = "D6,No. 6,commendation,A,,County,2025-02-05,true,true,false,1"
SECRET = "s3cret-of-the-ratings"
TOWN = "schemes/town.yaml"


@dataclass(frozen=True)
class Mistake:
    """How it is made and mended, and what must be told: place, value, next step (a regular expression over one line)."""

    name: str
    make: Callable[[County], None]
    mend: Callable[[County], None]
    told: str


def changed(file: str, old: str, new: str) -> tuple[Callable[[County], None], Callable[[County], None]]:
    """A text replaced in a file, and the file put back."""
    return lambda c: c.change(file, old, new), lambda c: c.restore(file)


def dropped(path: str, text: str | bytes) -> tuple[Callable[[County], None], Callable[[County], None]]:
    """A file put in, or over another, and the folder as it was."""
    return lambda c: c.drop(path, text), lambda c: c.restore(str(Path(path).parent))


def _without_last_column(county: County) -> None:
    file = county.root / "data/items/items.csv"
    file.write_text("\n".join(line.rpartition(",")[0] for line in file.read_text().splitlines()) + "\n")


def _cut_off(county: County) -> None:
    file = county.root / "data/items/items.csv"
    file.write_bytes(file.read_bytes()[:-13])


GOOD_WORDS = "rating_no,org_id,rated_on,grade\n" + "".join(f"N{i},A,2025-02-15,good\n" for i in range(12))
CHINESE = "item_no,org_id,due_on,closed_on\n督1,A,2025-02-15,\n".encode("gb18030")
ONE_FEED = [
    Mistake(
        "unknown column",
        *changed("data/items/items.csv", "item_no,org_id,due_on,closed_on", "item_no,org_id,due_on,closed_on,remark"),
        r"feed items, batch \w+: column 'remark' is not declared.* Next step: .*'remark'.*feeds/items/feed.yaml.*traceless feed pull items",
    ),
    Mistake(
        "missing column",
        _without_last_column,
        lambda c: c.restore("data/items"),
        r"feed items, batch \w+: column 'closed_on' is missing from the source.* Next step: Ask golden county .*feeds/items/feed.yaml",
    ),
    Mistake(
        "wrong type",
        *dropped("data/ratings/words.csv", GOOD_WORDS),
        r"feed ratings, batch \w+: column 'grade' \(grade\): none of its 12 values is of type integer.* Next step: .*ratings/feed.yaml",
    ),
    Mistake(
        "wrong charset",
        *dropped("data/items/later.csv", CHINESE),
        r"feed items: connection 'items_files': file later.csv: is not utf-8: byte 32 \(line 2\).* Next step: .*'?encoding: gb18030'?",
    ),
    Mistake(
        "empty batch",
        *dropped("data/growth/growth.csv", "series,org_id,period_end,value\n"),
        r"feed growth, batch \w+: the batch has 0 rows.* Next step: Ask golden county why nothing came.*minimum: 0",
    ),
    Mistake(
        "truncated file",
        _cut_off,
        lambda c: c.restore("data/items"),
        r"feed items: connection 'items_files': file items.csv: its last row has 2 fields, the header has 4.* Next step: have it sent",
    ),
    Mistake(
        "nothing in the file",
        *dropped("data/items/items.csv", ""),
        r"feed items: connection 'items_files': file items.csv: is empty.* Next step: have the file sent again",
    ),
    Mistake(
        "no folder",
        lambda c: c.connections.update(items_files={"conn_type": "file", "extra": {"path": "/nowhere"}}),
        lambda c: c.connections.update(County(c.root).connections),
        r"feed items: connection 'items_files': there is no folder /nowhere.* Next step: correct 'path'",
    ),
    Mistake(
        "no connection",
        lambda c: c.connections.pop("items_files") and None,
        lambda c: c.connections.update(County(c.root).connections),
        r"connection 'items_files': there is no such connection.* Next step: .*AIRFLOW_CONN_ITEMS_FILES.*connections.env",
    ),
]
DECLARATIONS = [
    Mistake(
        "bad YAML",
        *changed("feeds/ratings/feed.yaml", "columns:\n", "columns:\n\t- x\n"),
        r"feeds/ratings/feed.yaml:8: is not YAML: .* Next step: check indentation",
    ),
    Mistake(
        "wrong type of a column",
        *changed("feeds/ratings/feed.yaml", "type: integer", "type: whole"),
        r"feeds/ratings/feed.yaml:\d+: columns.3.type: .*'whole'.* Next step: Correct this value",
    ),
    Mistake(
        "wrong charset of a declaration",
        lambda c: c.drop("feeds/ratings/feed.yaml", (c.root / "feeds/ratings/feed.yaml").read_text().encode("gb18030")),
        lambda c: c.restore("feeds/ratings/feed.yaml"),
        r"feeds/ratings/feed.yaml:3: is not UTF-8 \(byte 0x.*\).* Next step: save the file as UTF-8",
    ),
    Mistake(
        "unknown indicator",
        *changed(TOWN, "indicator: growth,", "indicator: growh,"),
        r"schemes/town.yaml:\d+: tree\.0\.indicator: node 'growth': there is no indicator 'growh'.* Next step: Did you mean 'growth'",
    ),
    Mistake(
        "weights that do not sum",
        *changed(TOWN, "weight: 0.6", "weight: 0.7"),
        r"schemes/town.yaml:\d+: tree\.1\.children: node 'service': the weights sum to 1.1, not 1: satisfaction 0.7 \+ on_time 0.4.* "
        r"Next step: change them",
    ),
    Mistake(
        "cyclic tree",
        *changed(TOWN, "tree:\n", "tree: &t\n  - {code: loop, title: {en: l, zh: l}, weight: 0, children: *t}\n"),
        r"schemes/town.yaml:\d+: tree.*the tree is a circle.* Next step: write the part out",
    ),
]


def by_name(mistakes: list[Mistake]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("mistake", mistakes, ids=[m.name for m in mistakes])


@pytest.fixture(scope="module")
def undisturbed(worked: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """The county after the later row came in and nothing was wrong."""
    county = worked.copy(tmp_path_factory.mktemp("undisturbed") / "county")
    later(county)
    assert county.said(*RUN).code == 0
    assert county.published() != worked.published()
    return county


def later(county: County) -> None:
    """A row in another feed than the mistake's."""
    head = (county.root / "data/documents/documents.csv").read_text().splitlines()[0]
    county.drop("data/documents/later.csv", f"{head}\n{LATER}\n")


def check_mended(county: County, undisturbed: County) -> None:
    """After the remedy the county is as if nothing had been wrong."""
    answer = county.said(*RUN)
    assert answer.code == 0, answer
    assert county.published() == undisturbed.published()
    assert county.half_written() == []
    assert not re.search(r" (red|yellow) ", county.said("status").out)


@by_name(ONE_FEED)
def test_a_mistake_of_one_feed_stops_that_feed_only(county: County, worked: County, undisturbed: County, mistake: Mistake) -> None:
    before, rows = county.publications(), county.loaded("items") | county.loaded("growth") | county.loaded("ratings")
    later(county)
    mistake.make(county)
    answer = county.said(*RUN)
    assert re.search(mistake.told, answer.problem), answer.problem
    assert before.items() <= county.publications().items(), "an earlier publication is never touched"
    assert "D6" in county.loaded("documents"), "the other feeds go on"
    assert county.loaded("items") | county.loaded("growth") | county.loaded("ratings") == rows
    assert county.half_written() == []
    status = county.said("status")
    assert (status.code, status.out.count(" red ")) == (0, 1)
    assert re.search(mistake.told.partition(": ")[2], status.out), "the status says what the run said"
    mistake.mend(county)
    check_mended(county, undisturbed)


@by_name(DECLARATIONS)
def test_a_mistake_in_a_declaration_stops_before_anything_is_done(county: County, undisturbed: County, mistake: Mistake) -> None:
    before, files = county.publications(), sorted(map(str, county.files()))
    later(county)
    mistake.make(county)
    answer = county.typed(*RUN)
    assert re.search(mistake.told, answer.problem), answer.problem
    assert (county.publications(), sorted(map(str, county.files()))) == (before, files)
    mistake.mend(county)
    check_mended(county, undisturbed)


def test_a_contract_that_cannot_be_read_keeps_no_other_feed_from_being_landed(county: County, undisturbed: County) -> None:
    later(county)
    county.change("feeds/ratings/feed.yaml", "kind: rating", "kind: ratings")
    answer = county.said("feed", "pull", "documents")
    assert re.search(r"feeds/ratings/feed.yaml:2: kind: .*'ratings'", answer.problem)
    assert re.search(r"documents +stopped +1 +1 +0 +0", answer.out), "landed and validated; it is loaded when the contract is mended"
    county.restore("feeds/ratings/feed.yaml")
    check_mended(county, undisturbed)


def test_overlapping_tenures_leave_the_publication_as_it_is(county: County, worked: County, undisturbed: County) -> None:
    head = (county.root / "data/people/people.csv").read_text().splitlines()[0]
    later(county)
    county.drop("data/people/later.csv", f"{head}\n8,post,A,,,,Z,Cadre Z,mayor,chief,,,2025-01-01,\n")
    answer = county.said(*RUN)
    assert re.search(
        r"post 'mayor' of A is held twice: X from .*record 4.* Z from 2025-01-01.*record 8.*Next step: end the earlier", answer.problem
    )
    assert county.publications() == worked.publications()
    assert "D6" in county.loaded("documents")
    assert county.half_written() == []
    county.drop("data/people/mended.csv", f"{head}\n8,post,A,,,,Z,Cadre Z,mayor,chief,,,2025-02-01,\n")
    check_mended(county, undisturbed)


def as_rest(county: County, port: int, password: str) -> None:
    """Let the ratings come from a REST source."""
    source = "{connector: rest, connection: ratings_api, path: /ratings, auth: {scheme: api_key}, timeout: 5s}"
    county.change("feeds/ratings/feed.yaml", '{connector: files, connection: ratings_files, pattern: ["*.csv"]}', source)
    here = {"conn_type": "http", "host": "127.0.0.1", "port": port, "extra": {"allow_loopback": True}}
    county.connections["ratings_api"] = {**here, "password": password}


def ratings_of(county: County) -> Callable[[Request], Reply]:
    """A source that gives the ratings to whoever knows the secret."""
    rows = list(csv.DictReader((county.root / "data/ratings/ratings.csv").open()))
    return lambda request: Reply(rows) if request.headers.get("x-api-key") == SECRET else Reply({"error": "who?"}, 401)


def check_away(county: County, undisturbed: County, told: str, port: int) -> None:
    before = county.publications()
    later(county)
    answer = county.typed(*RUN)  # the server in this process writes to its stderr
    assert re.search(told, answer.problem), answer.problem
    assert before.items() <= county.publications().items()
    assert "D6" in county.loaded("documents")
    status = county.said("status")
    assert re.search(r"ratings +red", status.out), "a feed whose source is away is not green"
    assert "127.0.0.1" in status.out
    check_no_secret(county, "wr0ng-secret", answer.out + answer.err + status.out)
    county.connections["ratings_api"]["port"], county.connections["ratings_api"]["password"] = port, SECRET
    check_mended(county, undisturbed)
    check_no_secret(county, SECRET, county.said("status").out)


def check_no_secret(county: County, secret: str, said: str) -> None:
    assert secret not in said
    assert [str(f) for f in county.files() if secret.encode() in f.read_bytes()] == []


def test_an_unreachable_source(county: County, undisturbed: County, serve: Serve) -> None:
    server = serve(ratings_of(county))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        as_rest(county, closed.getsockname()[1], "wr0ng-secret")
        told = r"connection 'ratings_api': http://127.0.0.1:\d+/ratings[^:]*: cannot be reached.* Next step: check host and port"
        check_away(county, undisturbed, told, server.port)


def test_a_wrong_secret(county: County, undisturbed: County, serve: Serve) -> None:
    server = serve(ratings_of(county))
    as_rest(county, server.port, "wr0ng-secret")
    told = r"connection 'ratings_api': http://127.0.0.1:\d+/ratings[^:]*: answered 401.* Next step: correct login and password"
    check_away(county, undisturbed, told, server.port)


@pytest.mark.parametrize(
    "connection",
    [
        '{"conn_type": "http", "host": "127.0.0.1", "password": "wr0ng-secret"',
        "wr0ng-secret",
        '{"password": "wr0ng-secret"}',
        '{"conn_type": "http", "host": "http://reader:wr0ng-secret@127.0.0.1", "port": 1}',
        "http://reader:wr0ng-secret@127.0.0.1:1",
        '{"conn_type": "http", "host": "127.0.0.1", "port": "wr0ng-secret"}',
    ],
)
def test_a_connection_that_cannot_be_read_shows_no_secret(county: County, connection: str) -> None:
    as_rest(county, 1, "")
    county.connections["ratings_api"] = connection  # type: ignore[assignment]
    answer = county.said("feed", "pull", "ratings")
    assert "connection 'ratings_api'" in answer.problem
    check_no_secret(county, "wr0ng-secret", answer.out + answer.err + county.said("status").out)
