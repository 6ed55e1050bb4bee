"""REST sources: paging, formats, windows and the checks that what came is whole."""

from connectors.rest.connector import RestConnector

__all__ = ["RestConnector"]
