"""Batches over time as an SVG: for each batch a bar of accepted and a bar of quarantined rows."""

import math
from collections.abc import Callable
from html import escape

from expectations.results.read import BatchLine
from expectations.words import STATUS_ZH

HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 190, 14, 40, 52, 10
STEP, BAR = 26, 9
UNEVEN = 30  # from this ratio of the largest to the smallest on, a logarithmic axis
Scale = Callable[[float], float]


def bars(batches: list[BatchLine], chosen: str) -> str:
    """The picture, as wide as it needs to be; ``chosen`` is marked."""
    width = LEFT + RIGHT + STEP * max(len(batches), 8)
    most = max((max(b.accepted, b.quarantined, b.fetched) for b in batches), default=0)
    sizes = [b.fetched for b in batches if b.fetched]
    logarithmic = bool(sizes) and max(sizes) / min(sizes) > UNEVEN
    scale, ticks = _axis(most, logarithmic)
    grid = "".join(
        f'<line x1="{LEFT}" x2="{width - RIGHT}" y1="{scale(tick):.1f}" y2="{scale(tick):.1f}" class="grid"/>'
        f'<text x="{LEFT - 6}" y="{scale(tick) + 4:.1f}" class="tick end">{_short(tick)}</text>'
        for tick in ticks
    )
    columns = "".join(_column(batch, LEFT + STEP * i, scale, batch.batch_id == chosen) for i, batch in enumerate(batches))
    few_days = bool(batches) and (batches[-1].pulled_at - batches[0].pulled_at).days < 5
    day = "%m-%d %H:%M" if few_days else "%Y-%m-%d"
    labels = "".join(
        f'<text x="{LEFT + STEP * i + STEP / 2}" y="{HEIGHT - BOTTOM + 16}" class="tick {anchor}">{batches[i].pulled_at:{day}}</text>'
        for i, anchor in _labelled(len(batches))
    )
    kind = "logarithmic 对数刻度" if logarithmic else "linear 线性刻度"
    return (
        f'<svg viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" role="img" aria-label="Rows of each batch">'
        f'{grid}{columns}{labels}<text x="{LEFT}" y="{HEIGHT - 6}" class="tick">rows 行数, {kind}</text></svg>'
    )


def _axis(most: int, logarithmic: bool) -> tuple[Scale, list[int]]:
    """Where a number of rows lies, and the numbers that are marked."""
    room = HEIGHT - TOP - BOTTOM
    if logarithmic:
        top = math.ceil(math.log10(1 + most))
        return lambda n: HEIGHT - BOTTOM - room * math.log10(1 + n) / top, [0, *(10**k for k in range(0, top + 1, 1 if top < 5 else 2))]
    step = _round_up(max(most, 4) / 5)
    steps = max(1, math.ceil(most / step))
    return lambda n: HEIGHT - BOTTOM - room * n / (steps * step), [step * k for k in range(steps + 1)]


def _round_up(number: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    base = 10 ** math.floor(math.log10(number))
    return int(next(base * k for k in (1, 2, 5, 10) if base * k >= number - 1e-9))


def _column(batch: BatchLine, x: float, scale: Scale, chosen: bool) -> str:
    said = (
        f"{batch.pulled_at:%Y-%m-%d %H:%M} UTC · {batch.batch_id} · {batch.status} {STATUS_ZH[batch.status]}: {batch.fetched:,} rows in, "
        f"{batch.accepted:,} accepted, {batch.quarantined:,} quarantined"
    )
    ground = HEIGHT - BOTTOM
    back = f'<rect x="{x}" y="{TOP}" width="{STEP}" height="{ground - TOP}" class="{"chosen" if chosen else "slot"}"/>'
    held = "broken" if batch.status in ("broken", "withdrawn") else "held"
    kinds = [("waiting", batch.fetched)] if batch.status == "waiting" else [("taken", batch.accepted), (held, batch.quarantined)]
    drawn = "".join(
        f'<rect x="{x + 4 + i * BAR}" y="{scale(rows):.1f}" width="{BAR - 1}" height="{ground - scale(rows):.1f}" class="{kind}"/>'
        for i, (kind, rows) in enumerate(kinds)
        if rows
    )
    return f"<g><title>{escape(said)}</title>{back}{drawn}</g>"


def _labelled(number: int) -> list[tuple[int, str]]:
    """Which batches have their date written below: the first, the last and some between."""
    every = max(1, math.ceil(number / 8), math.ceil(90 / STEP))
    picked = list(range(number - 1, -1, -every))
    return [(i, "end" if i == number - 1 and number > 2 else "start" if i < 2 else "middle") for i in picked]


def _short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return str(number)
