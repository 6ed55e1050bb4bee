"""Sources over HTTP: REST endpoints, SDMX data flows, statistical bureaus' zb/reg/sj answers."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict
from declarations.feed.auth import Auth, NoAuth
from declarations.feed.cursor import CursorBy, Slices
from declarations.feed.paging import OnePage, Paging


class RateBudget(Strict):
    """How much of the source we may use; kept by all our processes together, before the source complains."""

    per_minute: int = Field(default=6000, ge=1)
    per_second: int | None = Field(default=None, ge=1)
    per_day: int | None = Field(default=None, ge=1)
    concurrent: int = Field(default=4, ge=1, description="Requests under way at one time.")


class RestSource(Strict):
    """A REST endpoint that answers JSON (a list of records at ``records``), NDJSON, CSV or XML."""

    connector: Literal["rest"]
    connection: Name
    path: str
    method: Literal["GET", "POST"] = "GET"
    send: Literal["query", "json", "form"] = Field(default="query", description="Where parameters go; json and form need POST.")
    format: Literal["json", "ndjson", "csv", "xml"] = "json"
    records: str = Field(
        default="",
        description="Dotted path of the list of records; empty: the answer is the list. XML: the row's element, its name or dotted path.",
    )
    encoding: str | None = Field(default=None, description="Charset of the answers where the source names none or a wrong one.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="Between the fields of CSV.")
    parameters: dict[str, str] = {}
    auth: Auth = NoAuth()
    paging: Paging = OnePage()
    cursor: CursorBy | None = None
    slices: Slices | None = None
    since_parameter: str = "updated_since"
    until_parameter: str | None = Field(default=None, description="Upper end of the window; slices and back-fills need it.")
    until_is: Literal["exclusive", "inclusive"] = Field(
        default="exclusive", description="Whether the source leaves out rows at the upper end itself, or gives them."
    )
    controls: dict[str, str] = Field(
        default={},
        description="Control totals in the answer: name → path, such as meta.sum or header:X-Sum; for the rule control_total.",
    )
    rate: RateBudget = RateBudget()
    timeout: Duration = "60s"

    @model_validator(mode="after")
    def _fits(self) -> "RestSource":
        if self.send != "query" and self.method != "POST":
            raise ValueError(f"'send: {self.send}' needs 'method: POST'")
        if self.slices and not (self.cursor and self.until_parameter):
            raise ValueError("'slices' needs 'cursor' and 'until_parameter'")
        if self.format == "xml" and not self.records:
            raise ValueError("'format: xml' needs 'records': the name of the row's element")
        return self


class SdmxSource(Strict):
    """An SDMX REST data flow, taken as SDMX-CSV."""

    connector: Literal["sdmx"]
    connection: Name
    flow: str = Field(description="Agency, flow and version, such as 'STATS,COUNTY_KEY,1.0'.")
    key: str = "all"
    version: Literal["2.1", "3.0"] = Field(default="2.1", description="Version of SDMX whose REST addresses the source speaks.")
    parameters: dict[str, str] = {}
    auth: Auth | None = Field(default=None, description="None: basic where the connection has a login, else open.")
    cursor: CursorBy | None = None
    since_parameter: str = "updatedAfter"
    rate: RateBudget = RateBudget()
    timeout: Duration = "60s"


class NbsSource(Strict):
    """Data as the National Bureau of Statistics 国家统计局 publishes it: nodes of zb × reg × sj, ``hasdata: false`` is missing.

    The rows have the columns zb, reg, sj (and whatever other dimension the answer has), value; zb_name, reg_name, unit from the
    answer's word lists; period_start and period_end, the first and last day of sj (2024, 2024A to 2024D, 202401 to 202412).
    A cursor is a column of sj codes or of such days; the window is then asked for as ``2020-`` instead of what ``where`` says of sj.
    """

    connector: Literal["nbs"]
    connection: Name
    path: str = "/easyquery.htm"
    database: str = Field(description="Code of the database, such as fsnd (provinces, yearly) or hgjd (nation, quarterly).")
    rows: str = "reg"
    columns: str = "sj"
    where: dict[str, list[str]] = Field(
        default={},
        description="Dimensions' codes, such as {zb: [A0201], sj: [LAST10]}. A request for each code that is neither row nor column.",
    )
    parameters: dict[str, str] = {}
    auth: Auth = NoAuth()
    cursor: CursorBy | None = None
    rate: RateBudget = RateBudget(per_minute=30)
    timeout: Duration = "60s"
