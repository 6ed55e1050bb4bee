"""Which indicators a feed can feed: those declared for it, and those of like feeds that would work on its columns."""

from dataclasses import dataclass

from declarations.check_indicator import check_indicator
from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.project import Project
from pipeline.feeds.lineage import columns_of_indicator


@dataclass(frozen=True)
class Derivable:
    """An indicator and whether this feed can give it. ``like``: the feed for which it is declared, where that is another."""

    indicator: Indicator
    columns: tuple[str, ...]
    like: str | None
    problem: str | None


def derivable_indicators(project: Project, contract: FeedContract) -> list[Derivable]:
    """The feed's own indicators first; then those of other feeds of its kind whose columns it has, under the same names."""
    own = [_judged(project, contract, i, None) for i in project.stated_indicators.values() if i.feed == contract.id]
    if own:
        return own
    kin = {feed.id for feed in project.readable_feeds.values() if feed.kind == contract.kind and feed.id != contract.id}
    lent = [_judged(project, contract, i, i.feed) for i in project.stated_indicators.values() if i.feed in kin]
    return [found for found in lent if found.problem is None]


def _judged(project: Project, contract: FeedContract, indicator: Indicator, like: str | None) -> Derivable:
    lent = indicator.model_copy(update={"feed": contract.id})
    try:
        check_indicator(project.root / "indicators", lent, {contract.id: contract})
    except Problem as problem:
        where = problem.place.rpartition(f"{indicator.code}.")[2]
        return Derivable(indicator, (), like, f"{where}: {problem.what} {problem.fix}")
    return Derivable(indicator, tuple(sorted(columns_of_indicator(lent, contract))), like, None)
