"""What is asked at a registration, each with a default that Enter accepts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import ValidationError

from declarations.feed import FeedKind
from declarations.problem import Problem
from pipeline.onboard.answers import Answers
from pipeline.onboard.draft import Draft
from pipeline.onboard.roles import pick_kind

KINDS = list(get_args(FeedKind))


@dataclass(frozen=True)
class Question:
    """``name`` is the part of the answers; ``default`` what Enter says; ``sure``: the default may stand without a person."""

    name: str
    text: str
    default: str
    why: str = ""
    choices: list[str] = field(default_factory=list)
    sure: bool = False


def questions(draft: Draft, answers: Answers) -> list[Question]:
    """What was not said yet, in the order of the contract."""
    sample = draft.sample
    title = answers.title_en or sample.title or str(answers.id)
    found = [
        Question("kind", "What kind of feed is it?", pick_kind(f"{answers.id} {title}", sample.names), choices=KINDS, sure=True),
        Question("title_en", "Its name in English", title),
        Question("title_zh", "Its name in Chinese 中文名称", title),
        Question("description", "What is one row?", ""),
        Question("owner_team", "Which office answers for it?", ""),
        Question("owner_email", "Its e-mail address (Enter: none)", ""),
        *_about_columns(draft),
        Question("retention_years", "How many years are its rows kept?", "5"),
        Question("retention_reason", "Why so long, and no shorter?", "A term of office; the source keeps its own archive."),
    ]
    return [question for question in found if not getattr(answers, question.name)]


def _about_columns(draft: Draft) -> list[Question]:
    names = draft.names
    key = ", ".join(names[name] for name in draft.key.columns)
    others = ", ".join(names[name] for name in draft.key.others if name in names)
    asked = [Question("key", "Which columns name a record (key)?", key, _key_words(draft, others), sure=not draft.key.doubled)]
    dates = [names[name] for name in draft.dates]
    if len(dates) > 1:
        chosen = names[draft.event_time] if draft.event_time else dates[0]
        asked.append(Question("event_time", "Which column says when it happened?", chosen, choices=dates, sure=True))
        version = names[draft.version] if draft.version else "none"
        asked.append(Question("version", "Which column tells the newer version of a record?", version, choices=["none", *dates], sure=True))
    organisation = names[draft.organisation] if draft.organisation else "none"
    asked.append(
        Question("organisation", "Which column says which organisation it is about?", organisation, sure=draft.organisation is not None)
    )
    suspected = [name for name in draft.suspicions if name in draft.left_out]
    if suspected:
        why = f"{', '.join(suspected)}: left out, for they look personal."
        asked.append(Question("take", "Take one all the same? Write COLUMN=why; Enter leaves them out", "", why, sure=True))
    unitless = [column.name for column in draft.columns if any(text.startswith("unit") for text in column.open)]
    if unitless:
        why = f"{', '.join(unitless)}: in what are they measured?"
        asked.append(Question("units", "Units, as COLUMN=unit; COLUMN=unit (Enter: later)", "", why))
    unlabelled = [column.name for column in draft.columns if any(text.startswith("zh") for text in column.open)]
    if unlabelled:
        why = f"{', '.join(unlabelled)}: without a Chinese label of their own."
        asked.append(Question("labels", "Chinese labels 中文, as COLUMN=标签; COLUMN=标签 (Enter: later)", "", why))
    return asked


def _key_words(draft: Draft, others: str) -> str:
    key = draft.key
    if not key.rows:
        return "No rows were looked at."
    version = f" (with {draft.names[key.version]})" if key.version in draft.names else ""
    seen = (
        f"{key.rows:,} rows looked at, " + ("unique in all" if not key.doubled else f"{key.doubled:,} more rows than keys") + version + "."
    )
    return seen + (f" Also unique: {others}." if others else "")


Ask = Callable[[Question], str]


def answered(answers: Answers, question: Question, text: str) -> Answers:
    """The answers with one more. Raises Problem where the text does not fit the question."""
    text = text.strip()
    if not text or (text == question.default and not question.choices and question.name not in _SAID_BY_ENTER):
        return answers
    value: Any = text
    if question.name in ("take", "units", "leave", "labels", "names"):
        value = {**getattr(answers, question.name), **pairs(question.name, text)}
    elif question.name == "key":
        value = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    elif question.choices and text not in question.choices:
        raise Problem(question.text, f"'{text}' is none of {', '.join(question.choices)}.", "write one of these.")
    try:
        return Answers.model_validate({**answers.model_dump(), question.name: value})
    except ValidationError as error:
        raise Problem(question.text, f"'{text}' does not fit: {error.errors()[0]['msg'].lower()}.", "answer again.") from None


ABOUT_COLUMNS = ("key", "event_time", "version", "organisation", "take", "units", "labels")
_SAID_BY_ENTER = ("title_en", "title_zh", "retention_years", "retention_reason")


def pairs(place: str, text: str) -> dict[str, str]:
    """``a=b; c=d`` as a mapping. Raises Problem where a part has no ``=``."""
    found = {}
    for part in text.replace("；", ";").split(";"):
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise Problem(place, f"'{part.strip()}' is not COLUMN=text.", 'write such as COLUMN="why it is needed".')
        found[name.strip()] = value.strip().strip("\"'")
    return found
