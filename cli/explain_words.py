"""How values and absences are said in explanations."""

from cli.screen import cell

ABSENT = {
    "not_applicable": "不适用", "not_reported": "未报送", "too_few": "样本不足", "source_down": "数据源中断",
    "invalid": "数据无效", "screened_out": "数据不足",
}  # fmt: skip
UNITS = {"share 0-1": (100, "%"), "percent": (1, "%"), "points 0-100": (1, " points")}


def measure(value: float, unit: str) -> str:
    """A value with its unit; a share as percent."""
    factor, sign = UNITS.get(unit, (1, f" {unit}"))
    return f"{cell(rounded(value * factor))}{sign}"


def span(low: float, high: float, unit: str) -> str:
    """Two values with their unit once."""
    factor, _ = UNITS.get(unit, (1, ""))
    return f"{cell(rounded(low * factor))} – {measure(high, unit)}"


def rounded(value: float) -> float:
    """For reading: two decimals, more for what is smaller than one."""
    return round(value, 2) if abs(value) >= 1 else value
