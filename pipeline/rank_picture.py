"""Places with their intervals as a picture in one file: no script, no font, nothing from the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, LABEL, RIGHT, HEAD, FOOT, ROW = 960, 190, 24, 64, 34, 19
GRADES = 126
_STYLE = (
    "text{font:12px system-ui,'Noto Sans SC','Noto Sans CJK SC',sans-serif;fill:#1c2733}.faint{fill:#66727f}.right{text-anchor:end}"
    ".middle{text-anchor:middle}.title{font-size:15px;font-weight:600}.grid{stroke:#dde3e8}.span{stroke:#8fb3d9;stroke-width:7;"
    "stroke-linecap:round}.median{stroke:#1f4e86;stroke-width:2}.declared{fill:#c8472f}.band{fill:#f5f7f9}"
)


def rank_intervals(rows: Sequence[dict[str, Any]], title: str, within: str) -> str:
    """An SVG of the rows of ``Findings.subjects`` of one period and ranking: a bar from rank_low to rank_high, a stroke at the
    median, a dot at the declared place; to the right the probability of another grade. Without places: an empty text.

    ``within``: what the bars hold, such as '90 % of 1,000 runs'.
    """
    placed = sorted((row for row in rows if row["rank"] is not None and row["rank_low"] is not None), key=_by_place)
    if not placed:
        return ""
    most = max(max(row["rank_high"], row["rank"]) for row in placed)
    scale = _Scale(most, any(row["grade"] is not None for row in placed))
    height = HEAD + ROW * len(placed) + FOOT
    parts = [
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="12" y="24" class="title">{escape(title)}</text>',
        f'<text x="12" y="43" class="faint">bar 区间: {escape(within)}; stroke 中位: median place; dot 圆点: place as declared</text>',
    ]
    if scale.graded:
        parts.append(f'<text x="{WIDTH - 12}" y="{HEAD - 8}" class="faint right">grade changes 等次变动</text>')
    parts += [_grid(place, scale, height) for place in _ticks(scale.most)]
    parts += [_row(number, row, scale) for number, row in enumerate(placed)]
    parts.append(f'<text x="{LABEL + scale.width / 2:.0f}" y="{height - 4}" class="faint middle">place 名次</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _by_place(row: dict[str, Any]) -> tuple[int, float, str]:
    return row["rank"], row["rank_median"], row["subject_id"]


@dataclass(frozen=True)
class _Scale:
    """From a place to pixels. ``graded``: to the right there is room for the probability of another grade."""

    most: int
    graded: bool

    @property
    def width(self) -> int:
        return WIDTH - LABEL - RIGHT - (GRADES if self.graded else 0)

    def x(self, place: float) -> float:
        return LABEL + self.width * (place - 1) / max(self.most - 1, 1)


def _ticks(most: int) -> list[int]:
    """At most a dozen places, 1 among them."""
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, most) if most / size <= 12)
    return sorted({1, *range(step, most + 1, step)})


def _grid(place: int, scale: _Scale, height: int) -> str:
    x, bottom = scale.x(place), height - FOOT
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD}" y2="{bottom}" class="grid"/>'
        f'<text x="{x:.1f}" y="{bottom + 14}" class="faint middle">{place}</text>'
    )


def _row(number: int, row: dict[str, Any], scale: _Scale) -> str:
    top = HEAD + ROW * number
    y = top + ROW / 2
    low, high, median, declared = (scale.x(row[name]) for name in ("rank_low", "rank_high", "rank_median", "rank"))
    band = f'<rect y="{top}" width="{WIDTH}" height="{ROW}" class="band" opacity="0.7"/>' if number % 2 == 0 else ""
    told = f"{row['subject_id']}: {row['rank']} ({row['rank_low']}–{row['rank_high']})"
    changes = f'<text x="{WIDTH - 12}" y="{y + 4}" class="right">{100 * row["grade_changes"]:.0f} %</text>' if scale.graded else ""
    return (
        f'{band}<g><title>{escape(told)}</title><text x="{LABEL - 48}" y="{y + 4}" class="right">{escape(_short(row["subject_id"]))}</text>'
        f'<text x="{LABEL - 16}" y="{y + 4}" class="faint right">{row["rank"]}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" class="span"/>'
        f'<line x1="{median:.1f}" x2="{median:.1f}" y1="{y - 6}" y2="{y + 6}" class="median"/>'
        f'<circle cx="{declared:.1f}" cy="{y}" r="3.4" class="declared"/>{changes}</g>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"
