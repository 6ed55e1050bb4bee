"""Which columns are likely personal data 个人信息, judged by their name and by their values."""

import re
from dataclasses import dataclass

from declarations.feed.column import Personal
from pipeline.onboard.naming import snake
from pipeline.onboard.personal_patterns import NAMES, ORGANISATION_WORDS, QUASI_ADDRESS
from pipeline.onboard.profile import Profile
from pipeline.onboard.sample import Told

WHAT: dict[str, tuple[str, Personal]] = {
    "id_card": ("18-digit identity card numbers with a right check digit", "sensitive"),
    "bank_card": ("bank card numbers with a right check digit", "sensitive"),
    "phone": ("telephone numbers", "person"),
    "e_mail": ("e-mail addresses", "person"),
    "plate": ("licence plates", "person"),
    "address": ("street addresses", "person"),
    "chinese_name": ("names of persons (surname and given name)", "person"),
    "western_name": ("names of persons (given name and surname)", "person"),
    "given_name": ("given names", "person"),
    "identity_inside": ("telephone or identity card numbers inside a text", "person"),
}
_LEAST = {"bank_card": 0.9, "chinese_name": 0.8, "western_name": 0.35, "given_name": 0.5, "address": 0.3, "identity_inside": 0.01}
_USUAL = 0.2
_AN_ORGANISATION = 0.3
_GUESSED_NAMES = {"chinese_name": 3, "western_name": 3, "given_name": 3}


@dataclass(frozen=True)
class Suspicion:
    """Why a column is likely personal, in words that show no value; ``klass`` is its class where it is taken all the same."""

    why: str
    klass: Personal
    sort: str


def suspect(profile: Profile, told: Told | None, is_code: bool) -> Suspicion | None:
    """What speaks for personal data in a column; None where nothing does. ``is_code``: its values are few and are codes."""
    words = f"{snake(profile.name)} {profile.name.lower()} {(told.label or '').lower() if told else ''}"
    by_value = _by_value(profile)
    by_name = _by_name(profile, words)
    if by_value and not (by_name and by_name.sort == by_value.sort):
        return by_value
    if by_name and not (is_code and by_name.sort == "free_text"):
        return by_name
    return _free_text(profile)


def quasi_address(name: str) -> bool:
    """A place that, beside a postcode or street of the same table, narrows down where somebody lives."""
    return bool(QUASI_ADDRESS.search(snake(name)) or QUASI_ADDRESS.search(name))


def _by_value(profile: Profile) -> Suspicion | None:
    organisation = profile.looks.get("organisation", 0)
    for sort, (what, klass) in WHAT.items():
        share = profile.looks.get(sort, 0)
        if share < _LEAST.get(sort, _USUAL):
            continue
        if sort == "identity_inside" and profile.fits.get("decimal", 0) == profile.filled:
            continue  # amounts may be as long as a telephone number
        if sort in _GUESSED_NAMES and (profile.distinct < _GUESSED_NAMES[sort] or organisation >= _AN_ORGANISATION):
            continue
        return Suspicion(f"{what} in {_percent(share)} of the filled values", klass, _sort(sort))
    return None


def _by_name(profile: Profile, words: str) -> Suspicion | None:
    names = words.split()
    for sort, (pattern, what, klass) in NAMES.items():
        if not any(pattern.search(word) for word in [*names, profile.name.lower()]):
            continue
        if _harmless(profile, sort):
            continue
        return Suspicion(f"by its name {what}", klass, sort)
    return _bare_name(profile, names[0])


def _harmless(profile: Profile, sort: str) -> bool:
    """A name alone does not tell: flags, counts and dates are no free text, no person and no address."""
    dull = (
        profile.filled and max(profile.fits.get(kind, 0) for kind in ("boolean", "date", "timestamp", "decimal")) >= 0.99 * profile.filled
    )
    if sort == "free_text":
        return bool(dull) or (bool(profile.filled) and profile.longest <= 12)
    if sort in ("person_name", "health"):
        return bool(dull) or profile.looks.get("organisation", 0) >= 0.6
    if sort in ("id_card", "phone", "bank_card", "address", "plate", "e_mail"):
        return bool(profile.filled) and profile.fits.get("boolean", 0) == profile.filled
    return False


def _bare_name(profile: Profile, name: str) -> Suspicion | None:
    """A column called ``name`` or ``…_name``: of a person unless its name or its values say organisation or thing."""
    if not re.search(r"(^|_)names?$|名$|名称$", name) and not re.search(r"名$", profile.name):
        return None
    if "名称" in profile.name or ORGANISATION_WORDS.search(name) or profile.looks.get("organisation", 0) >= _AN_ORGANISATION:
        return None
    if profile.filled and profile.distinct <= 8:
        return None
    return Suspicion("called a name, and nothing says that it is not a person's", "person", "person_name")


def _free_text(profile: Profile) -> Suspicion | None:
    """Long, of many words, hardly ever the same."""
    if profile.filled < 5 or profile.distinct < 0.3 * profile.filled:
        return None
    wordy = profile.mean_length >= 40 and profile.mean_words >= 6
    chinese = profile.mean_length >= 18 and profile.mean_words < 3 and profile.shape is None and profile.longest >= 30 and not profile.fits
    if not (wordy or chinese) or profile.looks.get("organisation", 0) > 0.9:
        return None
    what = f"free text: {profile.mean_length:.0f} characters on average, {_percent(profile.distinct / profile.filled)} of them different"
    return Suspicion(what, "person", "free_text")


def _sort(sort: str) -> str:
    return "person_name" if sort.endswith("_name") else sort


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
