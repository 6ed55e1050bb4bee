"""The board of all feeds 数据源看板: how each stands, in one HTML page without script or network."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from declarations.project import Project
from pipeline.feeds.page import STYLE
from pipeline.state import FeedState

_MORE = (
    ".dot{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin-right:.45rem;vertical-align:-1px}"
    ".green{background:#2e8b57}.yellow{background:#e0a800}.red{background:#c8332f}body{max-width:1280px}"
    "td.number{text-align:right;font-variant-numeric:tabular-nums}tr.advice td{border-bottom:1px solid #9fb0c0;color:#44525f}"
    "tr.feed td{border-bottom:none;white-space:nowrap}td{white-space:nowrap}tr.advice td{white-space:normal}"
    ".bar{display:block;width:90px;height:8px;background:#e6ebef;border-radius:4px}"
    ".bar i{display:block;height:8px;border-radius:4px;background:#1f4e86}.bar i.low{background:#c8332f}"
)
_HEADS = (
    *("feed 数据源", "last event 最近联系", "last news 最近到数", "last batch 行数", "against usual 与往常比", "accepted 合格"),
    *("refused 隔离", "heard on 数据至", "scored until 可评至", "contract 契约", "cursor 游标", "next pull 下次"),
)
_WORDS = {"green": "正常", "yellow": "留意", "red": "异常"}


def board_page(project: Project, states: Sequence[FeedState], now: datetime) -> str:
    """The page as HTML; red feeds stand first, each with its sentence of advice. Times are UTC."""
    order = {"red": 0, "yellow": 1, "green": 2}
    rows = [_feed(project, state) for state in sorted(states, key=lambda state: (order[state.light], state.feed))]
    counts = " · ".join(f"{sum(s.light == light for s in states)} {word}" for light, word in _WORDS.items())
    heads = "".join(f"<th>{escape(head)}</th>" for head in _HEADS)
    return (
        f"<!doctype html><html lang='zh'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Feeds 数据源</title><style>{STYLE}{_MORE}</style></head><body><h1>Feeds 数据源</h1>"
        f"<p class='faint'>{escape(counts)} · {now:%Y-%m-%d %H:%M} UTC</p>"
        f"<div class='wide'><table><tr>{heads}</tr>{''.join(rows)}</table></div></body></html>\n"
    )


def _feed(project: Project, state: FeedState) -> str:
    contract = project.readable_feeds.get(state.feed)
    name = f"{contract.title.zh} {state.feed}" if contract else state.feed
    cells = [
        f"<td><span class='dot {state.light}' title='{_WORDS[state.light]}'></span>{escape(name)}</td>",
        *map(_cell, (_minute(state.last_event), _minute(state.last_news))),
        _number(state.last_rows),
        f"<td>{_bar(state)}</td>",
        _number(state.accepted),
        _number(state.quarantined),
        *map(
            _cell, (_day(state.heard_on), _day(state.heard_until), state.contract_version, _short(state.cursor), _minute(state.next_pull))
        ),
    ]
    advice = f"<tr class='advice'><td colspan='{len(_HEADS)}'>{escape(state.advice)}</td></tr>" if state.advice else ""
    return f"<tr class='{'feed' if state.advice else ''}'>{''.join(cells)}</tr>{advice}"


def _bar(state: FeedState) -> str:
    """Rows of the newest batch as a share of twice the usual number; red below half of it."""
    if state.last_rows is None or not state.usual_rows:
        return "<span class='faint'>no history 无历史</span>" if state.last_rows is not None else ""
    share = state.last_rows / state.usual_rows
    low = " class='low'" if share < 0.5 else ""
    told = f"{state.last_rows:,} of usually {state.usual_rows:,.0f}"
    return f"<span class='bar' title='{told}'><i{low} style='width:{min(share / 2, 1):.0%}'></i></span>{share:.0%}"


def _cell(value: str | None) -> str:
    return f"<td>{escape(value)}</td>" if value else "<td class='faint'>–</td>"


def _number(value: int | None) -> str:
    return f"<td class='number'>{value:,}</td>" if value is not None else "<td class='number faint'>–</td>"


def _minute(moment: datetime | None) -> str | None:
    return f"{moment:%m-%d %H:%M}" if moment else None


def _day(day: object | None) -> str | None:
    return str(day) if day else None


def _short(cursor: str | None) -> str | None:
    return cursor.replace("T", " ").removesuffix("+00:00") if cursor else None
