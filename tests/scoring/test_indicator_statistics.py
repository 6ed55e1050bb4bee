"""The data report by hand: what the values of an indicator look like, and how much data each subject has."""

import pytest

from tests.scoring.kit import Scored, run
from transforms.indicator_statistics import Limits, SubjectAvailability, indicator_statistics, subject_availability

SCHEME = {
    "weights": "relative",
    "tree": [{"code": f"leaf_{code}", "indicator": code, "normalise": {"method": "as_is", "least": None, "most": None}} for code in "ab"],
}


def scored(**columns: list[float | None]) -> Scored:
    longest = max(map(len, columns.values()))
    return run(SCHEME, {f"s{i}": {code: column[i] for code, column in columns.items()} for i in range(longest)})


def test_the_statistics_of_an_indicator() -> None:
    """0, 0, 0, 4: mean 1, deviations −1, −1, −1, 3; variance 12 / 3; G1 = 2 and G2 = 4 as worked out for winsorising."""
    a, b = indicator_statistics(scored(a=[0.0, 0.0, 0.0, 4.0, None], b=[1.0, 2.0, 3.0, None, None]).con)
    assert (a.period, a.indicator, a.applicable, a.available, a.nonzero, a.different, a.same) == ("2025", "a", 5, 4, 1, 2, 3)
    assert (a.lowest, a.highest, a.mean, a.median, a.sd) == (0.0, 4.0, 1.0, 0.0, 2.0)
    assert (a.skew, a.kurtosis) == (pytest.approx(2), pytest.approx(4))
    assert (b.mean, b.median, b.sd, b.skew, b.kurtosis) == (2.0, 2.0, 1.0, pytest.approx(0), None)
    assert (b.available, b.different, b.same) == (3, 3, 1)


def test_what_to_look_at_is_flagged() -> None:
    a, b = indicator_statistics(scored(a=[0.0, 0.0, 0.0, 4.0, None], b=[1.0, 2.0, 3.0, None, None]).con)
    assert a.flags() == ["many_zeros", "few_different_values"]
    assert a.flags(Limits(skew=1.9)) == ["many_zeros", "few_different_values", "outliers"]
    assert b.flags() == ["few_values"]


def test_an_indicator_without_one_value_has_no_statistics() -> None:
    (a, _) = indicator_statistics(scored(a=[None, None], b=[1.0, 2.0]).con)
    assert (a.available, a.same, a.lowest, a.mean, a.median, a.sd, a.skew) == (0, 0, None, None, None, None, None)
    assert a.flags() == ["few_values", "many_zeros", "few_different_values"]


def test_how_much_data_each_subject_has() -> None:
    found = subject_availability(scored(a=[0.0, 5.0], b=[None, 0.5]).con, ["a", "b"])
    assert found == [SubjectAvailability("2025", "s0", 2, 1, 1), SubjectAvailability("2025", "s1", 2, 2, 0)]
