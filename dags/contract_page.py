"""The page that Airflow shows for a feed's DAG, written from its contract."""

from collections.abc import Iterable

from declarations.feed import FeedContract


def contract_page(contract: FeedContract) -> str:
    """Markdown: title, owner, cadence, columns, what is left out and why, expectations."""
    owner = " · ".join(filter(None, [contract.owner.team, contract.owner.email]))
    message = contract.cadence.message
    events = ["webhook"] * contract.cadence.webhook + ([f"messages of stream `{message.channel}`"] if message else [])
    event = "".join(f"{one}, and " for one in events)
    parts = [
        f"# {contract.title.zh} · {contract.title.en}",
        contract.description,
        f"**Owner** {owner}  \n**Source** {contract.source.connector}, connection `{contract.source.connection}`  \n"
        f"**Cadence** {event}cron `{contract.cadence.cron}`; down when silent for {contract.cadence.deadline}  \n"
        f"**Kept** {contract.retention.years} years ({contract.retention.reason})",
        "## Columns taken",
        _table(
            ("column", "中文", "type", "unit", "meaning"),
            ((_marked(c.name, c.key), c.zh, c.type, c.unit or "", c.meaning) for c in contract.columns),
        ),
        "## Left out",
        _table(("column", "reason"), contract.left_out.items()) if contract.left_out else "Nothing.",
    ]
    if contract.never_enters:
        rows = ((n.column, ", ".join(n.values), n.reason) for n in contract.never_enters)
        parts += ["## Rows that never enter", _table(("column", "values", "reason"), rows)]
    if contract.expectations:
        parts += ["## Expectations", _table(("rule", "says", "on failure"), map(_expectation, contract.expectations))]
    return "\n\n".join(parts)


def _marked(name: str, key: bool) -> str:
    return f"**{name}** (key)" if key else name


def _expectation(rule: object) -> tuple[str, str, str]:
    said = {k: v for k, v in vars(rule).items() if k not in ("rule", "on_failure") and v is not None}
    return vars(rule)["rule"], ", ".join(f"{k} {v}" for k, v in said.items()), vars(rule)["on_failure"]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(_cell(cell) for cell in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
