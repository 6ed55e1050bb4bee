"""The conformance kit 一致性测试: whether a feed's connector and contract stand up to a source that misbehaves on purpose.

``run_conformance`` plays all cases for a contract; ``conformance_test`` makes pytest tests of them, for the author of a
connector type; ``Double`` is what such an author subclasses to give the kit a source of a new type. See docs/connector.md.
"""

from conformance.case import Case, CaseResult, ConformanceReport, Deviation
from conformance.cases import CASES
from conformance.doubles import Double
from conformance.doubles.http_double import HttpDouble
from conformance.for_pytest import conformance_test
from conformance.run import Kit, run_conformance
from conformance.samples import Row

__all__ = [
    "CASES",
    "Case",
    "CaseResult",
    "ConformanceReport",
    "Deviation",
    "Double",
    "HttpDouble",
    "Kit",
    "Row",
    "conformance_test",
    "run_conformance",
]
