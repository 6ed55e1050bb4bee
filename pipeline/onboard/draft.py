"""The contract in the making: what was inferred, with what a person said in its place."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from declarations.problem import Problem
from declarations.yaml_file import nearest
from pipeline.onboard.answers import Answers
from pipeline.onboard.columns import DraftColumn, draft_column
from pipeline.onboard.keys import KeyFound, find_key, is_id_like
from pipeline.onboard.naming import our_names
from pipeline.onboard.personal import Suspicion, quasi_address, suspect
from pipeline.onboard.profile import Profile, Profiler
from pipeline.onboard.roles import pick_event_time, pick_organisation, pick_version
from pipeline.onboard.rules import Clocks, Rule, read_clocks
from pipeline.onboard.sample import Sample

NO_DATE = "reported_at"
_VALUE = re.compile(r"(?!(19|20)\d\d$)[-+]?\d+([.,]\d+)*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{17}[\dXx]|\S+@\S+\.\w+|true|false")


@dataclass(frozen=True)
class Draft:
    """All of a contract but what only a person can say. ``suspicions`` are of columns that look personal, taken or not."""

    sample: Sample = field(repr=False)
    profiles: dict[str, Profile] = field(repr=False)
    columns: list[DraftColumn]
    left_out: dict[str, str]
    suspicions: dict[str, Suspicion]
    key: KeyFound
    refused: int
    event_time: str | None
    version: str | None
    organisation: str | None
    dates: list[str]
    rules: list[Rule]
    gap: float | None

    @property
    def names(self) -> dict[str, str]:
        """Source name → our name of the columns taken."""
        return {column.source: column.name for column in self.columns}


class Drafting:
    """A sample with its profiles: drafts are made of it again and again as answers come in."""

    def __init__(self, sample: Sample, work: Profiler) -> None:
        if not sample.names:
            raise Problem("sample", "has no columns.", "name a file, address or table with rows and column names.")
        if any(_VALUE.fullmatch(name.strip()) for name in sample.names):
            what = "has values where the names of its columns should stand; they are withheld."
            raise Problem("sample", what, "add a first row with the columns' names, or have it sent with one.")
        self.sample = sample
        self._work = work
        self._profiles = work.profiles()
        self._keys: dict[tuple[str, ...], KeyFound | None] = {}
        self._clocks: dict[tuple[str, ...], Clocks] = {}
        self._refused: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}

    def draft(self, answers: Answers) -> Draft:
        """The contract as inferred, with the answers in place. Raises Problem for an answer that names no column."""
        said = self._resolved(answers)
        drafted = self._columns(said)
        left_out, suspicions = self._left_out(said, drafted)
        taken = [column for column in drafted if column.source not in left_out]
        if not taken:
            raise Problem("columns", "all of them look personal, so that nothing is left.", 'argue for some with --take COLUMN="why".')
        types = {column.source: column.type for column in taken}
        profiles = {name: self._profiles[name] for name in types}
        key = self._key(said, types, profiles)
        dates = [name for name, kind in types.items() if kind in ("date", "timestamp")]
        version = _said(said.version, pick_version([d for d in dates if d not in key.columns], profiles, key.version))
        event_time = said.event_time or pick_event_time(dates, profiles)
        organisation = _said(said.organisation, pick_organisation([n for n, k in types.items() if k in ("string", "integer")], profiles))
        if event_time and event_time not in dates:
            raise Problem(
                "event_time", f"column '{event_time}' holds no date or time.", f"name one of: {', '.join(dates) or 'there is none'}."
            )
        columns = [_with_key(column, key, suspicions.get(column.source), said) for column in taken]
        columns = [self._open_list(column) if column.source == organisation else column for column in columns]
        clocks = self._read_clocks([column for column in columns if column.source in dates])
        return Draft(
            sample=self.sample,
            profiles=self._profiles,
            columns=columns,
            left_out=left_out,
            suspicions=suspicions,
            key=key,
            refused=self._contradicting([*key.columns, *([version] if version else [])], key, list(types)),
            event_time=event_time,
            version=version,
            organisation=organisation,
            dates=dates,
            rules=clocks.rules,
            gap=clocks.gaps.get(version or event_time or ""),
        )

    def _open_list(self, column: DraftColumn) -> DraftColumn:
        """Organisations come and go: those of the sample are no closed list, unless the source itself tells one."""
        told = self.sample.told.get(column.source)
        if told and told.codes:
            return column
        fields = {key: value for key, value in column.fields.items() if key != "codes"}
        return replace(column, fields=fields, open=[text for text in column.open if not text.startswith("codes")])

    def _read_clocks(self, dates: list[DraftColumn]) -> Clocks:
        asked = tuple(column.name for column in dates)
        if asked not in self._clocks:
            self._clocks[asked] = read_clocks(self._work, dates)
        return self._clocks[asked]

    def _contradicting(self, same: list[str], key: KeyFound, taken: list[str]) -> int:
        """Rows with one key (and version) whose other columns differ: they would be refused."""
        asked = (tuple(same), tuple(taken))
        if not key.doubled or len(taken) <= len(same):
            return 0
        if asked not in self._refused:
            self._refused[asked] = self._work.contradicting(same, taken)
        return self._refused[asked]

    def _resolved(self, answers: Answers) -> Answers:
        """The answers with all columns under their source names."""
        ours = {name: source for source, name in {**our_names(self.sample.names), **answers.names}.items()}
        known = set(self.sample.names)

        def source(name: str) -> str:
            if name not in known and name not in ours:
                hint = nearest(name, [*self.sample.names, *ours])
                raise Problem(f"column '{name}'", "the source has no such column.", f"{hint}Known: {', '.join(self.sample.names)}.")
            return name if name in known else ours[name]

        def keys(said: dict[str, str]) -> dict[str, str]:
            return {source(name): value for name, value in said.items()}

        def one(name: str | None) -> str | None:
            return name if name in (None, "none") else source(str(name))

        changed: dict[str, Any] = {part: keys(getattr(answers, part)) for part in ("take", "leave", "units", "labels", "names")}
        changed |= {part: one(getattr(answers, part)) for part in ("event_time", "version", "organisation")}
        changed["key"] = [source(name) for name in answers.key] if answers.key else None
        return answers.model_copy(update=changed)

    def _columns(self, said: Answers) -> list[DraftColumn]:
        sample, whole = self.sample, self.sample.whole
        names = our_names(sample.names) | said.names
        doubled = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
        if doubled:
            raise Problem("names", f"two columns would be called '{doubled[0]}'.", "give one of them another name.")
        found = [
            draft_column(profile, sample.told.get(name), names[name], whole, said.units.get(name), said.labels.get(name))
            for name, profile in self._profiles.items()
        ]
        return _one_way_of_dates(found)

    def _left_out(self, said: Answers, drafted: list[DraftColumn]) -> tuple[dict[str, str], dict[str, Suspicion]]:
        suspicions: dict[str, Suspicion] = {}
        for column in drafted:
            told = self.sample.told.get(column.source)
            found = suspect(self._profiles[column.source], told, "codes" in column.fields)
            if found:
                suspicions[column.source] = found
        beside = next((name for name, found in suspicions.items() if found.sort == "address"), None)
        if beside:
            for column in drafted:
                if column.source not in suspicions and quasi_address(column.source):
                    suspicions[column.source] = Suspicion(f"part of an address, beside {beside}", "person", "address")
        out = dict(self.sample.envelope)
        for name, profile in self._profiles.items():
            if name in said.leave:
                out[name] = said.leave[name]
            elif name in suspicions and name not in said.take:
                out[name] = suspicions[name].why
            elif profile.rows and not profile.filled and name not in said.take:
                out[name] = f"empty in all of {profile.rows:,} rows looked at"
        return out, suspicions

    def _key(self, said: Answers, types: dict[str, str], profiles: dict[str, Profile]) -> KeyFound:
        if said.key:
            missing = [name for name in said.key if name not in types]
            if missing:
                raise Problem(
                    "key",
                    f"column '{missing[0]}' is left out, so that it cannot be the key.",
                    f'--take {missing[0]}="why", or name another.',
                )
            return KeyFound(said.key, *(self._work.different(said.key) if self.sample.rows.num_rows else (0, 0)))
        asked = tuple(types.items())
        if asked not in self._keys:
            told = [name for name, told in self.sample.told.items() if told.key]
            self._keys[asked] = find_key(self._work, profiles, types, told)  # type: ignore[index]
        found = self._keys[asked]  # type: ignore[index]
        return found or KeyFound([next((name for name in types if is_id_like(name)), next(iter(types)))], 0, 0)


def _said(said: str | None, inferred: str | None) -> str | None:
    return None if said == "none" else said or inferred


def _one_way_of_dates(columns: list[DraftColumn]) -> list[DraftColumn]:
    """Where one column shows that months stand first (or days), so they do in the columns that cannot tell."""
    sure = {str(c.fields["format"])[:8] for c in columns if "format" in c.fields and not any("told apart" in text for text in c.open)}
    sure &= {"%m/%d/%Y", "%d/%m/%Y"}
    if len(sure) != 1:
        return columns
    way = sure.pop()
    out = []
    for column in columns:
        if any("told apart" in text for text in column.open):
            fields = {**column.fields, "format": way + str(column.fields["format"])[8:]}
            column = replace(column, fields=fields, open=[text for text in column.open if "told apart" not in text])
        out.append(column)
    return out


def _with_key(column: DraftColumn, key: KeyFound, suspicion: Suspicion | None, said: Answers) -> DraftColumn:
    fields = dict(column.fields)
    if column.source in key.columns:
        front: dict[str, Any] = {name: fields.pop(name) for name in ("name", "source", "type") if name in fields}
        fields = {**front, "key": True, "required": True, **{name: value for name, value in fields.items() if name != "required"}}
    if suspicion and column.source in said.take:
        fields |= {"personal": suspicion.klass, "why_taken": said.take[column.source]}
        fields.pop("codes", None)
    return replace(column, fields=fields)
