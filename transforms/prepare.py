"""What is done to the values before they become points: the scheme's ``prepare`` steps, in declared order, in SQL.

Each step fills the temp table ``touched`` (case_no, indicator_no, value, interval_low, interval_high, status, n, note) with what it
makes of the cells of ``value`` that it changes; ``apply.sql`` puts that into their place and adds the note to ``prepared``. What is
not finite, or beyond 1e150, becomes ``invalid``. Where a step looks at earlier periods, the periods of ``score_fact`` that are not
scored take part as cases below 0 while the values are prepared. The formulas: declarations/scheme/prepare.py.

What was done to the values of each indicator is kept in ``score.treatment``: scheme, period, ordinal (place of the step, from 1),
step, method, indicator, peers (the group; '' for all), n, changed (number of values), skew_before, kurtosis_before, skew_after,
kurtosis_after (G1 and G2, null where there are none), within_limits (winsorising by skew and kurtosis: is the outcome).
"""

from typing import Any

import duckdb

from declarations.scheme import Prepare, Scheme
from declarations.scheme.prepare import BoxCox, Denominate, Derive, Impute, Log, Previous, ScreenSubjects, Winsorise
from declarations.scheme.reads import expression_names
from transforms.score_run import run_sql
from transforms.wide import quoted
from warehouse.rows import insert_rows

_OVER_TIME = ("carry", "interpolate")


def prepare(connection: duckdb.DuckDBPyConnection, scheme: Scheme, indicator_no: dict[str, int]) -> None:
    """Run the ``prepare`` steps over the temp table ``value``; who is screened out goes to ``case_out``.

    ``indicator_no`` numbers all that the scheme reads and makes, as ``scheme_indicator`` does.
    """
    _Preparation(connection, scheme, indicator_no).run()


class _Preparation:
    """The steps of one scheme, one method a kind of step."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scheme: Scheme, indicator_no: dict[str, int]) -> None:
        self.connection, self.scheme, self.indicator_no = connection, scheme, indicator_no
        over_time = (isinstance(step, Previous) or getattr(step, "method", None) in _OVER_TIME for step in scheme.prepare)
        self.history = any(over_time)

    def run(self) -> None:
        for name in ("macros", "create"):
            self._sql(name)
        if self.history:
            self._sql("history")
        for ordinal, step in enumerate(self.scheme.prepare, start=1):
            self._set(ordinal=ordinal, step=step.step, skew=None, kurtosis=None)
            self._step(step)
        if self.history:
            self.connection.execute("delete from value where case_no < 0")
        self._sql("keep")

    def _step(self, step: Prepare) -> None:
        if isinstance(step, Derive):
            self._derive(step)
        elif isinstance(step, Previous):
            self._previous(step)
        elif isinstance(step, Denominate):
            self._denominate(step)
        elif isinstance(step, Impute):
            self._impute(step)
        elif isinstance(step, Winsorise):
            self._winsorise(step)
        elif isinstance(step, ScreenSubjects):
            self._screen(step)
        else:
            self._transform(step)

    def _derive(self, step: Derive) -> None:
        """The expression is computed over one row a case, with one column an input, null where it is absent."""
        inputs = sorted(expression_names(step.expression))
        numbers = [self.indicator_no[name] for name in inputs]
        columns = [f"max(case when indicator_no = {n} then value end) as {quoted(name)}" for n, name in zip(numbers, inputs, strict=True)]
        worst = "max(absence_rank(status))" if inputs else "1"
        listed = f"where indicator_no in ({', '.join(map(str, numbers))})" if inputs else ""
        allowed = f"{worst} > 1" if step.absent_when_any_is else "false"
        self.connection.execute(
            f"""create or replace temp table touched as
            select _case as case_no, {self.indicator_no[step.code]} as indicator_no, _outcome as value, null::double as interval_low,
                   null::double as interval_high,
                   case when _absent or _outcome is null and _worst > 1 then absences()[_worst] else 'ok' end as status, _n as n,
                   'derived' as note
            from (select _case, _worst, _absent, _n, try(cast((\n{step.expression}\n) as double)) as _outcome
                  from (select case_no as _case, {worst} as _worst, {allowed} as _absent, min(n) as _n{"".join(f", {c}" for c in columns)}
                        from value {listed} group by case_no) as _wide) as _derived"""
        )
        self._made(step.code)

    def _previous(self, step: Previous) -> None:
        self._set(code_no=self.indicator_no[step.code], by_no=self.indicator_no[step.indicator], periods=step.periods)
        self._sql("previous")
        self._made(step.code)

    def _made(self, code: str) -> None:
        self._set(code_no=self.indicator_no[code])
        self._sql("apply")
        self._sql("keep_raw")

    def _denominate(self, step: Denominate) -> None:
        self._name(step.indicators)
        self._set(by_no=self.indicator_no[step.by], scale=step.scale, note=f"denominated by {step.by}")
        self._sql("denominate")
        self._sql("apply")

    def _impute(self, step: Impute) -> None:
        over_peers = step.method in ("mean", "median")
        self._look(step.indicators, step.by if over_peers else "all")
        note = f"imputed: {step.method} by {step.by}" if over_peers else f"imputed: {step.method}"
        self._set(method=step.method, statuses=list(step.statuses), value=step.value, periods=step.periods, note=note)
        self._sql("impute_middle" if over_peers else "impute_time" if step.method in _OVER_TIME else "impute_constant")
        self._treated()

    def _transform(self, step: Log | BoxCox) -> None:
        power = step.power if isinstance(step, BoxCox) else 0
        method = f"box_cox {power:g}" if isinstance(step, BoxCox) else "log"
        self._look(step.indicators, "all")
        self._set(method=method, note=method.replace("_", "-"), base=step.base, offset=step.offset, power=power)
        self._sql("minimum")
        if step.base == "zero":
            self.connection.execute("delete from lowest")
        self._sql("transform")
        self._treated()
        if step.base == "minimum":
            self._forget_history()

    def _winsorise(self, step: Winsorise) -> None:
        self._look(step.indicators, step.peers)
        self._set(method="winsorise", low=step.low, high=step.high)
        if step.by == "skew_kurtosis":
            self._winsorise_by_shape(step)
        else:
            self._sql(f"bound_{step.by}")
            self._sql("clip")
            self._treated()
        self._forget_history()

    def _winsorise_by_shape(self, step: Winsorise) -> None:
        """At most ``at_most`` rounds, each over all indicators that are not yet within the limits."""
        self._set(skew=step.skew, kurtosis=step.kurtosis, at_most=step.at_most, otherwise=step.otherwise)
        self._sql("bound_skew")
        while self._one("select count(*) from bound where open"):
            self._sql("bound_skew_round")
        self._sql("treatment_skew")
        self._sql("clip")
        self._sql("apply")
        if self._one("select count(*) from failed"):
            self._set(method="log")
            self._sql("otherwise_log")
            self._sql("only_failed")
            self._treated()

    def _screen(self, step: ScreenSubjects) -> None:
        self._name(step.indicators)
        self._set(
            minimum_available=step.minimum_available, minimum_nonzero=step.minimum_nonzero, zeros=step.zeros,
            keep=step.keep, leave_out=step.leave_out,
        )  # fmt: skip
        self._sql("availability")
        self._sql("screen")

    def _look(self, indicators: list[str], by: str) -> None:
        """The values that the step looks at, by whom they are compared with, and their shape."""
        self._name(indicators)
        self._set(by=by)
        self._sql("peers")
        self._sql("sample")
        self.connection.execute("create or replace temp table shape_before as from moments('sample')")

    def _treated(self) -> None:
        for name in ("apply", "sample_touched", "treatment"):
            self._sql(name)

    def _forget_history(self) -> None:
        if self.history:
            self._sql("forget_history")

    def _name(self, indicators: list[str]) -> None:
        """The indicators of the step; those of the leaves where it names none."""
        names = sorted(set(indicators)) or sorted({leaf.indicator for leaf in self.scheme.leaves() if leaf.indicator})
        self.connection.execute("create or replace temp table prepare_indicator (indicator_no int)")
        insert_rows(self.connection, "prepare_indicator", [[self.indicator_no[name]] for name in names])

    def _set(self, **variables: Any) -> None:
        for name, value in variables.items():
            self.connection.execute(f"set variable prepare_{name} = ?", [value])

    def _sql(self, name: str) -> None:
        run_sql(self.connection, f"prepare/{name}")

    def _one(self, query: str) -> Any:
        row = self.connection.execute(query).fetchone()
        return row[0] if row else None
