"""What a source column holds, as far as its text and its comparison with a cursor depend on it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class Kind(StrEnum):
    """``MOMENT`` is a time without zone, ``ZONED`` an instant; ``OTHER`` is all the rest."""

    TEXT = "text"
    NUMBER = "number"
    FLOAT = "float"  # of 4 bytes
    DOUBLE = "double"
    DATE = "date"
    MOMENT = "moment"
    ZONED = "zoned"
    TIME = "time"
    BITS = "bits"
    SHAPE = "shape"  # a geometry
    OTHER = "other"


POSTGRES = {
    **dict.fromkeys((25, 1043), Kind.TEXT),
    **dict.fromkeys((20, 21, 23, 1700), Kind.NUMBER),
    700: Kind.FLOAT,
    701: Kind.DOUBLE,
    1082: Kind.DATE,
    1083: Kind.TIME,
    1114: Kind.MOMENT,
    1184: Kind.ZONED,
}
_MYSQL_NAMES = {
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), Kind.TEXT),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year"), Kind.NUMBER),
    **dict.fromkeys(("geometry", "point", "linestring", "polygon", "geometrycollection", "geomcollection"), Kind.SHAPE),
    **dict.fromkeys(("multipoint", "multilinestring", "multipolygon"), Kind.SHAPE),
    "float": Kind.FLOAT,
    "double": Kind.DOUBLE,
    "date": Kind.DATE,
    "datetime": Kind.MOMENT,
    "timestamp": Kind.ZONED,
    "time": Kind.TIME,
    "bit": Kind.BITS,
}
_MYSQL_CODES = {
    **dict.fromkeys((15, 253, 254), Kind.TEXT),
    **dict.fromkeys((0, 1, 2, 3, 8, 9, 13, 246), Kind.NUMBER),
    4: Kind.FLOAT,
    5: Kind.DOUBLE,
    7: Kind.ZONED,
    10: Kind.DATE,
    11: Kind.TIME,
    12: Kind.MOMENT,
    16: Kind.BITS,
    255: Kind.SHAPE,
}
_GENERIC: Sequence[tuple[Any, Kind]] = (
    (sa.types.String, Kind.TEXT),
    (sa.types.Numeric, Kind.NUMBER),
    (sa.types.Integer, Kind.NUMBER),
    (sa.types.Date, Kind.DATE),
    (sa.types.Time, Kind.TIME),
)


def of_postgres(number: Any) -> Kind:
    """From a type's number in pg_type."""
    return POSTGRES.get(number, Kind.OTHER)


def of_mysql_name(name: str) -> Kind:
    """From information_schema's data_type."""
    return _MYSQL_NAMES.get(name.lower(), Kind.OTHER)


def of_mysql_code(code: Any) -> Kind:
    """From the type code of a result's column."""
    return _MYSQL_CODES.get(code, Kind.OTHER) if isinstance(code, int) else Kind.OTHER


def of_type(type_: sa.types.TypeEngine[Any]) -> Kind:
    """From what SQLAlchemy found in another database."""
    if isinstance(type_, sa.types.DateTime):
        return Kind.ZONED if type_.timezone else Kind.MOMENT
    return next((kind for found, kind in _GENERIC if isinstance(type_, found)), Kind.OTHER)
