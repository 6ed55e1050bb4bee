"""Tables of a small made-up county for the shipped schemes: values of every quarter and of the year, groups, decisions."""

import csv
from collections.abc import Iterable
from pathlib import Path

from declarations.scheme import Scheme, indicators_read

TOWNS = [f"T{n:02}" for n in range(1, 13)]
DEPARTMENTS = [f"D{n:02}" for n in range(1, 13)]
SPANS = {
    "stat_gdp_growth": (3, 9), "stat_gdp_growth_target": (6, 6), "stat_investment_growth": (2, 12), "stat_investment_growth_target": (8, 8),
    "stat_industrial_output_growth": (0, 12), "stat_industrial_investment_signed": (300, 900),
    "stat_industrial_investment_signed_target": (600, 600), "stat_agricultural_output_growth": (2, 6),
    "stat_agricultural_output_growth_target": (4, 4), "stat_grain_output": (9000, 11000), "stat_grain_output_target": (10000, 10000),
    "stat_rural_income_growth": (4, 9), "stat_habitat_rate": (75, 96), "stat_water_quality_rate": (82, 99), "stat_pm25": (48, 22),
    "stat_energy_intensity": (0.8, 0.3), "stat_rd_intensity": (0.9, 2.6), "stat_budget_revenue_growth": (1, 10), "stat_new_jobs": (80, 130),
    "stat_new_jobs_target": (100, 100), "stat_retail_growth": (3, 9), "rating_bad_review_rate": (0.06, 0.01),
    "inspection_overdue_rate": (0.4, 0.04), "inspection_card_rate": (0.25, 0), "audit_repeat_rate": (0.3, 0.04),
}  # fmt: skip
"""From the worst to the best; shares from 0.7 to 0.99 and ballots from 70 to 98 where nothing is said."""


def span(indicator: str) -> tuple[float, float]:
    return SPANS.get(indicator, (70, 98) if indicator.startswith("ballot") else (0.7, 0.99))


def write_values(file: Path, scheme: Scheme, subjects: list[str], periods: Iterable[str]) -> Path:
    """Four fifths of a value are the subject's standing (each has another), one fifth differs by indicator and period."""
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["subject", "period", "indicator", "value", "n"])
        for p, period in enumerate(periods):
            for i, code in enumerate(sorted(indicators_read(scheme))):
                low, high = span(code)
                for s, subject in enumerate(subjects):
                    share = 0.8 * (s * 5 % len(subjects)) / (len(subjects) - 1) + 0.2 * ((s * (i + 2) + p) % 8) / 7
                    rows.writerow([subject, period, code, low + (high - low) * share, 50])
    return file


def write_table(file: Path, header: str, rows: Iterable[Iterable[object]]) -> Path:
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(header.split(","))
        table.writerows(rows)
    return file


def quarters_and_year(year: int | None) -> list[str]:
    return [*(f"{year}-Q{n}" for n in (1, 2, 3, 4)), str(year)]
