"""Which class pulls for which connector name. Each is imported only when a feed uses it."""

from importlib import import_module

from connectors.protocol import Connector, Resolver
from declarations.feed import FeedContract

CONNECTORS = {
    "sql": "connectors.sql:SqlConnector",
    "rest": "connectors.rest:RestConnector",
    "files": "connectors.files:FilesConnector",
    "sdmx": "connectors.sdmx:SdmxConnector",
}


def connector_for(contract: FeedContract, resolve: Resolver) -> Connector:
    """The connector of a feed's source. Raises Problem where the connection is unknown or incomplete."""
    module, _, name = CONNECTORS[contract.source.connector].partition(":")
    connector: Connector = getattr(import_module(module), name)(contract, resolve)
    return connector
