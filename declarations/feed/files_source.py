"""Files dropped into a folder."""

import codecs
import re
from typing import Literal, Self

from pydantic import Field, model_validator

from declarations.base import Duration, Name, Strict

FileFormat = Literal["csv", "fixed", "json", "ndjson", "xml", "excel", "parquet"]
_BELOW = re.compile(r"(?!\.{1,2}(/|$))[^/\\\x00-\x1f]+(/(?!\.{1,2}(/|$))[^/\\\x00-\x1f]+)*/?")


class FixedField(Strict):
    """One field of a fixed-width line; ``start`` counts from 1, both in characters of the declared encoding's text or its bytes."""

    name: str
    start: int = Field(ge=1)
    length: int = Field(ge=1)


class FilesSource(Strict):
    """Files dropped into a folder: local, or over SFTP, S3 or HTTP (the connection says which).

    A column whose ``source`` is ``_file`` or ``_sheet`` has the name of the row's file (in a zip: ``a.zip/b.csv``) or sheet.
    """

    connector: Literal["files"]
    connection: Name
    pattern: list[str] = Field(
        min_length=1,
        description="Glob patterns below the connection's folder, such as 'items_*.xlsx'; over HTTP also plain paths.",
    )
    format: FileFormat | None = Field(default=None, description="What is in the files; none: their ending tells.")
    encoding: str = Field(
        default="utf-8", description="Charset of text files, such as utf-8, gb18030, utf-16; a byte order mark is passed over."
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1, description="The sign around CSV fields that hold a delimiter; empty: none.")
    sheet: str | list[str] | None = Field(default=None, description="Sheet or sheets (globs such as '*县') of a workbook; none: the first.")
    header_row: int = Field(default=1, ge=1, description="Row of the column names, counted from 1.")
    header_rows: int = Field(
        default=1, ge=1, le=5, description="Rows that a workbook's header takes; merged cells are joined from the top down with '/'."
    )
    fixed_width: list[FixedField] | None = Field(
        default=None, min_length=1, description="The files are text with fields of fixed width and no row of column names."
    )
    width_in: Literal["characters", "bytes"] = "characters"
    line_width: int | None = Field(default=None, ge=1, description="Width of a whole line; none: up to the end of the last field.")
    records: str = Field(default="", description="Dotted path of the records in JSON; name of the row's element in XML.")
    members: list[str] | None = Field(default=None, description="Glob patterns of the files to take out of a zip; none: all.")
    complete_marker: str | None = Field(
        default=None, min_length=1, description="A file is complete when a file of the same name with this ending lies beside it."
    )
    stable_for: Duration = Field(default="0s", description="Without a marker: a file is complete when unchanged for this long.")
    control_file: str | None = Field(
        default=None, min_length=1, description="Ending of a file beside each file with control totals: JSON, or lines of name=value."
    )
    archive: str | None = Field(
        default=None, description="Folder below the connection's to which a file is moved after it was landed. Not over HTTP."
    )
    unpacked_megabytes: int = Field(default=2048, ge=1, description="A packed file that grows beyond this is refused.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.archive is not None and not _BELOW.fullmatch(self.archive):
            raise ValueError(f"'archive' must be a folder below the connection's, such as 'done', not '{self.archive}'")
        if (self.format == "fixed") != (self.fixed_width is not None) and self.format in ("fixed", None) and not self.fixed_width:
            raise ValueError("'format: fixed' needs 'fixed_width'")
        if self.fixed_width is not None:
            self._check_widths(self.fixed_width)
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"there is no charset '{self.encoding}': write utf-8, gb18030 or utf-16") from None
        return self

    def _check_widths(self, fields: list[FixedField]) -> None:
        if self.format not in (None, "fixed"):
            raise ValueError(f"'fixed_width' does not go with 'format: {self.format}'")
        names = [field.name for field in fields]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"'fixed_width' has the field '{doubled[0]}' twice")
        end = max(field.start + field.length - 1 for field in fields)
        if self.line_width is not None and self.line_width < end:
            raise ValueError(f"'line_width' is {self.line_width}, but the last field ends at {end}")
        if self.width_in == "bytes" and codecs.lookup(self.encoding).name.startswith("utf-16"):
            raise ValueError("'width_in: bytes' does not go with utf-16: count characters")
