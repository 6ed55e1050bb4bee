"""Doubles of sources: one a connector type, on this machine, made from a feed's contract."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import entry_points

from conformance.doubles.double import Double
from conformance.doubles.files import FilesDouble
from conformance.doubles.nbs import NbsDouble
from conformance.doubles.rest import RestDouble
from conformance.doubles.sdmx import SdmxDouble
from conformance.doubles.sql import SqlDouble
from declarations.feed import FeedContract
from declarations.problem import Problem

DoubleMaker = Callable[[FeedContract, datetime], Double]
ENTRY_POINTS = "traceless.doubles"
DOUBLES: dict[str, DoubleMaker] = {"rest": RestDouble, "sql": SqlDouble, "files": FilesDouble, "sdmx": SdmxDouble, "nbs": NbsDouble}


def double_maker(contract: FeedContract) -> DoubleMaker:
    """The double of a contract's connector type: ours, or the one that a package brings by the entry point group
    ``traceless.doubles`` under the connector's name. Raises Problem where there is none."""
    name = contract.source.connector
    if name in DOUBLES:
        return DOUBLES[name]
    found = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
    if found is None:
        what = f"there is no double for the connector '{name}'."
        fix = f"its package can bring one by an entry point of the group {ENTRY_POINTS} (docs/connector.md)."
        raise Problem(f"feed {contract.id}", what, fix)
    maker: DoubleMaker = found.load()
    return maker
