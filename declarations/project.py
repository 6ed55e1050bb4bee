"""A project: the folder with the declarations, and the folder where its data lies."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from declarations.check_feed import check_relations
from declarations.code_list import read_code_list
from declarations.feed import FeedContract
from declarations.indicator import Indicator, IndicatorFile
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.yaml_file import nearest, read_declaration

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Project:
    """``root`` holds ``feeds/``, ``indicators/``, ``schemes/``; ``var`` holds landing, warehouse, publications."""

    root: Path
    var: Path

    @property
    def landing_dir(self) -> Path:
        return self.var / "landing"

    @property
    def validated_dir(self) -> Path:
        return self.var / "validated"

    @property
    def warehouse_file(self) -> Path:
        return self.var / "warehouse.duckdb"

    @property
    def published_dir(self) -> Path:
        return self.var / "published"

    @property
    def connections_file(self) -> Path:
        return self.var / "connections.env"

    @cached_property
    def feeds(self) -> dict[str, FeedContract]:
        """All feed contracts by id. Raises Problem for the first mistake."""
        for problem in self.unreadable_feeds.values():
            raise problem
        return self.readable_feeds

    @cached_property
    def readable_feeds(self) -> dict[str, FeedContract]:
        """The contracts without a mistake, by id: for looking at a project of which another part is broken."""
        return {feed: found for feed, found in self._contracts.items() if isinstance(found, FeedContract)}

    @cached_property
    def unreadable_feeds(self) -> dict[str, Problem]:
        """The mistakes of the other contracts, by folder."""
        return {feed: found for feed, found in self._contracts.items() if isinstance(found, Problem)}

    @cached_property
    def _contracts(self) -> dict[str, FeedContract | Problem]:
        found: dict[str, FeedContract | Problem] = {}
        for file in sorted((self.root / "feeds").glob("*/feed.yaml")):
            try:
                found[file.parent.name] = with_code_lists(file, read_contract(file), self.root)
            except Problem as problem:
                found[file.parent.name] = problem
        return {feed: _related(one, found) for feed, one in found.items()}

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """All indicators by code, each checked against its feed. Raises Problem for the first mistake."""
        from declarations.check_indicator import check_indicator

        for code, file in self._indicator_files.items():
            check_indicator(file, self.stated_indicators[code], self.feeds)
        return self.stated_indicators

    @cached_property
    def stated_indicators(self) -> dict[str, Indicator]:
        """All indicators by code, whether or not their feeds can give them. Raises Problem for one that stands twice."""
        return {code: indicator for indicators in self._stated.values() for code, indicator in indicators.items()}

    @cached_property
    def _indicator_files(self) -> dict[str, Path]:
        return {code: file for file, indicators in self._stated.items() for code in indicators}

    @cached_property
    def _stated(self) -> dict[Path, dict[str, Indicator]]:
        found: dict[Path, dict[str, Indicator]] = {}
        seen: set[str] = set()
        for file in sorted((self.root / "indicators").glob("*.yaml")):
            found[file] = {}
            for indicator in read_declaration(file, IndicatorFile).indicators:
                if indicator.code in seen:
                    raise Problem(f"{file}: {indicator.code}", "this code is declared twice.", "rename one.")
                seen.add(indicator.code)
                found[file][indicator.code] = indicator
        return found

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        """All schemes by id, each checked against indicators and rules. Raises Problem for the first mistake."""
        from declarations.check_scheme import check_scheme

        found: dict[str, Scheme] = {}
        files: dict[str, Path] = {}
        for file in sorted((self.root / "schemes").glob("*.yaml")):
            scheme = read_declaration(file, Scheme)
            if scheme.id in found:
                raise Problem(f"{file}: id", f"scheme '{scheme.id}' is declared twice.", "rename one.")
            found[scheme.id], files[scheme.id] = scheme, file
        for scheme_id, file in files.items():
            check_scheme(file, found[scheme_id], self.indicators, self.rules, found)
        return found

    @cached_property
    def rules(self) -> dict[str, RuleProfile]:
        """All rule profiles by id."""
        files = sorted((self.root / "schemes" / "rules").glob("*.yaml"))
        return {profile.id: profile for profile in (read_declaration(file, RuleProfile) for file in files)}

    def feed(self, feed_id: str) -> FeedContract:
        """One feed's contract, whatever is wrong with another's. Raises Problem where it is unknown or cannot be read."""
        if feed_id in self.unreadable_feeds:
            raise self.unreadable_feeds[feed_id]
        return _pick(self.readable_feeds, feed_id, "feed", "traceless feed list")

    def scheme(self, scheme_id: str) -> Scheme:
        return _pick(self.schemes, scheme_id, "scheme", "look into schemes/")


def _related(contract: FeedContract | Problem, feeds: dict[str, FeedContract | Problem]) -> FeedContract | Problem:
    """The contract, or what is wrong with what it says of other feeds."""
    try:
        if isinstance(contract, FeedContract):
            check_relations(contract, feeds)
        return contract
    except Problem as problem:
        return problem


def read_contract(file: Path) -> FeedContract:
    """One feed's contract. Raises Problem for a mistake in it, or where its folder has another name."""
    contract = read_declaration(file, FeedContract)
    if contract.id != file.parent.name:
        what = f"the feed's id is '{contract.id}', its folder is '{file.parent.name}'."
        raise Problem(f"{file}: id", what, "give both the same name.")
    return contract


def with_code_lists(file: Path, contract: FeedContract, root: Path) -> FeedContract:
    """The contract with each ``code_list`` replaced by the codes of ``codes/<name>.yaml``. Raises Problem where there is none."""
    columns = []
    for i, column in enumerate(contract.columns):
        if column.code_list is None:
            columns.append(column)
            continue
        listed = root / "codes" / f"{column.code_list}.yaml"
        if not listed.exists():
            known = sorted(found.stem for found in (root / "codes").glob("*.yaml"))
            what = f"there is no code list '{column.code_list}'."
            fix = f"{nearest(column.code_list, known)}Known: {', '.join(known) or 'none'}; a list is a file {listed}."
            raise Problem(f"{file}: columns.{i}.code_list", what, fix)
        codes = read_code_list(listed).codes
        columns.append(column.model_copy(update={"codes": codes, "code_list": None}))
    return contract.model_copy(update={"columns": columns})


def _pick(table: dict, name: str, what: str, look: str):  # type: ignore[no-untyped-def,type-arg]
    if name not in table:
        raise Problem(what, f"there is no {what} '{name}'.", f"{nearest(name, sorted(table))}See: {look}.")
    return table[name]


def open_project(root: Path | None = None, var: Path | None = None) -> Project:
    """The project of the arguments, else of ``TRACELESS_PROJECT`` and ``TRACELESS_VAR``, else this repository."""
    chosen = root or Path(os.environ.get("TRACELESS_PROJECT") or REPOSITORY)
    data = var or Path(os.environ.get("TRACELESS_VAR") or chosen / "var")
    if not (chosen / "feeds").is_dir():
        raise Problem(str(chosen), "has no folder feeds/.", "name a project folder with --project or TRACELESS_PROJECT.")
    return Project(chosen.resolve(), data.resolve())


def fingerprint(*parts: BaseModel | str | Iterable[str]) -> str:
    """A short hash of declarations: equal meaning, equal fingerprint."""
    digest = hashlib.sha256()
    for part in parts:
        text = part.model_dump_json() if isinstance(part, BaseModel) else part if isinstance(part, str) else "\n".join(part)
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]
