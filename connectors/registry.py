"""Which class pulls for which connector name. Each is imported only when a feed uses it."""

from importlib import import_module
from typing import Any

from connectors.protocol import Connector, Resolver
from declarations.feed import FeedContract
from declarations.feed.source import plugged_connector
from declarations.problem import Problem

CONNECTORS = {
    "sql": "connectors.sql:SqlConnector",
    "rest": "connectors.rest:RestConnector",
    "files": "connectors.files:FilesConnector",
    "sdmx": "connectors.sdmx:SdmxConnector",
    "nbs": "connectors.nbs:NbsConnector",
}


def connector_for(contract: FeedContract, resolve: Resolver) -> Connector:
    """The connector of a feed's source. Raises Problem where the type or the connection is unknown or incomplete."""
    connector: Connector = _class(contract)(contract, resolve)
    return connector


def _class(contract: FeedContract) -> Any:
    name = contract.source.connector
    if name in CONNECTORS:
        module, _, class_name = CONNECTORS[name].partition(":")
        return getattr(import_module(module), class_name)
    found = plugged_connector(name)
    if found is None:
        what = f"there is no connector '{name}' (any more)."
        raise Problem(f"feed {contract.id}: source", what, "install the package that brings it, or correct 'connector'.")
    return found
