"""From what a person types, a file or an id, to a scheme with what is declared around it."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.check_scheme import scheme_mistakes
from declarations.problem import Problem
from declarations.project import Project, open_project
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from declarations.scheme_check.check import Around
from declarations.yaml_file import nearest, read_declaration, read_or_mistakes, read_yaml
from pipeline.score_files import profile_of
from warehouse.publication import open_published

_SQL = Path(__file__).parent / "scheme_sql"


@dataclass(frozen=True)
class Found:
    """The file of a scheme, and its project where it is one of a project's schemes."""

    file: Path
    project: Project | None

    def around(self, group_sizes: dict[str, int] | None = None) -> Around:
        """What is declared around it; for a scheme that stands alone the rules beside it. Raises Problem where that has mistakes."""
        if self.project is None:
            beside = [read_declaration(file, RuleProfile) for file in sorted((self.file.parent / "rules").glob("*.yaml"))]
            return Around(rules={profile.id: profile for profile in beside} or None, group_sizes=group_sizes)
        return Around(self.project.indicators, self.project.rules, _readable(self.project), group_sizes)


@dataclass(frozen=True)
class Sound:
    """A scheme without mistakes, and the rules that hold for it."""

    found: Found
    scheme: Scheme
    profile: RuleProfile


def find_scheme(name: str, near: Project | None = None) -> Found:
    """The scheme of a path, or of an id in the project. Raises Problem where there is none.

    A file outside of ``schemes/`` that names a rule profile is a draft for a project: ``near``, or the one that is open.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise Problem(name, "there is no such file.", "check the path, or give the id of a scheme of the project.")
        return Found(path, _project_of(path) or (_drafted_for(path, near)))
    project = near or open_project()
    ids = {str(_stated(file, "id") or file.stem): file for file in sorted((project.root / "schemes").glob("*.yaml"))}
    if name not in ids:
        what = f"there is no scheme '{name}' in {project.root / 'schemes'}."
        raise Problem("scheme", what, f"{nearest(name, sorted(ids))}Name one of {', '.join(sorted(ids))}, or a file.")
    return Found(ids[name], project)


def read_sound(name: str, near: Project | None = None) -> Sound:
    """A scheme that may be looked at. Raises Problem for its first mistake."""
    found = find_scheme(name, near)
    scheme, problems = scheme_mistakes(found.file, found.around())
    if scheme is None or problems:
        more = f" ({len(problems) - 1} more: traceless scheme check {name})" if len(problems) > 1 else ""
        raise Problem(problems[0].place, f"{problems[0].what}{more}", problems[0].fix)
    return Sound(found, scheme, rules_of(found, scheme))


def rules_of(found: Found, scheme: Scheme) -> RuleProfile:
    """The rules that hold for a sound scheme: its project's, or those it brings along."""
    if found.project is not None and scheme.rules is None:
        return found.project.rules[scheme.rule_profile or ""]
    return profile_of(scheme, found.file, None)


def standing_alone(sound: Sound) -> Scheme:
    """The scheme with the directions of its project's indicators written into its leaves, to be scored without the project."""
    indicators = sound.found.project.indicators if sound.found.project else {}

    def told(node: Node) -> Node:
        found = indicators.get(node.indicator or "")
        turned = found is not None and found.direction == "lower" and node.direction is None
        return node.model_copy(update={"children": [told(child) for child in node.children], **({"direction": "lower"} if turned else {})})

    trees = {key: [told(node) for node in getattr(sound.scheme, key)] for key in ("tree", "side")}
    return sound.scheme.model_copy(update=trees)


def published_sizes(found: Found, scheme: Scheme) -> dict[str, int] | None:
    """Subjects in each group as last published; None where nothing of the scheme is."""
    if found.project is None:
        return None
    try:
        with open_published(found.project.published_dir) as connection:
            rows = connection.execute((_SQL / "published_sizes.sql").read_text(), {"scheme": scheme.id}).fetchall()
    except (Problem, duckdb.Error):  # nothing published, or a publication of an older form
        return None
    return {str(group): int(size) for group, size in rows} or None


def _project_of(file: Path) -> Project | None:
    folder = file.resolve().parent
    root = folder.parent
    if folder.name != "schemes" or not (root / "feeds").is_dir() or not (root / "indicators").is_dir():
        return None
    return Project(root, Path(os.environ.get("TRACELESS_VAR") or root / "var").resolve())


def _drafted_for(file: Path, near: Project | None) -> Project | None:
    named = _stated(file, "rule_profile")
    if named is None or any(_stated(beside, "id") == named for beside in (file.parent / "rules").glob("*.yaml")):
        return None
    return near or open_project()


def _stated(file: Path, key: str) -> object:
    """What a file states under a key, whatever else is wrong with it."""
    try:
        data, _ = read_yaml(file)
    except Problem:
        return None
    return data.get(key) if isinstance(data, dict) else None


def _readable(project: Project) -> dict[str, Scheme]:
    """The project's schemes that can be read, whatever is wrong with the others."""
    found: dict[str, Scheme] = {}
    for file in sorted((project.root / "schemes").glob("*.yaml")):
        try:
            scheme, _, _ = read_or_mistakes(file, Scheme)
        except Problem:
            continue
        if scheme is not None:
            found[scheme.id] = scheme
    return found
