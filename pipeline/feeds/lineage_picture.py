"""A feed's lineage 血缘 as a picture in one file: columns → indicators → schemes; no script, nothing from the network."""

from html import escape

from declarations.feed import FeedContract
from declarations.project import Project
from pipeline.feeds.lineage import Lineage

ROW, HEAD, FOOT, BOX = 24, 46, 12, 20
LEFTS = (4, 310, 760)
WIDTHS = (230, 360, 270)
TITLES = ("columns 字段", "indicators 指标", "schemes 方案")
WIDTH = LEFTS[2] + WIDTHS[2] + 4
STYLE = (
    "text{font:12px system-ui,'Noto Sans SC','Noto Sans CJK SC',sans-serif;fill:#1c2733}.head{font-weight:600}.faint{fill:#66727f}"
    ".box{fill:#f2f6fa;stroke:#b8c7d6}.idle{fill:#fafafa;stroke:#e0e4e8}.line{fill:none;stroke:#8fb3d9;stroke-opacity:.55;stroke-width:1.2}"
)
Spot = tuple[int, int]


def lineage_svg(project: Project, contract: FeedContract, lineage: Lineage) -> str:
    """An SVG: each column of the contract, the indicators that read it, the schemes that read these. What nobody reads is pale."""
    columns = {c.name: f"{c.name} {c.zh}" if c.zh != c.name else c.name for c in contract.columns}
    indicators = {code: f"{project.indicators[code].title.zh} {code}" for code in lineage.columns}
    schemes = {scheme: f"{scheme} {project.schemes[scheme].title.zh}" for scheme in lineage.schemes}
    read = {name for names in lineage.columns.values() for name in names}
    used = {use.indicator for use in lineage.uses}
    places = [_places(side, list(names)) for side, names in enumerate((columns, indicators, schemes))]
    height = HEAD + ROW * max(len(columns), len(indicators), len(schemes), 1) + FOOT
    parts = [f'<text x="{LEFTS[i]}" y="28" class="head">{TITLES[i]}</text>' for i in range(3)]
    parts += [_line(places[0][name], places[1][code], 0) for code, names in lineage.columns.items() for name in sorted(names)]
    parts += [_line(places[1][use.indicator], places[2][use.scheme], 1) for use in lineage.uses]
    parts += [_box(0, places[0][name], label, name in read or lineage.whole is not None) for name, label in columns.items()]
    parts += [_box(1, places[1][code], label, code in used) for code, label in indicators.items()]
    parts += [_box(2, places[2][scheme], label, True) for scheme, label in schemes.items()]
    if lineage.whole:
        parts.append(
            f'<text x="{LEFTS[1]}" y="{HEAD + ROW * len(indicators) + 14}" class="faint">whole feed: {escape(lineage.whole)}</text>'
        )
        height = max(height, HEAD + ROW * (len(indicators) + 1) + FOOT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="lineage of {escape(contract.id)}"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _places(side: int, names: list[str]) -> dict[str, Spot]:
    return {name: (LEFTS[side], HEAD + ROW * i) for i, name in enumerate(names)}


def _box(side: int, spot: Spot, label: str, live: bool) -> str:
    x, y = spot
    most = WIDTHS[side] // 7 - 1
    short = label if _cells(label) <= most else f"{_cut(label, most - 1)}…"
    shade, tone = ("box", "") if live else ("idle", ' class="faint"')
    return (
        f'<g><title>{escape(label)}</title><rect x="{x}" y="{y}" width="{WIDTHS[side]}" height="{BOX}" rx="4" class="{shade}"/>'
        f'<text x="{x + 7}" y="{y + 14}"{tone}>{escape(short)}</text></g>'
    )


def _line(start: Spot, end: Spot, side: int) -> str:
    x1, y1 = start[0] + WIDTHS[side], start[1] + BOX / 2
    x2, y2 = end[0], end[1] + BOX / 2
    bend = (x2 - x1) / 2
    return f'<path d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" class="line"/>'


def _cells(text: str) -> int:
    """Width in Latin letters: a Chinese character takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


def _cut(text: str, most: int) -> str:
    while _cells(text) > most:
        text = text[:-1]
    return text
