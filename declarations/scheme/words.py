"""A scheme's parts in words: what pictures, differences and explanations call them. English, with the Chinese name of the thing."""

from collections.abc import Callable, Mapping
from typing import Any

from declarations.scheme import normalise as n
from declarations.scheme.adjust import Add, Adjustment, Consistency, Event, HoldHarmless, Multiply, Table, Variance, Veto, WorstQuantile
from declarations.scheme.after import After
from declarations.scheme.aggregate import Aggregate, Best, Copeland, NodeExpression, PowerMean, method_of
from declarations.scheme.grade import Grade
from declarations.scheme.parameter import FromIndicator, FromPeers
from declarations.scheme.prepare import Prepare

METHOD_ZH = {
    "target_completion": "目标完成率", "threshold": "达标扣分", "ladder": "阶梯计分", "efficacy": "功效系数", "goalposts": "门槛值法",
    "min_max": "极差标准化", "z_score": "标准分", "ratio_to_best": "与最优值之比", "rank": "位次", "percentile": "百分位",
    "distance": "距离法", "improvement": "进步幅度", "piecewise": "分段线性", "power": "幂函数", "expression": "公式", "as_is": "直接计分",
}  # fmt: skip
AGGREGATE_ZH = {
    "arithmetic": "加权平均", "geometric": "几何平均", "harmonic": "调和平均", "power": "幂平均", "sum": "累加", "min": "取最低",
    "max": "取最高", "best": "取最好若干项", "median": "中位数", "copeland": "两两比较", "expression": "公式",
}  # fmt: skip

PREPARE_ZH = {
    "derive": "派生", "previous": "上期值", "denominate": "除以规模", "impute": "插补", "winsorise": "缩尾", "log": "取对数",
    "box_cox": "Box-Cox变换", "screen_subjects": "筛选对象",
}  # fmt: skip


def number_words(value: object, group: str | None = None) -> str:
    """A number of a scheme: as it is, by group, or where it comes from."""
    if isinstance(value, FromIndicator):
        return f"[{value.indicator}]"
    if isinstance(value, FromPeers):
        level = f" {value.q:g}" if value.q is not None else ""
        return f"peers' {value.peers}{level}{'' if value.among == 'group' else f' among {value.among}'}"
    if isinstance(value, dict):
        if group is not None and group in value:
            return number_words(value[group])
        return " / ".join(f"{key} {number_words(one)}" for key, one in value.items())
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def method_words(method: Any, group: str | None = None) -> str:
    """A method with its parameters on one line, such as 'efficacy 功效系数: 60 at 0.5, 100 at 0.9'."""

    def num(value: object) -> str:
        return number_words(value, group)

    said = _METHODS[type(method)](method, num)
    if hasattr(method, "peers"):
        said += f", peers: {method.peers}"
    said += f", at least {method.minimum_peers}" if getattr(method, "minimum_peers", None) is not None else ""
    if getattr(method, "fallback", None) is not None:
        said += f"; fewer peers: {method_words(method.fallback, group)}"
    return f"{method.method} {METHOD_ZH[method.method]}: {said}"


Num = Callable[[object], str]


def _target(m: n.TargetCompletion, num: Num) -> str:
    full = f"{m.points:g} points" if m.points != 100 else "100"
    return f"{full} at {num(m.target)}, up to {m.cap:g}×"


def _threshold(m: n.Threshold, num: Num) -> str:
    units = "begun " if m.whole_units else ""
    return f"{m.full:g} at {num(m.threshold)}, −{num(m.per_unit)} for each {units}{m.unit:g} short, not below {m.least:g}"


def _ladder(m: n.Ladder, num: Num) -> str:
    signs = {(True, True): "≥", (True, False): ">", (False, True): "≤", (False, False): "<"}
    tables = m.steps if isinstance(m.steps, dict) else {"": m.steps}
    shown = [
        (f"{group} " if group else "") + ", ".join(f"{signs[s.upward, s.inclusive]} {s.bound:g}: {s.points:g}" for s in steps)
        for group, steps in tables.items()
    ]
    return f"{' / '.join(shown)}, else {m.otherwise:g}"


def _efficacy(m: n.Efficacy, num: Num) -> str:
    bounds = "" if (m.least, m.most) == (0, 100) else f", within {m.least:g} to {m.most:g}"
    return f"{m.base:g} at {num(m.satisfactory)}, 100 at {num(m.excellent)}{bounds}"


def _goalposts(m: n.Goalposts, num: Num) -> str:
    return f"0 at {num(m.low)}, {m.scale:g} at {num(m.high)}{', logarithmic' if m.log else ''}{'' if m.clamped else ', not clamped'}"


def _rank(m: n.Rank, num: Num) -> str:
    if m.step is not None:
        return f"{m.best:g} for the first, −{m.step:g} a place, not below {m.least:g}"
    return f"place counted from the {m.counted_from}, ties {m.ties}"


def _distance(m: n.Distance, num: Num) -> str:
    to = {"best": "the best", "reference": f"subject {m.subject}", "target": num(m.target)}[m.to]
    return f"{m.scale:g} at {to}, 0 at the worst{', capped' if m.capped else ''}"


def _improvement(m: n.Improvement, num: Num) -> str:
    forms = {
        "difference": "difference to",
        "relative": "relative change from",
        "gap_closed": f"share of the gap to {num(m.best)} closed since",
    }
    bounds = [f"not below {m.least:g}"] if m.least is not None else []
    bounds += [f"not above {m.most:g}"] if m.most is not None else []
    return ", ".join([f"{forms[m.form]} {num(m.baseline)} × {m.scale:g}", *bounds])


def _piecewise(m: n.Piecewise, num: Num) -> str:
    ends = [f"below: {num(m.below)}"] if m.below is not None else []
    ends += [f"above: {num(m.above)}"] if m.above is not None else []
    return ", ".join([*(f"{num(c.at)} → {num(c.points)}" for c in m.corners), *ends])


def _expression(m: n.Expression, num: Num) -> str:
    parameters = ", ".join(f"{name} = {num(value)}" for name, value in m.parameters.items())
    return m.sql + (f" with {parameters}" if parameters else "")


def _as_is(m: n.AsIs, num: Num) -> str:
    bounds = f"within {'−∞' if m.least is None else f'{m.least:g}'} to {'∞' if m.most is None else f'{m.most:g}'}"
    return f"x × {m.factor:g}, {bounds}" if m.factor != 1 else bounds


_METHODS: dict[type, Callable[[Any, Num], str]] = {
    n.TargetCompletion: _target,
    n.Threshold: _threshold,
    n.Ladder: _ladder,
    n.Efficacy: _efficacy,
    n.Goalposts: _goalposts,
    n.Rank: _rank,
    n.Distance: _distance,
    n.Improvement: _improvement,
    n.Piecewise: _piecewise,
    n.Expression: _expression,
    n.AsIs: _as_is,
    n.MinMax: lambda m, num: f"{m.low:g} to {m.high:g}",
    n.ZScore: lambda m, num: f"mean {m.mean:g}, sd {m.sd:g} ({m.estimator})",
    n.RatioToBest: lambda m, num: f"{m.scale:g} for the best",
    n.Percentile: lambda m, num: f"{m.definition}, ties {m.ties}" + ("" if m.definition == "borda" else f", scale {m.scale:g}"),
    n.Power: lambda m, num: f"{m.constant:g} + {num(m.a)} · |{num(m.b)} − x|^{m.c:g}",
}


def aggregate_words(how: Aggregate) -> str:
    """How children become their parent, such as 'power mean 幂平均 p = 2'."""
    more = ""
    if isinstance(how, PowerMean):
        more = f" p = {how.p:g}"
    elif isinstance(how, Best):
        more = f" {how.count}"
    elif isinstance(how, NodeExpression):
        more = f" {how.sql}"
    elif isinstance(how, Copeland) and how.raw:
        more = " undivided"
    return f"{method_of(how)} {AGGREGATE_ZH[method_of(how)]}{more}"


def after_words(step: After) -> str:
    """One step after a computation, such as '× 0.4' or 'round to 1 (half_up)'."""
    if step.round is not None:
        return f"round to {step.round.decimals} ({step.round.rounding})"
    if step.clamp is not None:
        low, high = (None if bound is None else f"{bound:g}" for bound in (step.clamp.low, step.clamp.high))
        return f"within {low} to {high}" if low and high else f"not below {low}" if low else f"not above {high}"
    if step.compare is not None:
        return f"{step.compare.by} among {'all' if step.compare.peers == 'all' else 'the group'}"
    sign, value = next((s, v) for s, v in (("×", step.multiply), ("+", step.add), ("^", step.power)) if v is not None)
    return f"{sign} {number_words(value)}"


def adjustment_words(adjustment: Adjustment) -> str:
    """What an adjustment does, with its conditions and bounds."""
    said = _adjusts(adjustment)
    said += f", only {', '.join(adjustment.groups)}" if adjustment.groups else ""
    said += f", when {adjustment.when}" if adjustment.when else ""
    said += f", at most {adjustment.cap:g}" if adjustment.cap is not None else ""
    return said + (f", pool {adjustment.pool}" if adjustment.pool else "")


def _adjusts(adjustment: Adjustment) -> str:
    match adjustment:
        case Event():
            sign = "+" if adjustment.kind == "bonus" else "−"
            each = f"{sign}{adjustment.points_each:g}" if adjustment.points_each is not None else f"{sign} its points"
            return f"{each} for {'the largest' if adjustment.once else 'each'} confirmed decision '{adjustment.decision_type}'"
        case Add():
            return f"+ {number_words(adjustment.points)}"
        case Multiply():
            return f"score × {number_words(adjustment.factor)}"
        case Table():
            return f"by {adjustment.by}: {_ladder(adjustment.table, number_words)}"
        case Consistency():
            span = f"{adjustment.low:g} to {adjustment.high:g}"
            return f"up to {adjustment.points:g} by the lowest of {', '.join(adjustment.nodes)}, from {span}"
        case Variance():
            return f"{adjustment.points:+g} where {', '.join(adjustment.nodes)} lie within a standard deviation of {adjustment.at_most:g}"
        case HoldHarmless():
            return f"the better of score and {adjustment.node}"
        case WorstQuantile():
            effect = f"{adjustment.points:+g}" if adjustment.points is not None else f"× {adjustment.factor:g}"
            return f"{effect} for the worst {100 * adjustment.share:g} % by {adjustment.node or 'score'}"


def veto_words(veto: Veto) -> str:
    """What a veto does."""
    effects = {
        "bar_excellent": "not the best grade",
        "cap_grade": f"no better than '{veto.grade}'",
        "force_grade": f"'{veto.grade}'",
        "suspend": "no grade until it is settled",
    }
    return f"a confirmed decision '{veto.decision_type}': {effects[veto.effect]}"


def grade_words(grade: Grade) -> str:
    """Who gets a grade."""
    parts = [f"from {grade.at_least:g} points"] if grade.at_least is not None else []
    parts += [f"above {grade.above:g} points"] if grade.above is not None else []
    parts += [f"the first {100 * grade.top_share:g} %"] if grade.top_share is not None else []
    parts += [f"the first {grade.top_count} places"] if grade.top_count is not None else []
    parts += [f"{need.node} at least {need.at_least:g}" for need in grade.requires]
    return " and ".join(parts) or "all others"


def missing_words(rules: Mapping[Any, Any]) -> str:
    """What absences do, such as 'too_few: withhold; source_down: 60 points'."""
    return "; ".join(f"{status}: {rule if isinstance(rule, str) else f'{rule:g} points'}" for status, rule in rules.items())


def prepare_words(step: Prepare) -> str:
    """A prepare step with what it states, such as 'winsorise 缩尾 by count, high 2'."""
    stated = step.model_dump(exclude_unset=True, exclude={"step"}, by_alias=True)
    shown = [f"{key} {', '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in stated.items()]
    return f"{step.step} {PREPARE_ZH[step.step]} {'; '.join(shown)}"
