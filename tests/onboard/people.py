"""Generated rows of a petition-like register, with personal data of every class planted in them."""

import random
from itertools import count
from typing import Any

SURNAMES = "王李张刘陈杨赵黄周吴徐孙"
GIVEN = "伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平刚"
TOWNS = ["青石镇", "白水乡", "云峰镇", "桃源乡"]
WESTERN = ["Mary Smith", "John A. Brown", "Patricia Jones", "Robert Miller", "Linda Davis", "James Wilson", "Susan Moore", "David Taylor"]
PLANTED = ("姓名", "身份证号", "手机", "邮箱", "住址", "银行卡号", "车牌号", "诉求内容")


def id_card(rng: random.Random) -> str:
    """An invented identity card number with a right check digit."""
    digits = f"53010219{rng.randint(60, 99)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(0, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def bank_card(rng: random.Random) -> str:
    """An invented card number whose check digit is right."""
    digits = "622848" + "".join(str(rng.randint(0, 9)) for _ in range(12))
    total = sum(int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def people(rows: int = 60, seed: int = 7) -> list[dict[str, Any]]:
    """Rows with Chinese headers; dates as 2025/3/4, 不详 and 无 for missing ones."""
    rng = random.Random(seed)
    numbers = count(1)
    out = []
    for _ in range(rows):
        number = next(numbers)
        month, day = rng.randint(1, 6), rng.randint(1, 27)
        closed = "" if number % 9 == 0 else f"2025年{month + 1:02d}月{day:02d}日"
        out.append(
            {
                "信访编号": f"XF2025-{number:05d}",
                "责任单位": rng.choice(TOWNS) + "人民政府",
                "姓名": rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.randint(1, 2))),
                "身份证号": id_card(rng),
                "手机": f"13{rng.randint(100000000, 999999999)}",
                "邮箱": f"user{number}@mail.example",
                "住址": f"云岫县{rng.choice(TOWNS)}人民路{rng.randint(1, 300)}号{rng.randint(1, 9)}栋",
                "银行卡号": bank_card(rng),
                "车牌号": f"云A{rng.randint(10000, 99999)}",
                "诉求内容": (
                    f"本人反映第{number}号地块的补偿款至今没有发放，多次到镇里询问都没有得到明确的答复，"
                    f"请求上级部门尽快调查处理此事，谢谢{number}。"
                ),
                "事项类别": rng.choice(["申诉求决", "意见建议", "矛盾纠纷"]),
                "涉及金额（万元）": f"{rng.uniform(1, 90):.2f}" if number % 7 else "不详",
                "办结率": f"{rng.uniform(0.2, 0.99):.3f}",
                "是否超期": rng.choice(["是", "否"]),
                "登记日期": f"2025年{month:02d}月{day:02d}日",
                "办结日期": closed,
                "特殊标注甲": f"甲{number % 20:02d}",
            }
        )
    return out


def values_of(rows: list[dict[str, Any]], columns: tuple[str, ...] = PLANTED) -> list[str]:
    """All values of personal columns: none of them may be seen anywhere."""
    return [str(row[name]) for row in rows for name in columns if row[name]]
