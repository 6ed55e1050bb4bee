"""Columns whose values look like personal data though the contract does not say so.

Values are looked at in a sample of the batch, in DuckDB, and never shown: a finding tells the column and the share of its values.
"""

from dataclasses import dataclass

import duckdb

from declarations.feed import Column, FeedContract
from expectations.batch_fact import BatchFact, file_of, then
from expectations.sql_text import ident, literal

SAMPLE_ROWS = 20_000
FEWEST_VALUES = 5  # fewer different values are a code list rather than people
# the 120 most frequent surnames (about 85 % of people) and the compound ones in use
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚"
)
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|东方|独孤|南宫|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文"
# endings of places, offices and things that begin with a character which is a surname too
_NO_NAME = "[省市县区镇乡村街路局委办厅院所站科股室队处部会社厂司校府馆中心员长级类型式案件期度项金费税款]$"
NAME = rf"^(?:(?:{_COMPOUND})\p{{Han}}{{1,2}}|[{_SURNAMES}]\p{{Han}}{{1,2}})$"
PHONE = r"(?:^|[^0-9A-Za-z])(?:\+?86)?1[3-9][0-9]{9}(?:[^0-9A-Za-z]|$)|masked: looks like a phone"
ID_CARD = r"(?:^|[^0-9A-Za-z])[0-9]{17}[0-9Xx](?:[^0-9A-Za-z]|$)|masked: looks like an ID card"
ADDRESS = r"\p{Han}{2,}(?:路|街|巷|道|弄|村|社区|小区|花园|大厦)\p{Han}{0,8}[0-9０-９一二三四五六七八九十]+\s*(?:号|组|栋|幢|单元|室|楼)"


@dataclass(frozen=True)
class _Look:
    """What values may look like. A column is told where at least ``share`` of its different values do."""

    what: str
    condition: str
    share: float


_LOOKS = (
    _Look("phone numbers 电话", f"regexp_matches(v, {literal(PHONE)})", 0.01),
    _Look("ID card numbers 身份证号", f"regexp_matches(v, {literal(ID_CARD)})", 0.01),
    _Look("addresses of people 住址", f"regexp_matches(v, {literal(ADDRESS)})", 0.2),
    _Look("names of people 姓名", f"regexp_matches(v, {literal(NAME)}) AND NOT regexp_matches(v, {literal(_NO_NAME)})", 0.8),
)


def looks_personal(connection: duckdb.DuckDBPyConnection, contract: FeedContract, rows: int) -> list[BatchFact]:
    """A note for each column of the class none whose values in ``checked`` look like personal data."""
    facts = []
    step = max(1, rows // SAMPLE_ROWS)
    for column in contract.columns:
        if _is_closed(column):
            continue
        looked = ", ".join(f"count(*) FILTER (WHERE {look.condition})" for look in _LOOKS)
        values = f"SELECT DISTINCT CAST({ident(column.name)} AS VARCHAR) AS v FROM checked WHERE _row % {step} = 0"
        row = connection.execute(f"SELECT count(*), {looked} FROM ({values}) WHERE v IS NOT NULL").fetchone() or (0,)
        for look, found in zip(_LOOKS, row[1:], strict=True):
            if row[0] >= FEWEST_VALUES:
                facts.append(_fact(contract, column, look, found / row[0]))
    return facts


def _is_closed(column: Column) -> bool:
    """Whether the contract itself says that the values are no personal data, or that they are."""
    measured = column.type in ("integer", "decimal") and column.unit is not None
    return column.personal != "none" or column.codes is not None or measured or column.type not in ("string", "integer")


def _fact(contract: FeedContract, column: Column, look: _Look, share: float) -> BatchFact:
    return BatchFact(
        rule="personal_data",
        value=share if share >= look.share else 0,
        minimum=None,
        maximum=0,
        meaning=f"column '{column.name}' ({column.zh}) looks like personal data: {share:.0%} of its different values look like {look.what}",
        action="note",
        advice=f"Move it to left_out in {file_of(contract)}, or give its class ('personal') and why it is taken; {then(contract)}",
        column=column.name,
    )
