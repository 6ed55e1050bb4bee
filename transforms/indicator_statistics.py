"""What the values look like before they are scored: per indicator its distribution, per subject how much data it has."""

from dataclasses import dataclass

import duckdb

from transforms.score_run import run_sql
from warehouse.rows import insert_rows


@dataclass(frozen=True)
class Limits:
    """Below or beyond which an indicator is flagged; the defaults are COINr's (Becker et al. 2022)."""

    available: float = 0.65
    nonzero: float = 0.5
    different: float = 0.5
    skew: float = 2
    kurtosis: float = 3.5


@dataclass(frozen=True)
class IndicatorStatistics:
    """One indicator in one period. ``applicable`` subjects, of which ``available`` have a value; ``different`` values among them;
    ``same``: how many share the commonest. ``skew`` and ``kurtosis`` are G1 and G2; None where there are too few values."""

    period: str
    indicator: str
    applicable: int
    available: int
    nonzero: int
    different: int
    same: int
    lowest: float | None
    highest: float | None
    mean: float | None
    median: float | None
    sd: float | None
    skew: float | None
    kurtosis: float | None

    def flags(self, limits: Limits = Limits()) -> list[str]:
        """What to look at: ``few_values``, ``many_zeros``, ``few_different_values``, ``outliers``."""
        of = max(self.applicable, 1)
        outliers = self.skew is not None and self.kurtosis is not None and abs(self.skew) > limits.skew and self.kurtosis > limits.kurtosis
        found = {
            "few_values": self.available / of < limits.available,
            "many_zeros": self.nonzero / of < limits.nonzero,
            "few_different_values": self.different / of < limits.different,
            "outliers": outliers,
        }
        return [flag for flag, holds in found.items() if holds]


@dataclass(frozen=True)
class SubjectAvailability:
    """How much one subject has in one period: ``available`` of ``applicable`` values, ``zeros`` among the available ones."""

    period: str
    subject_id: str
    applicable: int
    available: int
    zeros: int


def indicator_statistics(connection: duckdb.DuckDBPyConnection) -> list[IndicatorStatistics]:
    """The statistics of all indicators in the temp table ``value`` as it stands, by period and name.

    Before ``prepare`` these are the values as they came, after it the prepared ones. Who is screened out does not count. The same
    rows stay in the temp table ``indicator_statistic``.
    """
    for name in ("macros", "prepare/macros", "prepare/statistics"):
        run_sql(connection, name)
    rows = connection.execute("select * from indicator_statistic order by period, indicator").fetchall()
    return [IndicatorStatistics(*row) for row in rows]


def subject_availability(connection: duckdb.DuckDBPyConnection, indicators: list[str]) -> list[SubjectAvailability]:
    """How much of the named indicators each subject has in the temp table ``value``, by period and subject."""
    connection.execute("create or replace temp table prepare_name (indicator varchar)")
    insert_rows(connection, "prepare_name", [[name] for name in sorted(set(indicators))])
    connection.execute(
        "create or replace temp table prepare_indicator as "
        "select s.indicator_no from scheme_indicator as s join prepare_name using (indicator)"
    )
    run_sql(connection, "prepare/availability")
    rows = connection.execute(
        "select c.period, c.subject_id, a.applicable, a.available, a.zeros from availability as a join score_case as c using (case_no) "
        "order by c.period, c.subject_id"
    ).fetchall()
    return [SubjectAvailability(*row) for row in rows]
