"""Files dropped into a folder."""

from typing import Literal

from pydantic import Field

from declarations.base import Duration, Name, Strict


class FixedField(Strict):
    """One field of a fixed-width line; ``start`` counts from 1, both in characters of the declared encoding's text or its bytes."""

    name: str
    start: int = Field(ge=1)
    length: int = Field(ge=1)


class FilesSource(Strict):
    """Files dropped into a folder: local, or over SFTP, S3 or HTTP (the connection says which)."""

    connector: Literal["files"]
    connection: Name
    pattern: list[str] = Field(description="Glob patterns below the connection's folder, such as 'items_*.xlsx'.")
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | list[str] | None = Field(default=None, description="Sheet or sheets (globs such as '*县') of a workbook; none: the first.")
    header_row: int = Field(default=1, ge=1, description="Row of the column names, counted from 1.")
    header_rows: int = Field(
        default=1, ge=1, le=5, description="Rows that the header takes; merged cells are joined from the top down with '/'."
    )
    fixed_width: list[FixedField] | None = Field(default=None, description="The files are text with fields of fixed width.")
    width_in: Literal["characters", "bytes"] = "characters"
    records: str = Field(default="", description="Dotted path of the records in JSON; name of the row's element in XML.")
    complete_marker: str | None = Field(
        default=None, description="A file is complete when a file of the same name with this ending lies beside it."
    )
    stable_for: Duration = Field(default="0s", description="Without a marker: a file is complete when unchanged for this long.")
    control_file: str | None = Field(
        default=None, description="Ending of a file beside each file with control totals: JSON, or lines of name=value."
    )
    archive: str | None = Field(default=None, description="Folder below the connection's to which a file is moved after it was landed.")
    unpacked_megabytes: int = Field(default=2048, ge=1, description="A packed file that grows beyond this is refused.")
