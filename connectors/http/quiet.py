"""Keeps secrets out of the logs of the libraries: urllib3 writes whole addresses, and a query may hold a key."""

import logging


class _NoQuery(logging.Filter):
    """Cuts the query from each address in a record; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(value) for value in record.args)
        return True


def _cut(value: object) -> object:
    if isinstance(value, int | float) or value is None:
        return value
    text = str(value)
    return text.split("?", 1)[0] + "?…" if "?" in text else value


def keep_queries_out_of_logs() -> None:
    """Once is enough; again does no harm."""
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "urllib3.response"):
        logger = logging.getLogger(name)
        if not any(isinstance(found, _NoQuery) for found in logger.filters):
            logger.addFilter(_NoQuery())
