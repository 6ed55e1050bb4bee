"""The text of a ``feed.yaml``: keys in the order of the documentation, a line a column, comments that say why.

A line with ``# ?`` is what a person should still decide or look at; the file is valid as it stands.
"""

import re
from typing import Any

import yaml

from pipeline.onboard.answers import Answers
from pipeline.onboard.columns import DraftColumn
from pipeline.onboard.draft import NO_DATE, Draft

OPEN = "# ?"
_WIDE = 10_000_000


def contract_text(draft: Draft, answers: Answers, source: dict[str, Any], schema: str) -> str:
    """The file. ``answers`` has id, kind, titles, owner and retention; ``source`` is the whole part ``source:``."""
    parts = [
        f"# yaml-language-server: $schema={schema}",
        f"# Registered with 'traceless feed new'. Lines with '{OPEN}' ask for a person's decision.",
        *_head(draft, answers),
        *_source(draft, source),
        "columns:",
        *(line for column in draft.columns for line in _column(draft, column)),
        *_no_date(draft),
        *_left_out(draft),
        *_roles(draft),
        *_expectations(draft),
        *_cadence(draft, answers),
        *_retention(answers),
    ]
    return "\n".join(parts) + "\n"


def flow(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDE, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def remark(text: str) -> str:
    """Words for a comment: on one line, whatever the source called its columns."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def _head(draft: Draft, answers: Answers) -> list[str]:
    title = draft.sample.title or str(answers.id)
    texts = {"en": answers.title_en or title, "zh": answers.title_zh or answers.title_en or title}
    owner = {"team": answers.owner_team or "to be named"}
    owner |= {key: value for key, value in (("email", answers.owner_email), ("on_call", answers.on_call)) if value}
    named = bool(answers.title_en and answers.title_zh)
    return [
        f"id: {flow(answers.id)}",
        f"kind: {flow(answers.kind)}",
        "contract_version: 1.0.0",
        f"title: {flow(texts)}" + ("" if named else f"  {OPEN} the name that people know it by, in both languages"),
        "description: " + flow(answers.description or texts["en"] + ".") + ("" if answers.description else f"  {OPEN} say what one row is"),
        f"owner: {flow(owner)}" + ("" if answers.owner_team else f"  {OPEN} who answers for this feed, and is called when it breaks"),
    ]


def _source(draft: Draft, source: dict[str, Any]) -> list[str]:
    lines = ["source:"]
    for key, value in source.items():
        note = draft.sample.notes.get(key)
        lines.append(f"  {key}: {flow(value)}" + (f"  # {remark(note)}" if note else ""))
    general = draft.sample.notes.get("")
    rows = draft.sample.rows.num_rows
    seen = f"{rows:,} rows looked at{'' if draft.sample.whole else ', not the whole'}" if rows else "no rows looked at"
    return [f"# {remark(seen + (f'; {general}' if general else ''))}.", *lines]


def _column(draft: Draft, column: DraftColumn) -> list[str]:
    fields = dict(column.fields)
    codes = fields.pop("codes", None)
    notes = [column.seen, *_key_note(draft, column)]
    suspicion = draft.suspicions.get(column.source)
    if suspicion:
        notes.append(f"personal: {suspicion.why}")
    lines = [f"  # {remark('; '.join(notes))}"]
    told = draft.sample.told.get(column.source)
    asked = list(column.open)
    if column.source in draft.key.columns and not draft.key.rows and not (told and told.key):
        asked.insert(0, "key: no rows were looked at; is this what names a record?")
    if asked:
        lines.append(f"  {OPEN} {remark('; '.join(asked))}")
    if codes is None:
        return [*lines, f"  - {flow(fields)}"]
    first, *rest = fields.items()
    lines.append(f"  - {first[0]}: {flow(first[1])}")
    return [*lines, *(f"    {key}: {flow(value)}" for key, value in rest), f"    codes: {flow(codes)}"]


def _key_note(draft: Draft, column: DraftColumn) -> list[str]:
    key = draft.key
    if column.source not in key.columns or not key.rows:
        return []
    together = (
        " together with " + ", ".join(draft.names[name] for name in key.columns if name != column.source) if len(key.columns) > 1 else ""
    )
    with_version = f" (with {draft.names[key.version]} as the version)" if key.version and key.version in draft.names else ""
    if not key.doubled:
        return [f"key{together}: {key.rows:,} rows looked at, unique in all{with_version}"]
    same = (
        f"of these {draft.refused:,} rows contradict each other and would be refused"
        if draft.refused
        else "those say the same and one is kept"
    )
    return [f"key{together}: {key.rows:,} rows looked at, {key.doubled:,} more rows than keys; {same}"]


def _no_date(draft: Draft) -> list[str]:
    if draft.event_time:
        return []
    fields = {
        "name": NO_DATE,
        "type": "timestamp",
        "drift": "widen",
        "zh": "上报时间",
        "meaning": "When it happened; the source does not say it yet.",
    }
    return [
        f"  {OPEN} no column of the source holds a date, and every row needs a time at which it happened: ask the owner to add one.",
        f"  {OPEN} Until then it is taken as empty ('drift: widen'), and no quarter has these rows.",
        f"  - {flow(fields)}",
    ]


def _left_out(draft: Draft) -> list[str]:
    if not draft.left_out:
        return []
    lines = ["left_out:"]
    for name, why in draft.left_out.items():
        argue = "  # to take it: feed new --take" if name in draft.suspicions else ""
        lines.append(f"  {flow(name)}: {flow(why)}{argue}")
    return lines


def _roles(draft: Draft) -> list[str]:
    names = draft.names
    lines = []
    if draft.organisation:
        lines.append(f"subject: {flow({'organisation': names[draft.organisation]})}")
    else:
        lines += [f"{OPEN} no column is called like an organisation: which one says whom a row is about?", "subject: {}"]
    event_time = names[draft.event_time] if draft.event_time else NO_DATE
    others = [names[date] for date in draft.dates if date not in (draft.event_time, draft.version)]
    lines.append(f"event_time: {event_time}" + (f"  # others: {', '.join(others)}" if others else ""))
    if draft.version:
        lines.append(f"version: {names[draft.version]}  # orders the versions of a record")
    return lines


def _expectations(draft: Draft) -> list[str]:
    lines = ["expectations:"]
    for rule in draft.rules:
        fields = {"rule": "not_before", "column": rule.late, "other": rule.early}
        held = f"held by all {rule.both:,} rows that have both" if not rule.wrong else f"broken by {rule.wrong:,} of {rule.both:,} rows"
        lines.append(f"  - {flow(fields | ({'on_failure': 'note'} if rule.wrong else {}))}  # {held}")
    lines.append(f"  - {flow({'rule': 'refused_share', 'maximum': 0.05})}  # more refused rows than this hold the batch back")
    return lines


def _cadence(draft: Draft, answers: Answers) -> list[str]:
    """Pulled every night; down when silent for three times as long as usual, where the rows tell what is usual."""
    deadline, why = answers.deadline or "120d", "" if answers.deadline else f"  {OPEN} deadline: how long may it be silent?"
    if not answers.deadline and draft.gap:
        deadline = f"{min(400, max(7, round(3 * draft.gap)))}d"
        every = "day" if draft.gap < 1.5 else f"{round(draft.gap)} days"
        sign = "#" if draft.version else f"{OPEN} deadline:"
        why = f"  {sign} the rows looked at have a new date about every {every}; silent for longer than the deadline = down"
    return [f"cadence: {flow({'cron': '0 2 * * *', 'deadline': deadline})}{why}"]


def _retention(answers: Answers) -> list[str]:
    reason = answers.retention_reason or "A term of office; the source keeps its own archive."
    sure = answers.retention_years and answers.retention_reason
    return [
        f"retention: {flow({'years': answers.retention_years or 5, 'reason': reason})}"
        + ("" if sure else f"  {OPEN} how long rows are kept, and why")
    ]
