"""Which columns name a record, and which column orders its versions."""

import re
from dataclasses import dataclass, field

from pipeline.onboard.naming import snake
from pipeline.onboard.profile import Profile, Profiler

_ID = re.compile(
    r"(^|_)(id|code|key|uuid|guid|uid|ref|reference|iso[0-9]?|fips)(_|$)|(^|_)(no|nr|number)$|[a-z](id|no)$|编号|代码|编码|文号|序号|单号"
)
_LONG = 48
_SERIAL = re.compile(r"^(id|serial_no|row_?(no|number|id)|index|n)$|^序号$")
_VERSION = re.compile(
    r"(^|_)(updated?|modified|changed?|last|pub|publish(ed)?|release[d]?|export(ed)?|vintage|version|revision|etl|load(ed)?|as_of|snapshot)(_|$)|"
    r"更新|修改|变更|发布|公布|导出|入库|版本"
)
_WIDEST = 4
_TRIED = 12


@dataclass(frozen=True)
class KeyFound:
    """Columns (source names) of the key; ``rows`` were looked at, ``different`` is how many keys they have.

    ``others`` are further single columns that would do. With a ``version`` the key and the version together are unique.
    """

    columns: list[str]
    rows: int
    different: int
    version: str | None = None
    others: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """How many rows there are beyond one for each key (and version)."""
        return self.rows - self.different


def is_id_like(name: str) -> bool:
    """Whether a name speaks of a number or code."""
    return len(name) <= _LONG and bool(_ID.search(snake(name)) or _ID.search(name))


def is_version_like(name: str) -> bool:
    """Whether a name speaks of the last change, the publication or the like."""
    return bool(_VERSION.search(snake(name)) or _VERSION.search(name))


def find_key(profiler: Profiler, profiles: dict[str, Profile], types: dict[str, str], told: list[str]) -> KeyFound | None:
    """The key that the source tells, else a unique column, else the smallest unique set of likely columns, else the nearest to it."""
    rows = next(iter(profiles.values())).rows if profiles else 0
    known = [name for name in told if name in profiles]
    if known and (len(known) == len(told)):
        return KeyFound(known, *(profiler.different(known) if rows else (0, 0)))
    if not rows:
        return None
    likely = sorted((name for name in profiles if _may_be_key(profiles[name], types[name])), key=lambda name: _rank(name, profiles, types))
    unique = [name for name in likely if profiles[name].filled == rows == profiles[name].distinct and not _is_serial(profiles[name])]
    if unique:
        return KeyFound(unique[:1], rows, rows, others=unique[1:])
    return _combined(profiler, profiles, types, likely, rows) if likely else None


def _combined(profiler: Profiler, profiles: dict[str, Profile], types: dict[str, str], likely: list[str], rows: int) -> KeyFound:
    """Columns are added while each adds most keys, then those are dropped that are not needed."""
    nearly = [name for name in likely if profiles[name].filled == rows and profiles[name].distinct >= 0.99 * rows]
    if nearly:
        return KeyFound(nearly[:1], rows, profiles[nearly[0]].distinct)
    full = [name for name in likely if profiles[name].filled == rows]
    pool = [name for name in full if not _is_serial(profiles[name])][:_TRIED] or full[:_TRIED]
    chosen: list[str] = []
    best = 0
    while pool and best < rows and len(chosen) < _WIDEST:
        counts = profiler.different_with(chosen, pool)
        name = max(counts, key=lambda name: (counts[name] == rows, counts[name] * _weight(name, types), -pool.index(name)))
        if counts[name] <= best:
            break
        chosen, best = [*chosen, name], counts[name]
        pool.remove(name)
    for name in sorted(chosen, key=lambda name: _rank(name, profiles, types), reverse=True):
        rest = [other for other in chosen if other != name]
        if rest and profiler.different(rest)[1] == best:
            chosen = rest
    return _with_version(sorted(chosen, key=list(profiles).index), types, rows, best)


def _with_version(chosen: list[str], types: dict[str, str], rows: int, best: int) -> KeyFound:
    """A date of publication in the key is what orders the versions of a record, not part of its name."""
    version = next((name for name in chosen if is_version_like(name) and types[name] in ("date", "timestamp")), None)
    if version is None or len(chosen) == 1:
        return KeyFound(chosen, rows, best)
    return KeyFound([name for name in chosen if name != version], rows, best, version=version)


def _may_be_key(profile: Profile, kind: str) -> bool:
    return kind in ("string", "integer", "date", "timestamp") and profile.distinct > 1 and profile.longest <= 80


def _rank(name: str, profiles: dict[str, Profile], types: dict[str, str]) -> tuple[int, int, int]:
    """Numbers and codes before texts, texts before dates; a mere row number last; then the order of the source."""
    sort = 0 if is_id_like(name) else 1 if types[name] == "string" else 2
    sort = 4 if _is_serial(profiles[name]) else 3 if is_version_like(name) else sort
    return sort, int(profiles[name].longest > 40), list(profiles).index(name)


def _is_serial(profile: Profile) -> bool:
    """A number of the row in its delivery, which names nothing: called so, and nothing but digits."""
    return bool(_SERIAL.search(snake(profile.name) or profile.name)) and profile.fits.get("integer", 0) == profile.filled


def _weight(name: str, types: dict[str, str]) -> float:
    """A number or code is worth more than a text of the same variety, and that more than a date or a measured count."""
    if is_id_like(name):
        return 1.5
    return {"string": 1.0, "date": 0.9, "timestamp": 0.9}.get(types[name], 0.4)
