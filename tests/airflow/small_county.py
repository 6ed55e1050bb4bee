"""A project of three towns with two feeds read from local CSV files, and one scheme."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from declarations.project import REPOSITORY, Project

ROSTER = [
    {
        "record_no": f"R{town:06}", "record_type": "organisation", "org_id": f"T{town:02}", "org_name": f"镇{town}",
        "org_class": "town", "org_group": "north", "valid_from": "2020-01-01", "updated_at": "2025-01-01 00:00:00",
    }
    for town in (1, 2, 3)
]  # fmt: skip
SCHEME: dict[str, Any] = {
    "id": "town-2025",
    "version": "1",
    "year": 2025,
    "title": {"en": "Three towns 2025", "zh": "三镇考核"},
    "description": "Two indicators of one feed.",
    "rule_profile": "plain",
    "subject_class": "town",
    "groups": {"north": {"en": "North", "zh": "北部"}},
    "tree": [
        {"code": code, "title": {"en": code, "zh": "整改"}, "weight": 0.5, "indicator": code,
         "normalise": {"method": "as_is", "factor": 100}}
        for code in ("audit_on_time_rate", "audit_rectification_rate")
    ],
    "grades": [{"grade": "poor", "title": {"en": "Poor", "zh": "较差"}, "at_least": 0}],
}  # fmt: skip
RULES = {
    "id": "plain",
    "title": {"en": "Plain", "zh": "样例"},
    "jurisdiction": "none",
    "effective_from": "2024-01-01",
    "sources": ["sample, verify"],
}


def make_county(root: Path) -> Project:
    """Write the declarations, the roster and the connections; the audit folder is there and empty."""
    project = Project(root / "project", root / "var")
    for feed in ("audit", "roster"):
        contract = yaml.safe_load((REPOSITORY / "feeds" / feed / "feed.yaml").read_text(encoding="utf-8"))
        contract["source"] = {"connector": "files", "connection": f"{feed}_files", "pattern": ["*.csv"]}
        _write_yaml(project.root / "feeds" / feed / "feed.yaml", contract)
        (root / "source" / feed).mkdir(parents=True)
    (project.root / "indicators").mkdir()
    shutil.copy(REPOSITORY / "indicators" / "audit.yaml", project.root / "indicators")
    _write_yaml(project.root / "schemes" / "town-2025.yaml", SCHEME)
    _write_yaml(project.root / "schemes" / "rules" / "plain.yaml", RULES)
    project.var.mkdir()
    lines = [f"AIRFLOW_CONN_{feed.upper()}_FILES={_folder(root / 'source' / feed)}" for feed in ("audit", "roster")]
    project.connections_file.write_text("\n".join(lines) + "\n")
    drop(project, "roster", "roster.csv", ROSTER)
    return project


def issue(number: int, due: str, rectified: str | None, updated: str = "2025-12-01 00:00:00") -> dict[str, str]:
    """One audit issue of town 1, 2 or 3 in turn, due on a day and rectified on another or not at all."""
    return {
        "issue_no": f"SJ2025-{number:06}", "org_id": f"T{number % 3 + 1:02}", "category": "fiscal",
        "amount_yuan": "1000", "rectified_amount_yuan": "0", "event_on": "2024-05-01", "responsibility": "direct",
        "found_on": "2025-01-02", "due_on": due, "rectified_on": rectified or "", "verified": "verified",
        "repeat_finding": "false", "advice_given": "1", "advice_adopted": "1",
        "status": "closed" if rectified else "open", "updated_at": updated,
    }  # fmt: skip


def drop(project: Project, feed: str, name: str, rows: list[dict[str, str]]) -> None:
    """Put a CSV file with these rows into the feed's folder; the contract's columns, all of them."""
    columns = [column.source_name for column in project.feeds[feed].columns]
    folder = project.var.parent / "source" / feed
    with (folder / f"{name}.part").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    (folder / f"{name}.part").rename(folder / name)


def _folder(path: Path) -> str:
    return json.dumps({"conn_type": "file", "extra": {"path": str(path)}})


def _write_yaml(file: Path, data: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
