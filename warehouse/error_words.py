"""What DuckDB says of an error, as far as people may see it."""

import duckdb

_OF_VALUES = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)


def first_line(error: duckdb.Error, withhold: bool) -> str:
    """The first line of the message, without a full stop. ``withhold``: an error about a value does not show it; it may be
    somebody's name."""
    line = str(error).splitlines()[0].rstrip(".")
    if withhold and isinstance(error, _OF_VALUES):
        return f"{line.partition(':')[0]} (of which value is not shown: the feed has personal data)"
    return line
