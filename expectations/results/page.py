"""The results as one HTML file: no network, no script; what is shown of values is masked, and personal columns are not shown."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from string import Template

from expectations.results.bars import bars
from expectations.results.read import FeedResults
from expectations.words import ACTIONS_ZH, STATUS_ZH, rule_zh
from warehouse.batch import Finding

_PAGE = Path(__file__).parent / "page.html"
HIDDEN = "not shown: personal data 个人信息不显示"


def results_page(results: FeedResults, now: datetime) -> str:
    """The page."""
    contract, batch = results.contract, results.batch
    owner = " · ".join(filter(None, (contract.owner.team, contract.owner.email, contract.owner.on_call)))
    meta = f"feed <code>{contract.id}</code> · contract 契约 {contract.contract_version} · {escape(owner)}"
    older = f"<span>{results.more_batches} earlier batches are not drawn 更早的批次未显示</span>" if results.more_batches else ""
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{contract.title.zh} {contract.id}"),
        heading=escape(f"{contract.title.zh} {contract.title.en}"),
        meta=meta,
        status=batch.status,
        status_words=f"{STATUS_ZH[batch.status]} {batch.status}",
        told="".join(_told(results)),
        tiles="".join(
            f"<li{' class=bad' if bad else ''}><b>{escape(value)}</b><span>{name}</span></li>" for value, name, bad in _tiles(results)
        ),
        bars=bars(results.batches, batch.batch_id),
        older=older,
        findings=_findings(results),
        refused=_refused(results),
        rules=_rules(results),
        footer=f"Written {now:%Y-%m-%d %H:%M} UTC by traceless feed results. Times are UTC; the file needs no network 离线可读。",
    )


def ago(span: timedelta) -> str:
    """A span in the largest unit that says enough."""
    hours = max(span.total_seconds(), 0) / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h" if hours >= 2 else f"{hours * 60:.0f} min"


def _told(results: FeedResults) -> Iterable[str]:
    """What somebody must know or do."""
    verdict = results.verdict
    if verdict is None:
        yield '<p class="note">The batch was landed and not judged yet 尚未检查。</p>'
        return
    stops = " ".join(finding.message for finding in verdict.findings if finding.action == "stop")
    if verdict.status == "broken":
        yield f'<p class="advice"><b>整批停用 Nothing of this batch is used.</b> {escape(stops)}<br>{escape(verdict.advice or "")}</p>'
    if results.outdated:
        yield '<p class="note">This verdict was given under an earlier contract 按旧契约检查。</p>'
    if verdict.compared_with:
        looked = ", ".join(f"{feed} ({number} {'batch' if number == 1 else 'batches'})" for feed, number in verdict.compared_with.items())
        yield f'<p class="faint">Compared with the accepted rows of 引用核对: {escape(looked)}.</p>'


def _tiles(results: FeedResults) -> Iterable[tuple[str, str, bool]]:
    batch = results.batch
    share = batch.quarantined / batch.fetched if batch.fetched else 0
    yield f"{batch.fetched:,}", "rows in 取得行数", False
    yield f"{batch.accepted:,}", "accepted 已接收", batch.status == "broken"
    yield f"{batch.quarantined:,}", f"quarantined 隔离 ({share:.1%})", False
    yield f"{batch.pulled_at:%m-%d %H:%M}", f"pulled 采集 · <code>{escape(batch.batch_id[:12])}</code>", False
    yield ago(results.silent_for), f"since the last pull 距上次采集 (≤ {results.contract.cadence.deadline})", results.late


def _findings(results: FeedResults) -> str:
    found = (
        sorted(results.verdict.findings, key=lambda f: ({"stop": 0, "quarantine": 1, "note": 2}[f.action], -f.rows))
        if results.verdict
        else []
    )
    if not found:
        return (
            '<section><h2>Findings 检查结果</h2><p class="faint">Nothing was found: every rule holds 全部规则通过。</p></section>'
            if results.verdict
            else ""
        )
    rows = [
        [
            _rule(f.rule),
            f"<code>{escape(f.column)}</code>" if f.column else "",
            escape(f.message),
            _tag(f.action),
            *_counted(results, f),
        ]
        for f in found
    ]
    heads = ["rule 规则", "column 字段", "what was found 说明", "follows 处理", "rows 行数", "share 占比"]
    return f"<section><h2>Findings 检查结果</h2>{_table(heads, rows)}</section>"


def _counted(results: FeedResults, finding: Finding) -> tuple[str, str]:
    """Rows and share, for rules that judge single rows; what is found of a batch as a whole has neither."""
    if not results.is_of_rows(finding):
        return "", ""
    share = results.share(finding)
    bar = f'<span class="share"><i style="width:{min(share, 1) * 100:.1f}%"></i></span>'
    return f"{finding.rows:,}", f"<span>{share:.1%}</span>{bar}"


def _refused(results: FeedResults) -> str:
    if not results.refused:
        return ""
    rows = [
        [
            f"{line.row_no:,}",
            escape(line.key) if line.key is not None else f'<span class="faint">{HIDDEN if line.rule != "unreadable" else "–"}</span>',
            _rule(line.rule),
            f"<code>{escape(line.column)}</code>" if line.column else "",
            _value(line.value, line.rule),
            escape(line.reason),
        ]
        for line in results.refused
    ]
    heads = ["row 行", "key 主键", "rule 规则", "column 字段", "value 值", "reason 原因"]
    more = results.refused_lines - len(results.refused)
    below = f'<p class="faint">and {more:,} more in the batch\'s quarantine.parquet 其余见隔离文件。</p>' if more > 0 else ""
    return f"<section><h2>Refused rows 隔离的行</h2>{_table(heads, rows)}{below}</section>"


def _value(value: str | None, rule: str) -> str:
    if value is None:
        return '<span class="faint">empty 空</span>' if rule in ("not_null", "unreadable") else f'<span class="faint">{HIDDEN}</span>'
    return escape(value)


def _rules(results: FeedResults) -> str:
    rows = [
        [
            _rule(r.rule),
            f"<code>{escape(r.column)}</code>" if r.column else "",
            escape(r.meaning),
            _tag(r.action),
            f"{r.rows:,}" if r.rows else "–",
        ]
        for r in results.rules
    ]
    heads = ["rule 规则", "column 字段", "fails when 不通过的情形", "follows 处理", "rows 行数"]
    return f"<section><details><summary>All {len(rows)} rules 全部规则</summary>{_table(heads, rows)}</details></section>"


def _rule(name: str) -> str:
    return f"<span class='rule'>{escape(name)} <span class='faint'>{rule_zh(name)}</span></span>"


def _tag(action: str) -> str:
    return f'<span class="tag {action}">{action} {ACTIONS_ZH[action]}</span>'


def _table(heads: list[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; on a phone each row is a block with the heads beside the values."""
    numbers = {i for i, head in enumerate(heads) if head.startswith(("rows ", "row "))}
    head = "".join(f"<th{' class=number' if i in numbers else ''}>{escape(name)}</th>" for i, name in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-head="{escape(heads[i])}"{" class=number" if i in numbers else ""}>{_wrapped(cell)}</td>'
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _wrapped(cell: str) -> str:
    return cell if cell.startswith("<") or not cell else f"<span>{cell}</span>"
