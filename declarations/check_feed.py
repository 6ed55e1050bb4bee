"""What a single contract's own model cannot see: other feeds, and whether a rule fits the columns and the source it names."""

from collections.abc import Iterator, Mapping

from declarations.feed import ControlTotal, ExistsIn, FeedContract, Freshness, RowCount
from declarations.problem import Problem
from declarations.yaml_file import nearest


def check_relations(contract: FeedContract, feeds: Mapping[str, object]) -> None:
    """Raise Problem where a column or rule refers to a feed or column that is not there, or compares unlike types.

    ``feeds``: all feeds of the project by id; one that is no FeedContract (its file is broken) is not looked into.
    """
    for where, name, feed, other in _references(contract):
        place = f"feed {contract.id}: {where}"
        if feed not in feeds:
            hint = nearest(feed, sorted(feeds))
            raise Problem(place, f"there is no feed '{feed}'.", f"{hint}Name one of: {', '.join(sorted(feeds)) or 'none yet'}.")
        found = feeds[feed]
        if not isinstance(found, FeedContract):
            continue
        if other not in found.names:
            hint = nearest(other, found.names)
            raise Problem(place, f"feed {feed} has no column '{other}'.", f"{hint}Its columns: {', '.join(found.names)}.")
        own, theirs = contract.column(name).stored_type, found.column(other).stored_type
        if own != theirs:
            what = f"{name} is of type {own}, {feed}.{other} of type {theirs}: their values are never equal."
            raise Problem(place, what, "give both the same type.")


def _references(contract: FeedContract) -> Iterator[tuple[str, str, str, str]]:
    """Place, own column, other feed, other column."""
    for column in contract.columns:
        if column.refers_to is not None:
            feed, other = column.refers_to.split(".")
            yield f"column {column.name}: refers_to", column.name, feed, other
    for number, rule in enumerate(contract.expectations):
        if isinstance(rule, ExistsIn):
            yield f"expectations.{number}: exists_in of {rule.column}", rule.column, rule.feed, rule.other


def check_batch_rules(contract: FeedContract) -> None:
    """Raise Problem where a rule about the batch as a whole cannot be judged: no bound, a column of another type, no such control."""
    for number, rule in enumerate(contract.expectations):
        place = f"feed {contract.id}: expectations.{number}: {rule.rule}"
        if isinstance(rule, RowCount):
            _check_bounds(place, rule)
        elif isinstance(rule, Freshness):
            _check_type(place, contract, rule.column, ("date", "timestamp"), "a date or time")
        elif isinstance(rule, ControlTotal):
            if rule.column is not None:
                _check_type(place, contract, rule.column, ("integer", "decimal"), "a number")
            _check_control(place, contract, rule)


def _check_bounds(place: str, rule: RowCount) -> None:
    if (rule.minimum, rule.maximum, rule.least_of_usual, rule.most_of_usual) == (None,) * 4:
        raise Problem(place, "gives no bound.", "give one of minimum, maximum, least_of_usual, most_of_usual.")


def _check_type(place: str, contract: FeedContract, name: str, types: tuple[str, ...], wanted: str) -> None:
    kind = contract.column(name).type
    if kind not in types:
        raise Problem(place, f"{name} is of type {kind}, not {wanted}.", f"name a column of type {' or '.join(types)}.")


def _check_control(place: str, contract: FeedContract, rule: ControlTotal) -> None:
    """A REST source names its controls; a file's control file may hold any, so only its being declared can be asked for."""
    source = contract.source
    named = getattr(source, "controls", None)
    if named is not None and rule.control not in named:
        hint = nearest(rule.control, list(named))
        fix = f"{hint}Name it in source.controls: {', '.join(named) or 'there is none yet'}."
        raise Problem(place, f"the source has no control '{rule.control}'.", fix)
    if source.connector == "files" and getattr(source, "control_file", None) is None:
        raise Problem(place, "the source has no control file.", "say its ending in source.control_file.")
