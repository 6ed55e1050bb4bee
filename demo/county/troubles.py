"""The troubles of real life: which rows are spoilt, how, and what the pipeline should do about each."""

from dataclasses import dataclass

import duckdb

from demo.county.names import CANARY_PEOPLE

KEYS = {
    "audit": ("issue_no",),
    "inspection": ("item_no",),
    "petition": ("item_no",),
    "rating": ("rating_no",),
    "statistics": ("SERIES", "REF_AREA", "TIME_PERIOD"),
    "roster": ("record_no",),
    "evaluation": ("ballot_no",),
    "decision": ("decision_no",),
}
VERSION = {feed: "updated_at" for feed in KEYS} | {"statistics": "PUBLISHED_AT"}

REFUSED = "quarantined, the rest of the batch is loaded"
LATE = "loaded; the period it belongs to is computed again"
NEWEST = "all versions are kept, the newest counts"
ONCE = "counts once"
MASKED = "quarantined; the identity is masked in every file and message"


@dataclass(frozen=True)
class Trouble:
    """``count`` rows (at scale 1; never fewer than one) among those that meet ``where`` are changed by ``change``,
    a list of SQL assignments. ``late``: written that many days later. ``copies``: the row is kept and a changed copy added."""

    kind: str
    feed: str
    column: str | None
    count: int
    change: str
    expect: str
    where: str = "true"
    late_days: int = 0
    copies: bool = False


def _phone(feed: str) -> str:
    return CANARY_PEOPLE[feed][2]


def _card(feed: str) -> str:
    return CANARY_PEOPLE[feed][1]


TROUBLES = (
    Trouble("late", "rating", "updated_at", 300, "", LATE, "handled_at < '2025-08-01'", late_days=120),
    Trouble("revision", "rating", "fixed", 900, "fixed = true, revisited = true", NEWEST, "fixed = false", 9, copies=True),
    Trouble("revision", "rating", "void_reason", 300, "void_reason = 'malicious'", NEWEST, "grade = 1 AND void_reason IS NULL", 20, True),
    Trouble("duplicate", "rating", None, 250, "", ONCE, copies=True),
    Trouble("malformed", "rating", "grade", 40, "grade = 9", REFUSED, "grade = 5 AND void_reason IS NULL"),
    Trouble("malformed", "rating", "rated_at", 25, "rated_at = '2025-02-30T10:00:00'", REFUSED, "grade = 4"),
    Trouble("malformed", "rating", "channel", 25, "channel = '微信'", REFUSED),
    Trouble("malformed", "rating", "handled_at", 15, "handled_at = NULL", REFUSED),
    Trouble("malformed", "rating", "rated_at", 15, "rated_at = '2022-01-01T00:00:00'", REFUSED, "grade = 5"),
    Trouble("identity_in_allowed_column", "rating", "rated_at", 8, f"rated_at = '{_phone('rating')}'", MASKED, "grade = 5"),
    Trouble("identity_in_allowed_column", "rating", "service_code", 8, f"service_code = '{_card('rating')}'", MASKED),
    Trouble("late", "petition", "updated_at", 60, "", LATE, "registered_on < '2025-06-01'", late_days=150),
    Trouble("revision", "petition", "satisfaction", 200, "satisfaction = 'dissatisfied'", NEWEST, "satisfaction = 'satisfied'", 12, True),
    Trouble("duplicate", "petition", None, 80, "", ONCE, "item_class <> 'accusation'", copies=True),
    Trouble("malformed", "petition", "registered_on", 12, "registered_on = '2025年13月1日'", REFUSED, "item_class <> 'accusation'"),
    Trouble("malformed", "petition", "channel", 12, "channel = 'wechat'", REFUSED, "item_class <> 'accusation'"),
    Trouble("malformed", "petition", "closed_on", 12, "closed_on = '2021-05-05'", REFUSED, "closed_on > '' AND item_class <> 'accusation'"),
    Trouble(
        "identity_in_allowed_column",
        "petition",
        "accepted_on",
        6,
        f"accepted_on = '{_phone('petition')}'",
        MASKED,
        "item_class <> 'accusation'",
    ),
    Trouble("identity_in_allowed_column", "petition", "org_id", 6, f"org_id = '{_card('petition')}'", MASKED, "item_class <> 'accusation'"),
    Trouble("late", "audit", "updated_at", 30, "", LATE, "found_on < '2025-05-01'", late_days=100),
    Trouble(
        "revision",
        "audit",
        "verified",
        120,
        "verified = 'rejected', status = 'open'",
        NEWEST,
        "verified = 'verified' AND status = 'closed'",
        25,
        True,
    ),
    Trouble("duplicate", "audit", None, 40, "", ONCE, copies=True),
    Trouble("malformed", "audit", "rectified_on", 8, "rectified_on = '2024-02-30'", REFUSED, "rectified_on > ''"),
    Trouble("malformed", "audit", "category", 8, "category = '其他'", REFUSED),
    Trouble("malformed", "audit", "amount_yuan", 6, "amount_yuan = -1", REFUSED),
    Trouble("malformed", "audit", "due_on", 6, "due_on = '2020-01-01'", REFUSED),
    Trouble("identity_in_allowed_column", "audit", "rectified_on", 4, f"rectified_on = '{_phone('audit')}'", MASKED),
    Trouble("identity_in_allowed_column", "audit", "responsibility", 4, f"responsibility = '{_card('audit')}'", MASKED),
    Trouble("late", "inspection", "updated_at", 40, "", LATE, "due_on < '2025-05-01' AND closed_on > ''", late_days=90),
    Trouble("duplicate", "inspection", None, 40, "", ONCE, copies=True),
    Trouble("malformed", "inspection", "due_on", 10, "due_on = '另行通知'", REFUSED),
    Trouble("malformed", "inspection", "card", 8, "card = '白牌'", REFUSED),
    Trouble("malformed", "inspection", "closed_on", 8, "closed_on = '2019-01-01'", REFUSED, "closed_on > ''"),
    Trouble("identity_in_allowed_column", "inspection", "feedback_due_on", 4, f"feedback_due_on = '{_phone('inspection')}'", MASKED),
    Trouble("identity_in_allowed_column", "inspection", "org_id", 4, f"org_id = '{_card('inspection')}'", MASKED),
    Trouble("malformed", "statistics", "OBS_VALUE", 6, "\"OBS_VALUE\" = '见附件'", REFUSED, "\"VINTAGE\" = 'V'"),
    Trouble("malformed", "statistics", "UNIT_MEASURE", 4, "\"UNIT_MEASURE\" = '万'", REFUSED, "\"VINTAGE\" = 'P'"),
    Trouble(
        "identity_in_allowed_column",
        "statistics",
        "OBS_VALUE",
        3,
        f"\"OBS_VALUE\" = '电话{_phone('statistics')}'",
        MASKED,
        "\"VINTAGE\" = 'V'",
    ),
    Trouble(
        "gap",
        "statistics",
        "OBS_VALUE",
        0,
        '"HAS_DATA" = \'false\', "OBS_VALUE" = NULL',
        "loaded as no value: not_reported, never 0",
        "\"REF_AREA\" = 'T05' AND \"SERIES\" = 'rd_intensity' AND \"TIME_PERIOD\" IN ('2025-Q3', '2025-Q4')",
    ),
    Trouble("malformed", "roster", "share", 2, "share = 1.7", REFUSED, "record_type = 'portfolio' AND valid_to < '2022-06-01'"),
    Trouble("duplicate", "roster", None, 6, "", ONCE, copies=True),
    Trouble(
        "identity_in_allowed_column",
        "roster",
        "valid_from",
        1,
        f"valid_from = '{_phone('roster')}'",
        MASKED,
        "record_type = 'portfolio' AND valid_to < '2022-06-01'",
    ),
    Trouble("malformed", "evaluation", "mean_score", 12, "mean_score = 180", REFUSED),
    Trouble("malformed", "evaluation", "ballots", 8, "ballots = 0", REFUSED),
    Trouble("duplicate", "evaluation", None, 30, "", ONCE, copies=True),
    Trouble("identity_in_allowed_column", "evaluation", "item", 3, f"item = '{_phone('evaluation')}'", MASKED),
    Trouble("revision", "decision", "points", 1, "points = 0.5", NEWEST, "decision_type = 'commendation' AND points > 0.5", 15, True),
    Trouble(
        "malformed", "decision", "decided_on", 1, "decided_on = '二〇二五年三月'", REFUSED, "decision_type = 'task_bonus' AND confirmed"
    ),
)


def plant(db: duckdb.DuckDBPyConnection, trouble: Trouble, scale: float) -> tuple[list[str], int]:
    """Spoil rows that were not spoilt before; answers their keys and the number of rows changed or added."""
    table, key = trouble.feed, " || '|' || ".join(f'"{k}"' for k in KEYS[trouble.feed])
    where = f"({trouble.where})"
    if trouble.late_days:  # so that "later" is not cut off at the county's today
        where += f" AND {VERSION[table]} < '2025-12-20'"
    limit = f"LIMIT {max(1, round(trouble.count * min(scale, 1.0)))}" if trouble.count else ""
    db.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE victim AS
        SELECT record FROM (SELECT DISTINCT {key} AS record FROM {table} WHERE {where}) AS candidate
        WHERE record NOT IN (SELECT record FROM touched WHERE feed = '{table}')
        ORDER BY hash(record, $purpose, getvariable('seed')::BIGINT), record {limit}""",
        {"purpose": f"{trouble.kind}/{trouble.column}/{trouble.change}"},
    )
    db.execute(f"INSERT INTO touched SELECT '{table}', record FROM victim")
    chosen = f"{key} IN (SELECT record FROM victim) AND {where}"
    change = ", ".join(part for part in (trouble.change, _later(trouble)) if part)
    if trouble.copies:
        db.execute(f"CREATE OR REPLACE TEMP TABLE copy AS SELECT DISTINCT ON ({key}) * FROM {table} WHERE {chosen} ORDER BY {key}")
        if change:
            db.execute(f"UPDATE copy SET {change}")
        rows = db.execute(f"INSERT INTO {table} SELECT * FROM copy").fetchall()[0][0]
    else:
        rows = db.execute(f"UPDATE {table} SET {change} WHERE {chosen}").fetchall()[0][0]
    return [record for (record,) in db.execute("SELECT record FROM victim ORDER BY record").fetchall()], rows


def _later(trouble: Trouble) -> str:
    """The assignment that says a row was written later than it happened, at the latest on the county's today."""
    if not trouble.late_days:
        return ""
    version = VERSION[trouble.feed]
    return f"{version} = time_text(least({version}::TIMESTAMP + to_days({trouble.late_days}), TIMESTAMP '2026-01-20 06:00:00'))"
