"""How ``traceless scheme check`` shows mistakes, warnings and weights."""

from rich.markup import escape

from cli.screen import paragraph, results, table, tell
from declarations.problem import Problem
from declarations.scheme import Scheme
from pipeline.scheme_lint import Advice, counted
from pipeline.scheme_lint_facts import LeafWeight


def show_mistakes(problems: list[Problem]) -> None:
    """All mistakes of a file, each with its place and remedy."""
    for problem in problems:
        tell(paragraph(problem))
    tell(f"[bold red]{counted(len(problems), 'mistake', 'mistakes')}[/] 错误; nothing was computed")


def show_advice(scheme: Scheme, advice: list[Advice]) -> None:
    """What deserves a second look, each with the next step."""
    tell(f"[bold]{scheme.id}[/]: [green]no mistakes[/] 无错误")
    for one in advice:
        tell(f"[yellow]{escape(one.kind)}[/] [bold]{escape(one.where)}[/]: {escape(one.what)}\n[bold]Next step:[/] {escape(one.fix)}")
    if advice:
        tell(f"{counted(len(advice), 'warning', 'warnings')} 提示: allowed, but look again")


def show_weights(weights: list[LeafWeight]) -> None:
    """Effective weight and importance of each leaf in the facts, the largest importance first."""
    ordered = sorted(weights, key=lambda one: (-(one.importance or 0.0), one.node))
    rows = [[one.node, _percent(one.effective), _percent(one.importance)] for one in ordered]
    results.print(table("权重与实际作用 Weight and importance", ["leaf", "effective weight 实际权重", "importance 对得分差异的贡献"], rows))
    tell("[dim]importance: the share of the differences between scores that comes from the leaf; below 0 it runs against the score[/]")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
