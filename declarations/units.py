"""Advice on units: a number without a unit, a unit by another name than everybody uses, a name that says another unit.

A unit is free text, for nobody knows all of them; nothing here refuses one.
"""

from declarations.feed import Column, FeedContract
from declarations.yaml_file import nearest

# unit → how else it is written
UNITS: dict[str, tuple[str, ...]] = {
    "yuan": ("元", "rmb", "cny", "人民币元"),
    "10k yuan": ("万元", "wan yuan", "ten thousand yuan", "10000 yuan"),
    "million yuan": ("百万元",),
    "100m yuan": ("亿元", "hundred million yuan"),
    "seconds": ("秒", "s", "sec", "second"),
    "minutes": ("分钟", "min", "minute"),
    "hours": ("小时", "h", "hour"),
    "days": ("天", "日", "d", "day"),
    "working days": ("工作日", "working day", "workdays"),
    "months": ("月", "个月", "month"),
    "years": ("年", "year"),
    "persons": ("人", "people", "person", "人次"),
    "households": ("户", "household"),
    "items": ("件", "项", "个", "item", "cases"),
    "ballots": ("票", "ballot", "votes"),
    "times": ("次",),
    "points": ("分", "point", "score"),
    "share": ("比例", "ratio", "fraction"),
    "percent": ("%", "百分比", "pct", "per cent"),
    "permille": ("‰", "per mille"),
    "kilometres": ("公里", "km", "kilometers"),
    "square metres": ("平方米", "m2", "m²", "sqm"),
    "mu": ("亩",),
    "hectares": ("公顷", "ha"),
    "tonnes": ("吨", "t", "tons"),
    "kilograms": ("千克", "公斤", "kg"),
    "kilowatt hours": ("千瓦时", "度", "kwh"),
    "µg/m³": ("ug/m3", "微克/立方米"),
}
_BY_NAME = {other.lower(): unit for unit, others in UNITS.items() for other in (unit, *others)}
# a last part of a column's name that says its unit
_IN_NAMES = {
    "yuan": "yuan",
    "days": "days",
    "hours": "hours",
    "minutes": "minutes",
    "persons": "persons",
    "share": "share",
    "percent": "percent",
}


def unit_advice(contract: FeedContract) -> list[str]:
    """What could be said better about units, one sentence a column."""
    return [said for column in contract.columns if (said := _of_column(column))]


def _of_column(column: Column) -> str | None:
    if column.type not in ("integer", "decimal"):
        return None
    place = f"column '{column.name}' ({column.zh})"
    if column.unit is None:
        counted = column.key or column.codes or column.code_list or _has_scale(column)
        return None if counted else f"{place} is a number without a unit: say unit, such as yuan, days or persons."
    written = column.unit.strip()
    known = _BY_NAME.get(written.lower())
    if known is None:
        hint = nearest(written.lower(), list(_BY_NAME))
        return f"{place}: unit '{written}' is not a usual one. {hint}".strip() if hint else None
    by_name = _IN_NAMES.get(column.name.rpartition("_")[2])
    if by_name is not None and by_name != known:
        return f"{place}: its name says {by_name}, its unit says {written}: rename the column, or correct the unit."
    return f"{place}: unit '{written}' is written '{known}' elsewhere." if written != known else None


def _has_scale(column: Column) -> bool:
    """Whether the values are grades rather than a quantity: whole numbers between two bounds."""
    return column.type == "integer" and column.minimum is not None and column.maximum is not None
