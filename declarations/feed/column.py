"""One allow-listed column of a feed."""

from typing import Literal

from pydantic import Field, model_validator

from declarations.base import Name, Strict

ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]
Personal = Literal["none", "official", "person", "sensitive"]
Drift = Literal["freeze", "widen", "quarantine"]
WIDER: dict[ColumnType, ColumnType] = {"integer": "decimal", "date": "timestamp"}


class Column(Strict):
    """One allow-listed column. ``source`` is its name in the source where that differs from ours."""

    name: Name
    source: str | None = None
    type: ColumnType
    zh: str = Field(description="The Chinese label by which users know the column.")
    meaning: str
    unit: str | None = None
    key: bool = Field(default=False, description="Part of the record's key.")
    required: bool = Field(default=False, description="An empty value is refused.")
    codes: dict[str, str] | None = Field(default=None, description="Code list: code → meaning; other values are refused.")
    code_list: Name | None = Field(
        default=None, description="A shared code list: a file of codes/, such as region_gb2260. Instead of codes."
    )
    pattern: str | None = Field(default=None, description="A regular expression that the whole value must match.")
    minimum: float | None = None
    maximum: float | None = None
    format: str | None = Field(default=None, description="strptime format of a date or timestamp that is not ISO 8601.")
    missing: list[str] = Field(default=[], description="Texts that mean 'no value', beside the empty text.")
    refers_to: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$",
        description="feed.column that this value is one of, such as roster.org_id: shown in the lineage, others are noted.",
    )
    drift: Drift = Field(
        default="quarantine",
        description=(
            "When the source changes this column: quarantine refuses the rows that do not fit, freeze stops the whole batch, "
            "widen takes a wider value (integer → decimal, date → timestamp) and a column that is gone as empty."
        ),
    )
    personal: Personal = Field(
        default="none",
        description=(
            "Class of personal data (PIPL 个人信息保护法): none, official (an official's own post and name), "
            "person (个人信息), sensitive (敏感个人信息)."
        ),
    )
    why_taken: str | None = Field(default=None, description="Why a column of class person or sensitive is taken at all.")

    @property
    def source_name(self) -> str:
        return self.source or self.name

    @property
    def stored_type(self) -> ColumnType:
        """The type in staging: the wider one where the contract lets the source widen it."""
        return WIDER.get(self.type, self.type) if self.drift == "widen" else self.type

    @model_validator(mode="after")
    def _argued(self) -> "Column":
        if self.personal in ("person", "sensitive") and not (self.why_taken or "").strip():
            raise ValueError(f"column '{self.name}' is personal data ({self.personal}): move it to left_out, or say 'why_taken'")
        if self.codes is not None and self.code_list is not None:
            raise ValueError(f"column '{self.name}' has both 'codes' and 'code_list': give one")
        if self.key and self.drift == "widen":
            raise ValueError(f"column '{self.name}' is a key: a wider key would name other records, so it cannot have 'drift: widen'")
        return self
