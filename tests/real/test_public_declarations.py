"""The declarations of the public feeds, by which alone they are registered; needs no data."""

from pathlib import Path

import pytest

from declarations.check_indicator import check_indicator
from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.project import Project

HERE = Path(__file__).parent
PROJECT = Project(HERE, HERE / "var")


def test_four_kinds_of_feeds_are_declared_with_their_indicators() -> None:
    used: dict[str, int] = {}
    for indicator in PROJECT.indicators.values():
        used[PROJECT.feeds[indicator.feed].kind] = used.get(PROJECT.feeds[indicator.feed].kind, 0) + 1
    assert used == {"petition": 4, "audit": 3, "statistics": 4, "rating": 3}
    assert {feed.source.connector for feed in PROJECT.feeds.values()} == {"rest", "sql", "sdmx", "files"}
    assert set(PROJECT.schemes) == {"hospital", "office"}


def test_no_python_belongs_to_a_feed() -> None:
    assert {file.suffix for part in ("feeds", "indicators", "schemes") for file in (HERE / part).rglob("*.*")} == {".yaml"}


@pytest.mark.parametrize(("feed", "date"), [("council_cases", "opened_on"), ("audit_findings", "exported_on")])
def test_how_many_there_were_is_refused_as_an_indicator(feed: str, date: str) -> None:
    volume = Indicator.model_validate(
        {
            "code": "volume", "title": {"en": "Volume", "zh": "数量"}, "meaning": "How many there were", "feed": feed, "kind": "amount",
            "unit": "rows", "direction": "lower", "numerator": "1", "decisive_date": date,
        }
    )  # fmt: skip
    with pytest.raises(Problem, match="never scored"):
        check_indicator(HERE / "indicators" / "volume.yaml", volume, PROJECT.feeds)
