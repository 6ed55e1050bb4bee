"""Which column says when it happened, what orders versions, whom a row is about; and what kind of feed it is."""

import re
from collections.abc import Mapping

from pipeline.onboard.keys import is_version_like
from pipeline.onboard.naming import snake
from pipeline.onboard.profile import Profile

_HAPPENED = re.compile(
    r"(^|_)(event|occur(red)?|open(ed)?|opendate|regist(er|ered|ration)|report(ed)?|receiv(ed)?|start|from|found|audit(ed)?|inspect(ed)?|"
    r"decid(ed)?|rated|time|time_period|year|quarter|period(_end)?|date)(_|$)|登记|发生|受理|发现|审计|检查|评价|统计期|年度|年份|日期"
)
_NOT_HAPPENED = re.compile(r"(^|_)(due|deadline|expire[sd]?|valid|until|birth|planned|target)(_|$)|期限|截止|到期|有效|计划|出生")
_LATER = re.compile(r"(^|_)(close[sd]?|closedate|end|finish(ed)?|complet(ed|ion)|to|rectified)(_|$)|办结|结束|完成|整改")
_ORGANISATION = re.compile(
    r"(^|_)(org|organi[sz]ation|dept|department|agency|office|bureau|facility|hospital|account|unit|town|township|county|council|school|"
    r"institution|company|economy|country|iso3|ref_area|area|region|auditee|branch|district|state)(_|$)|单位|部门|机构|乡镇|镇街|街道|地区|区划|县"
)
_FIRST_WORDS = ("org", "dept", "facility", "单位", "机构", "部门")


def pick_event_time(dates: list[str], profiles: Mapping[str, Profile]) -> str | None:
    """The date column that most likely says when it happened: filled, not a deadline, not a time of change or publication."""
    if not dates:
        return None
    return min(dates, key=lambda name: (_unlikely(name), -round(profiles[name].filled / max(profiles[name].rows, 1), 2), dates.index(name)))


def _unlikely(name: str) -> int:
    words = snake(name)
    if _NOT_HAPPENED.search(words) or _NOT_HAPPENED.search(name):
        return 3
    if is_version_like(name):
        return 4
    if _LATER.search(words) or _LATER.search(name):
        return 2
    return 0 if _HAPPENED.search(words) or _HAPPENED.search(name) else 1


def pick_version(dates: list[str], profiles: Mapping[str, Profile], found: str | None) -> str | None:
    """The column that the key found, else the date or time called updated, published, exported or the like that is always filled."""
    if found:
        return found
    full = [name for name in dates if is_version_like(name) and profiles[name].filled == profiles[name].rows]
    return next((name for name in full if re.search(r"updat|modif|chang|更新|修改|变更", snake(name) + name)), full[0] if full else None)


def pick_organisation(texts: list[str], profiles: Mapping[str, Profile]) -> str | None:
    """The column that most likely says which organisation a row is about; a code before a name."""
    likely = [name for name in texts if _ORGANISATION.search(snake(name)) or _ORGANISATION.search(name)]
    likely = [
        name
        for name in likely
        if profiles[name].rows == 0 or (profiles[name].distinct > 1 and profiles[name].filled >= 0.9 * profiles[name].rows)
    ]
    return min(likely, key=lambda name: (_rank(name), texts.index(name))) if likely else None


def _rank(name: str) -> int:
    words = snake(name)
    sure = any(word in words.split("_") or word in name for word in _FIRST_WORDS)
    code = bool(re.search(r"(^|_)(id|code|no)$|编码|代码|编号", words + name))
    named = bool(re.search(r"name|名称|类|type", words + name))
    return (0 if code and sure else 1 if sure else 2 if code else 3) + (4 if named else 0)


KINDS: list[tuple[str, str]] = [
    ("petition", r"petition|complaint|case|hotline|constituent|12345|信访|投诉|热线|来件"),
    ("audit", r"audit|finding|审计"),
    ("inspection", r"inspection|inspect|巡察|巡视|检查|督查"),
    ("rating", r"rating|satisf|survey|review|好差评|满意|评价"),
    ("roster", r"roster|cadre|post_list|干部|花名册|任职"),
    ("evaluation", r"evaluation|assessment|测评|民主评议"),
    ("decision", r"decision|sanction|处分|问责|决定"),
    ("statistics", r"gdp|statist|indicator|index|vintage|population|统计|指标|hdi"),
]


def pick_kind(title: str, names: list[str]) -> str:
    """The kind whose words come most often in the title and the columns' names; statistics where none does."""
    text = " ".join([title.lower()] * 3 + [snake(name) + " " + name for name in names])
    counts = {kind: len(re.findall(pattern, text)) for kind, pattern in KINDS}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] else "statistics"
