"""Every mistake in a declaration is told with file, line, key, what was expected, and the nearest valid name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from declarations.problem import Problem
from declarations.project import REPOSITORY, Project

GOLDEN = Path(__file__).parents[1] / "golden"
Change = Callable[[str, str, str], Project]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """The golden project with one text replaced in one file."""
    for part in ("feeds", "indicators", "schemes"):
        shutil.copytree(GOLDEN / part, tmp_path / part)

    def apply(file: str, old: str, new: str) -> Project:
        text = (tmp_path / file).read_text()
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new, 1))
        return Project(tmp_path, tmp_path / "var")

    return apply


TOWN, GOLD, RATINGS = "schemes/town.yaml", "indicators/golden.yaml", "feeds/ratings/feed.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (RATINGS, "event_time: rated_on", "event_tme: rated_on", r"feed.yaml:\d+: event_tme.*Did you mean 'event_time'"),
        (RATINGS, "event_time: rated_on", "event_time: rated_at", r"names 'rated_at', which is not a column.*Did you mean 'rated_on'"),
        (RATINGS, "type: integer", "type: whole", r"feed.yaml:\d+: columns\.3\.type.*'whole'"),
        (RATINGS, "kind: rating", "kind: ratings", r"feed.yaml:2: kind.*Did you mean 'rating'"),
        (RATINGS, "columns:\n", "columns:\n\t- x\n", r"feed.yaml:\d+: is not YAML"),
        (RATINGS, "id: ratings", "id: rating", r"folder is 'ratings'"),
        (RATINGS, "kind: rating", "kind: rating\nkind: audit", r"feed.yaml:3: kind: this key stands twice"),
        (GOLD, "feed: items", "feed: item", r"on_time.feed: there is no feed 'item'.*Did you mean 'items'"),
        (GOLD, "closed_on <= due_on", "closed_at <= due_on", r"'closed_at' is no column of feed items.*Did you mean 'closed_on'"),
        (GOLD, "closed_on <= due_on", "closed_on <=", r"is not a SQL expression"),
        (GOLD, "closed_on <= due_on", "count(*)", r"holds a query, an aggregate or a window"),
        (
            TOWN,
            "indicator: growth,",
            "indicator: growh,",
            r"town.yaml:9: tree.0.indicator: node 'growth': there is no indicator 'growh'.*Did you mean 'growth'",
        ),
        (
            TOWN,
            "weight: 0.6",
            "weight: 0.7",
            r"town.yaml:13: tree.1.children: node 'service': the weights sum to 1.1, not 1: satisfaction 0.7 \+ on_time 0.4",
        ),
        (
            TOWN,
            "code: on_time",
            "code: satisfaction",
            r"town.yaml:15: tree.1.children.1.code: node 'satisfaction': the code stands more than once",
        ),
        (
            TOWN,
            "tree:\n",
            "tree: &t\n  - {code: loop, title: {en: l, zh: l}, weight: 0, children: *t}\n",
            r"town.yaml:\d+:.*the tree is a circle",
        ),
        (TOWN, "rule_profile: golden", "rule_profile: goldn", r"there is no rule profile 'goldn'.*Did you mean 'golden'"),
        (TOWN, "method: min_max", "method: minmax", r"town.yaml:\d+: .*minmax.*Did you mean 'min_max'"),
        (TOWN, "excellent: 1.0", "excellent: 0.6", r"satisfactory and excellent are both 0.6"),
        (TOWN, "at_least: 70", "at_least: 90", r"must descend"),
        ("schemes/service.yaml", "annual: 0.6", "annual: 0.5", r"routine \+ annual is 0.9, not 1"),
        ("schemes/service.yaml", "{routine: 0.4, annual: 0.6}", "{routine: 0.3, annual: 0.7}", r"asks for at least 0.4"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(change: Change, file: str, old: str, new: str, told: str) -> None:
    project = change(file, old, new)
    with pytest.raises(Problem, match=f"(?s){told}") as caught:
        _ = project.schemes
    assert caught.value.fix
    assert "\n" not in str(caught.value).strip()


def test_a_file_in_another_charset_is_told(change: Change, tmp_path: Path) -> None:
    project = change(RATINGS, "Ratings", "Ratings")
    (tmp_path / RATINGS).write_bytes((tmp_path / RATINGS).read_text().encode("gb18030"))
    with pytest.raises(Problem, match=r"feed.yaml:\d+: is not UTF-8.*save the file as UTF-8"):
        _ = project.feeds


def test_the_shipped_declarations_are_sound_and_cover_the_five_kinds() -> None:
    project = Project(REPOSITORY, REPOSITORY / "var")
    kinds = {project.feeds[i.feed].kind for i in project.indicators.values()}
    assert {"audit", "inspection", "petition", "rating", "statistics"} <= kinds
    assert len(project.indicators) >= 24
    assert {s.subject_class for s in project.schemes.values()} == {"town", "department", "cadre"}


def test_the_json_schemas_are_those_of_the_models() -> None:
    from declarations.schemas import schema_texts

    assert all(file.read_text(encoding="utf-8") == text for file, text in schema_texts().items())


def test_the_contract_in_the_guide_for_source_owners_is_valid(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "source-owner.md").read_text(encoding="utf-8")
    block = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "feeds" / "hotline").mkdir(parents=True)
    (tmp_path / "feeds" / "hotline" / "feed.yaml").write_text(block, encoding="utf-8")
    assert list(Project(tmp_path, tmp_path / "var").feeds) == ["hotline"]
