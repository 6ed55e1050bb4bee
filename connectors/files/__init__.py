"""Files dropped into a folder: found, read as streams, taken once, and moved away when they were landed."""

from connectors.files.connector import FilesConnector

__all__ = ["FilesConnector"]
