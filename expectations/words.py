"""Rules in words for people: the Chinese name of each rule, and what the rules about a whole batch mean."""

from declarations.feed import ControlTotal, Freshness, GreatExpectation, RefusedShare, RowCount
from expectations.checks import BatchCheck

RULES_ZH = {
    "type": "类型",
    "wider": "类型放宽",
    "not_null": "不能为空",
    "in_set": "代码范围",
    "between": "数值范围",
    "matches": "格式",
    "not_before": "先后顺序",
    "exists_in": "引用关系",
    "unique": "唯一",
    "unique_key": "主键唯一",
    "unreadable": "无法读取",
    "gone": "记录已不存在",
    "row_count": "行数",
    "refused_share": "隔离比例",
    "freshness": "新鲜度",
    "control_total": "控制总数",
    "gx": "Great Expectations",
    "missing_column": "缺少字段",
    "lost_column": "字段缺失按空处理",
    "unlanded_column": "新增声明字段",
    "unknown_column": "未声明字段",
    "wrong_type": "整列类型不符",
    "frozen_type": "冻结字段类型不符",
    "personal_data": "疑似个人信息",
}
ACTIONS_ZH = {"quarantine": "隔离", "stop": "停批", "note": "提示"}
STATUS_ZH = {"accepted": "已接收", "broken": "整批停用", "withdrawn": "已撤回", "waiting": "待检查"}


def rule_zh(rule: str) -> str:
    """The Chinese name of a rule; a ``row_is`` rule has a name of its own."""
    return RULES_ZH.get(rule, "行条件")


def batch_meaning(check: BatchCheck) -> str:
    """When the rule fails."""
    match check:
        case RowCount():
            return f"the batch has {' or '.join(_sizes(check))}"
        case RefusedShare():
            return f"more than {check.maximum:.1%} of the rows are refused"
        case Freshness():
            return f"the newest {check.column} is more than {check.within} older than the pull"
        case ControlTotal():
            of = f"the sum of {check.column}" if check.column else "the number of rows"
            return f"{of} is not what the source says ('{check.control}')"
        case GreatExpectation():
            return f"not as it must be: {check.meaning.rstrip('.')} ({check.expectation})"


def _sizes(check: RowCount) -> list[str]:
    bounds = [("fewer than", check.minimum), ("more than", check.maximum)]
    usual = [("less than", check.least_of_usual), ("more than", check.most_of_usual)]
    return [
        *(f"{word} {bound:,} rows" for word, bound in bounds if bound is not None),
        *(f"{word} {share:.0%} of its usual rows" for word, share in usual if share is not None),
    ]
