"""``traceless scheme slim``: the smallest set of indicators that keeps the ranking and the grades, and the price of each removal."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.facts_options import Absent, Columns, Decisions, Facts, Groups, History, Members, Period, SchemeName, Values
from cli.screen import results, table, tell, working
from declarations.scheme import ANY_GROUP, Scheme
from declarations.scheme.effective import effective_weights
from declarations.scheme.slimmer import without_indicators
from pipeline.scheme_files import read_sound
from pipeline.scheme_yaml import scheme_yaml
from pipeline.score_files import Tables
from pipeline.write_findings import write_text
from transforms.slim.slimming import Slimmed, slim

ROWS = 40
BAR = 24


def slim_scheme(
    scheme: SchemeName,
    values: Values = None,
    groups: Groups = None,
    decisions: Decisions = None,
    members: Members = None,
    history: History = None,
    period: Period = None,
    column: Columns = None,
    absent: Absent = None,
    tau: Annotated[float, typer.Option(help="Least Kendall tau-b with the full ranking.", min=0, max=1)] = 0.95,
    grades: Annotated[float, typer.Option(help="Least share of subjects that keep their grade.", min=0, max=1)] = 1.0,
    keep: Annotated[list[str] | None, typer.Option(help="A node or indicator that stays. May be given several times.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the slimmer scheme to this file.")] = None,
    prices: Annotated[Path | None, typer.Option(help="Write every removal with its price to this CSV.")] = None,
    rows: Annotated[int, typer.Option(help="Most removals shown.", min=0)] = ROWS,
) -> None:
    """The smallest set of indicators that keeps the ranking and the grades 精简指标; a search, confirmed by the engine."""
    sound = read_sound(scheme)
    facts = Facts(Tables(values or [], groups, decisions, members, history), period, column, absent)
    with working(f"slimming {sound.scheme.id}") as say, facts.inputs(sound) as (asked, notes):
        for note in notes:
            say(note)
        found = slim(
            asked.connection, asked.scheme, asked.profile, asked.indicators, asked.tree, tau=tau, grades=grades, keep=tuple(keep or [])
        )
    gone = [removal.indicator for removal in found.removals]
    _show(sound.scheme, found, rows, grades)
    if out:
        text = scheme_yaml(without_indicators(sound.scheme, gone), _said(sound.scheme, found))
        write_text(out, text)
        tell(f"written: {escape(str(out))}")
    if prices:
        write_text(prices, _csv(sound.scheme, found))
        tell(f"written: {escape(str(prices))}")


def _show(scheme: Scheme, found: Slimmed, rows: int, grades: float) -> None:
    shares, total = _shares(scheme), len(found.removals)
    step = max(1, -(-total // rows)) if rows else 0
    shown = [n for n in range(total) if step and (n == total - 1 or n % step == step - 1)]
    columns = ["step", "indicator 指标", "share of the score 权重", "tau-b after", "grades changed 等次变动", "used up of what is allowed"]
    if shown:
        listed = [
            [n + 1, (r := found.removals[n]).indicator, f"{100 * shares[r.indicator]:.2f}%", f"{r.price.tau:.4f}",
             f"{r.price.changed} of {found.judged}", _bar(found.limits.cost(r.price))]
            for n in shown
        ]  # fmt: skip
        results.print(table(f"{scheme.title.zh} {scheme.title.en}: what can go, in order", columns, listed))
    if step > 1:
        tell(f"every {step}th of {total} removals; more with --rows, all with --prices")
    left = len(found.full) - total
    tell(f"[bold]{left} of {len(found.full)} indicators 指标[/] are left, {total} can go. Pairs are compared within {_within(scheme)}.")
    tell(f"computed by the engine: tau-b {found.price.tau:.4f} (at least {found.limits.tau:g}), {found.price.changed} of {found.judged} "
         f"grades changed (at most {found.limits.changed}: {100 * grades:g} % stay)")  # fmt: skip
    if found.removals:
        last = found.removals[-1].price
        tell(f"computed by the search: tau-b {last.tau:.4f}, {last.changed} grades changed")
    if found.following:
        price = found.following.price
        tell(f"next would be {escape(found.following.indicator)}: tau-b {price.tau:.4f}, {price.changed} grades changed; that is too much")
    if found.locked:
        tell(f"kept, since asked for or needed elsewhere: {escape(', '.join(sorted(found.locked)))}")
    tell("greedy: a still smaller set is not ruled out. A suggestion; people decide.")


def _within(scheme: Scheme) -> str:
    return "each group and period, pooled" if scheme.ranking.within == "group" and scheme.groups else "each period, pooled"


def _bar(used: float) -> str:
    full = round(BAR * min(max(used, 0.0), 1.0))
    return "█" * full + "·" * (BAR - full)


def _shares(scheme: Scheme) -> dict[str, float]:
    """Each indicator's share of the score, the mean over the groups."""
    groups = list(scheme.groups) or [ANY_GROUP]
    shares: dict[str, float] = {}
    for group in groups:
        weights = effective_weights(scheme, group)
        for node in scheme.tree:
            for leaf in node.walk():
                if leaf.indicator:
                    shares[leaf.indicator] = shares.get(leaf.indicator, 0.0) + weights.get(leaf.code, 0.0) / len(groups)
    return shares


def _said(scheme: Scheme, found: Slimmed) -> str:
    left = len(found.full) - len(found.removals)
    return (
        f"Slimmed from {scheme.id} {scheme.version}: {left} of {len(found.full)} indicators. "
        f"Kendall tau-b {found.price.tau:.4f} with its ranking; {found.price.changed} of {found.judged} grades changed, "
        "on the facts that it was slimmed with."
    )


def _csv(scheme: Scheme, found: Slimmed) -> str:
    shares = _shares(scheme)
    lines = [f"{n},{r.indicator},{shares[r.indicator]:.10g},{r.price.tau:.10g},{r.price.changed}" for n, r in enumerate(found.removals, 1)]
    return "\n".join(["step,indicator,share_of_score,tau_b_after,grades_changed_after", *lines]) + "\n"
