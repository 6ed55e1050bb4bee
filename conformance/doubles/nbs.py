"""A statistical bureau that answers nodes of zb × reg × sj, as the National Bureau of Statistics 国家统计局 does."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from conformance.doubles.http_double import HttpDouble
from conformance.doubles.http_server import Reply, Request
from conformance.samples import Row, as_text
from declarations.feed import FeedContract
from declarations.problem import Problem

FIRST_YEAR = 2000
MONTHS = {4: 12, 5: 3, 6: 1}  # length of a period's code → its months


class NbsDouble(HttpDouble):
    """One answer with all nodes, or those from a period on. Names, unit and days follow from the codes, as at the bureau."""

    traits = (HttpDouble.traits | {"any_order"}) - {"columns", "huge", "charset"}
    lacks = {
        "columns": "The bureau's answer has nodes, not columns.",
        "huge": "A node holds a number, no text.",
        "charset": "A node holds codes and numbers, no text of other charsets.",
        "pages": "The bureau answers each combination of codes in one piece.",
    }

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        self._names = {column.source_name: column.name for column in contract.columns}
        cursor = self.source.cursor
        if cursor is not None and cursor.column != self._names.get("sj"):
            what = f"the double of a bureau can only be asked from a period's code (sj) on, not from '{cursor.column}'."
            raise Problem(f"feed {contract.id}", what, "test with a double of your own.")

    @property
    def derived(self) -> set[str]:
        return {name for source_name, name in self._names.items() if source_name not in ("zb", "reg", "sj", "value")}

    def stamp(self, number: int) -> Any:
        return str(FIRST_YEAR + number) if self.source.cursor else super().stamp(number)

    def possible(self, row: Row) -> Row:
        codes = {name: row[self._names[name]] for name in ("zb", "reg", "sj") if name in self._names}
        said: dict[str, Any] = {f"{name}_name": f"名称{code}" for name, code in codes.items()} | {"unit": "%"}
        said["period_start"], said["period_end"] = _days(str(codes.get("sj", "")))
        return {**row, **{self._names[name]: value for name, value in said.items() if name in self._names}}

    def deliver(self, request: Request) -> Reply:
        """The nodes; those of a period before the one that is asked for are not among them."""
        asked = {word["wdcode"]: word["valuecode"] for word in json.loads(request.asked.get("dfwds") or "[]")}
        first = asked.get("sj", "").partition("-")[0]
        rows = [row for row in self.records if not first[:4].isdecimal() or str(row[self._names["sj"]]) >= first]
        if self.shuffled:
            rows.reverse()
        words = [{"wdcode": name, "nodes": self._words(name, rows)} for name in ("zb", "reg", "sj") if name in self._names]
        said = {"returncode": 200, "returndata": {"datanodes": [self._node(row) for row in rows], "wdnodes": words}}
        return Reply(json.dumps(said, ensure_ascii=False).encode(), headers={"Content-Type": "application/json;charset=UTF-8"})

    def _node(self, row: Row) -> dict[str, Any]:
        value = as_text(self.contract.column(self._names["value"]), row[self._names["value"]])
        data = {"data": value or 0, "hasdata": value is not None, "strdata": value or ""}
        codes = {name: row[self._names[name]] for name in ("zb", "reg", "sj") if name in self._names}
        return {"code": "", "data": data, "wds": [{"wdcode": k, "valuecode": v} for k, v in codes.items() if v is not None]}

    def _words(self, name: str, rows: list[Row]) -> list[dict[str, str]]:
        codes = dict.fromkeys(str(row[self._names[name]]) for row in rows)
        return [{"code": code, "cname": f"名称{code}", "unit": "%" if name == "zb" else ""} for code in codes]


def _days(period: str) -> tuple[date | None, date | None]:
    """First and last day of ``2024``, ``2024B`` or ``202404``."""
    if not period[:4].isdecimal() or len(period) not in MONTHS:
        return None, None
    month = {4: 1, 5: "ABCD".find(period[4:]) * 3 + 1, 6: int(period[4:] or 1) if period[4:].isdecimal() else 1}[len(period)]
    first = date(int(period[:4]), month, 1)
    after = first.replace(day=1) + timedelta(days=31 * MONTHS[len(period)])
    return first, after.replace(day=1) - timedelta(days=1)
