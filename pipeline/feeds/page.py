"""A feed's page: what its contract says and where it leads, for people, in one HTML file without network or script."""

from collections.abc import Iterable, Mapping
from html import escape

from declarations.feed import Column, Expectation, FeedContract
from declarations.project import Project
from pipeline.feeds.lineage import Lineage, lineage_of
from pipeline.feeds.lineage_picture import lineage_svg

PERSONAL = {
    "none": "",
    "official": "official 职务信息",
    "person": "personal 个人信息",
    "sensitive": "sensitive 敏感个人信息",
}
STYLE = (
    "body{font:15px/1.55 system-ui,'Noto Sans SC','Noto Sans CJK SC',sans-serif;color:#1c2733;"
    "max-width:1080px;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p.faint,td.faint{color:#66727f}"
    "table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;font-weight:600;border-bottom:1px solid #9fb0c0}"
    "td,th{padding:.3rem .6rem .3rem 0;vertical-align:top}td{border-bottom:1px solid #e6ebef}code{font-size:13px}"
    ".wide{overflow-x:auto}td.short{white-space:nowrap}"
)
CODES = 8
SHORT = 12  # characters of a cell that is not broken up


def feed_page(project: Project, contract: FeedContract) -> str:
    """The page as HTML: head, source, columns with meaning, what is left out, what is checked, lineage."""
    lineage = lineage_of(project, contract)
    title = f"{contract.title.zh} {contract.title.en}"
    sections = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='faint'>feed <code>{contract.id}</code> · {contract.kind} · contract {contract.contract_version}</p>",
        f"<p>{escape(contract.description)}</p>",
        _table("At a glance 概况", [], _facts(contract)),
        _table("Columns that are taken 采集字段", ["column", "名称", "type", "meaning", "rules"], map(_column, contract.columns)),
        _table("Left out 不采集", ["column", "why"], contract.left_out.items()),
        _table("Rows that never enter 不进入", ["column", "values", "why"],
               ([n.column, ", ".join(n.values), n.reason] for n in contract.never_enters)),
        _table("What is checked 质量规则", ["rule", "of", "what it says", "else"], map(_rule, contract.expectations)),
        f"<h2>Where it leads 血缘</h2><div class='wide'>{lineage_svg(project, contract, lineage)}</div>",
        "" if lineage.columns else "<p class='faint'>No indicator uses it yet 尚无指标使用: docs/analyst.md says how to add one.</p>",
        _table("", ["indicator 指标", "meaning", "schemes 方案"], _indicators(project, lineage)),
    ]  # fmt: skip
    return (
        f"<!doctype html><html lang='zh'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(sections)}</body></html>\n"
    )


def _table(title: str, heads: list[str], rows: Iterable[Iterable[str]]) -> str:
    """A table with its heading; nothing at all without rows."""
    lines = ["".join(map(_cell, row)) for row in rows]
    if not lines:
        return ""
    head = f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in heads)}</tr>" if heads else ""
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    return f"{heading}<div class='wide'><table>{head}{''.join(f'<tr>{line}</tr>' for line in lines)}</table></div>"


def _cell(value: str) -> str:
    return f"<td{' class=short' if len(value) < SHORT else ''}>{escape(value)}</td>"


def _facts(contract: FeedContract) -> list[tuple[str, str]]:
    cursor = getattr(contract.source, "cursor", None)
    events = [name for name, on in (("webhook", contract.cadence.webhook), ("message", contract.cadence.message)) if on]
    asked = f"rows at or after the last {cursor.column}, less {cursor.look_back}" if cursor else "everything that is new"
    return [
        ("owner 负责单位", " · ".join(filter(None, (contract.owner.team, contract.owner.email, contract.owner.on_call)))),
        ("source 来源", f"{contract.source.connector}, connection '{contract.source.connection}'"),
        ("asked for 采集", "the whole; records that are missing are gone" if contract.snapshot else asked),
        ("when 时间", ", ".join([*events, f"cron {contract.cadence.cron}"]) + f"; silent for {contract.cadence.deadline}: down"),
        ("a record is 主键", ", ".join(contract.keys) + (f", its newest {contract.version} holds" if contract.version else "")),
        ("happened 发生时间", contract.event_time),
        ("about 对象", ", ".join(filter(None, (contract.subject.organisation, contract.subject.cadre))) or "no subject"),
        ("kept 保存", f"{contract.retention.years} years: {contract.retention.reason}"),
    ]


def _column(column: Column) -> list[str]:
    rules = [
        "key 主键" if column.key else "",
        "required 必填" if column.required else "",
        PERSONAL[column.personal] + (f": {column.why_taken}" if column.why_taken else ""),
        _codes(column.codes) if column.codes else "",
        f"matches {column.pattern}" if column.pattern else "",
        f"from {column.minimum:g}" if column.minimum is not None else "",
        f"to {column.maximum:g}" if column.maximum is not None else "",
        f"in {column.refers_to}" if column.refers_to else "",
        f"when it changes: {column.drift}" if column.drift != "quarantine" else "",
    ]
    kind = column.type + (f", {column.unit}" if column.unit else "")
    name = column.name if column.source_name == column.name else f"{column.name} ← {column.source_name}"
    return [name, column.zh, kind, column.meaning, "; ".join(filter(None, rules))]


def _codes(codes: Mapping[str, str]) -> str:
    """The first codes with their meanings, those that mean themselves once, and how many more there are."""
    shown = [code if code == meaning else f"{code} {meaning}" for code, meaning in list(codes.items())[:CODES]]
    return f"one of {', '.join(shown)}" + (f" and {len(codes) - CODES} more" if len(codes) > CODES else "")


def _rule(rule: Expectation) -> list[str]:
    said = rule.model_dump(exclude_none=True, exclude={"rule", "on_failure", "column", "columns", "meaning"})
    of = getattr(rule, "column", None) or ", ".join(getattr(rule, "columns", []))
    words = getattr(rule, "meaning", None) or (rule.__doc__ or "").split(";")[0].replace("``", "").strip()
    bounds = ", ".join(f"{name} {value}" for name, value in said.items())
    return [rule.rule, of, f"{words} {f'({bounds})' if bounds else ''}", rule.on_failure]


def _indicators(project: Project, lineage: Lineage) -> list[list[str]]:
    return [
        [
            f"{project.indicators[code].title.zh} {code}",
            project.indicators[code].meaning,
            ", ".join(u.scheme for u in lineage.uses_of(code)),
        ]
        for code in lineage.columns
    ]
