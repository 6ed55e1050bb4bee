"""What feeds brought, as tables: of a pull, and of a back-fill."""

from cli.screen import Rows, errors, paragraph, table
from declarations.problem import Problem
from pipeline.run import FeedReport


def feed_table(reports: list[FeedReport]) -> Rows:
    """What each feed brought: rows in = accepted + quarantined. Gone and expired rows are shown where there are any."""
    more = [name for name in ("gone", "expired") if any(getattr(report, name) for report in reports)]
    rows = [
        [
            r.feed,
            "stopped" if r.problem else r.pulled.replace("_", " "),
            r.fetched,
            r.accepted,
            r.quarantined,
            *(getattr(r, name) for name in more),
            r.rows_new,
            " ".join(r.periods[-4:]),
        ]
        for r in reports
    ]
    titles = {"gone": "gone from source", "expired": "too old"}
    columns = ["feed", "pull", "rows in", "accepted", "quarantined", *(titles[name] for name in more), "new versions", "quarters changed"]
    return table("Rows 行数: in = accepted + quarantined", columns, rows)


def raise_first(problems: list[Problem]) -> None:
    """Raise the first problem; the others are printed before it."""
    for problem in problems[1:]:
        errors.print(paragraph(problem), soft_wrap=True, highlight=False)
    if problems:
        raise problems[0]
