"""The tree as an icicle: each node a block as tall as its share of the score, children to the right of their parent."""

from dataclasses import dataclass
from html import escape

from pipeline.scheme_outline import Line

WIDTH = 1180
LABELS = 470
HEAD = 8
READABLE = 15.0
SHORTEST, TALLEST = 420.0, 2400.0
HUES = (212, 28, 145, 275, 350, 95, 190, 50, 310, 170)


@dataclass(frozen=True)
class Block:
    """A rectangle of the picture: column from the left, top and height in pixels."""

    line: Line
    column: int
    top: float
    height: float
    hue: int


def icicle(lines: list[Line], title: str) -> str:
    """An SVG of the lines of one group. Leaves have their names to the right, with method and share; hatched ones compare peers."""
    shown = [line for line in lines if not line.side and line.applies and line.effective > 0]
    leaves = [line for line in shown if line.leaf]
    if not leaves:
        return ""
    whole = sum(line.effective for line in leaves)
    height = min(max(READABLE * whole / min(line.effective for line in leaves), SHORTEST, 22.0 * len(leaves)), TALLEST)
    height = max(height, READABLE * len(leaves))
    columns = max(line.depth for line in shown) + 1
    blocks = _blocks(shown, height / whole)
    column = (WIDTH - LABELS) / columns
    parts = [_block(block, column, columns) for block in blocks]
    parts += [_label(block) for block in blocks if block.line.leaf]
    full = height + 2 * HEAD
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {full:.0f}" width="{WIDTH}" height="{full:.0f}" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style>{_HATCH}'
        f'<rect width="{WIDTH}" height="{full:.0f}" class="paper"/>{"".join(parts)}</svg>'
    )


def _blocks(lines: list[Line], scale: float) -> list[Block]:
    """Children fill their parent from its top; under a sum they may be taller than it, so that tops follow the leaves."""
    below: dict[str | None, list[Line]] = {}
    for line in lines:
        below.setdefault(line.parent, []).append(line)
    found: list[Block] = []

    def place(line: Line, top: float, hue: int) -> float:
        own = len(found)
        found.append(Block(line, line.depth, top, 0.0, hue))
        height = line.effective * scale if line.leaf else 0.0
        for child in below.get(line.code, []):
            height += place(child, top + height, hue)
        found[own] = Block(line, line.depth, top, height, hue)
        return height

    top = float(HEAD)
    for i, line in enumerate(below.get(None, [])):
        top += place(line, top, HUES[i % len(HUES)])
    return found


def _block(block: Block, column: float, columns: int) -> str:
    line = block.line
    left = block.column * column
    width = (columns - block.column) * column if line.leaf else column
    light = min(40 + 17 * block.column, 86)
    fill = f"hsl({block.hue} 45% {light}%)"
    said = f"{line.title.zh} {line.title.en}: {100 * line.effective:.1f} % (weight {line.weight:g}). {line.how}"
    box = f'x="{left + 1:.1f}" y="{block.top + 0.5:.1f}" width="{width - 2:.1f}" height="{max(block.height - 1, 0.5):.1f}" rx="2"'
    rects = f'<rect {box} fill="{fill}"/>' + (f'<rect {box} fill="url(#peers)"/>' if line.compares else "")
    return f"<g><title>{escape(said)}</title>{rects}{_inside(block, left, width, light)}</g>"


def _inside(block: Block, left: float, width: float, light: int) -> str:
    """The share, and for a branch its names, as far as there is room."""
    if block.height < 11:
        return ""
    line, tone = block.line, "on-dark" if light < 50 else "on-light"
    middle = block.top + block.height / 2
    share = f"{100 * line.effective:.1f} %"
    if line.leaf:
        return f'<text x="{left + 8:.1f}" y="{middle + 4:.1f}" class="{tone} share">{share}</text>'
    rows = [(share, "share"), (line.title.zh, "zh"), (line.title.en if line.title.en != line.title.zh else "", "en")]
    rows = [(_cut(text, width), kind) for text, kind in rows if text]
    rows = rows[: max(1, int(block.height // 16))]
    if len(rows) == 1:
        rows = [(_cut(f"{share}  {line.title.zh}", width), "share")]
    first = middle - 8 * (len(rows) - 1) + 4
    return "".join(
        f'<text x="{left + 8:.1f}" y="{first + 16 * i:.1f}" class="{tone} {kind}">{escape(text)}</text>'
        for i, (text, kind) in enumerate(rows)
    )


def _label(block: Block) -> str:
    if block.height < 11:
        return ""
    line = block.line
    middle = block.top + block.height / 2
    name = line.title.zh if line.title.zh == line.title.en else f"{line.title.zh} {line.title.en}"
    left = WIDTH - LABELS + 10
    if block.height < 34:
        return f'<text x="{left}" y="{middle + 4:.1f}" class="name">{escape(_cut(name, LABELS))}</text>'
    return (
        f'<text x="{left}" y="{middle - 3:.1f}" class="name">{escape(_cut(name, LABELS))}</text>'
        f'<text x="{left}" y="{middle + 12:.1f}" class="how">{escape(_cut(line.how, LABELS + 60))}</text>'
    )


def _cut(text: str, width: float) -> str:
    """As much of a text as fits: a Latin letter takes about 6.4 pixels, a Chinese one twice that."""
    room = (width - 14) / 6.4
    for i, letter in enumerate(text):
        room -= 1 if letter.isascii() else 2
        if room < 0:
            return text[: max(i - 1, 0)].rstrip() + "…"
    return text


_STYLE = (
    'text{font-family:system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;font-size:12px}'
    ".paper{fill:#fff}.on-dark{fill:#fff}.on-light{fill:#1c2430}.share{font-weight:600}.name{fill:#1c2430}.how{fill:#5b6675;font-size:11px}"
)
_HATCH = (
    '<defs><pattern id="peers" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="#fff" stroke-opacity=".45" stroke-width="2"/></pattern></defs>'
)
