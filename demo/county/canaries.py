"""Identities planted in the sources, to be searched for wherever the pipeline writes: none may be found."""

import duckdb

from demo.county.names import CANARY_PEOPLE
from demo.county.troubles import KEYS

# For each feed the columns that must never leave the source, and what is planted there.
PLACES: dict[str, dict[str, str]] = {
    "audit": {"third_party_name": "{name}", "account_no": "{card}", "lead_note": "举报人{name}，身份证{card}，电话{phone}"},
    "inspection": {
        "informant_name": "{name}",
        "informant_phone": "{phone}",
        "informant_card": "{card}",
        "lead_text": "据{name}（{phone}）反映",
    },
    "petition": {
        "petitioner_name": "{name}",
        "id_card": "{card}",
        "phone": "{phone}",
        "address": "云岫县{name}宅",
        "content": "本人{name}，身份证{card}，电话{phone}",
    },
    "rating": {
        "applicant_name": "{name}",
        "id_card": "{card}",
        "phone": "{phone}",
        "comment": "我是{name}，电话{phone}",
        "clerk_name": "{name}",
    },
    "statistics": {'"RESPONDENT"': "{name}", '"RESPONDENT_ID"': "{card}", '"RESPONDENT_PHONE"': "{phone}"},
    "roster": {"id_card": "{card}", "mobile": "{phone}", "home_address": "{name}家属院"},
    "evaluation": {"rater_name": "{name}", "rater_id_card": "{card}", "rater_phone": "{phone}"},
    "decision": {"drafter_name": "{name}", "drafter_id_card": "{card}", "drafter_phone": "{phone}", "body": "经办{name}，{phone}"},
}


def plant_canaries(db: duckdb.DuckDBPyConnection, feed: str) -> int:
    """Write the feed's canary into one row in fifty and into every row that was spoilt; answers how many rows."""
    name, card, phone = CANARY_PEOPLE[feed]
    values = {column: text.format(name=name, card=card, phone=phone) for column, text in PLACES[feed].items()}
    key = " || '|' || ".join(f'"{k}"' for k in KEYS[feed])
    change = ", ".join(f"{column} = '{value}'" for column, value in values.items())
    chosen = f"u(i, 'canary') < 0.02 OR i = 1 OR {key} IN (SELECT record FROM touched WHERE feed = '{feed}')"
    if feed == "petition":
        chosen += " OR item_class = 'accusation'"
    return int(db.execute(f"UPDATE {feed} SET {change} WHERE {chosen}").fetchall()[0][0])


def canaries() -> list[dict[str, str]]:
    """Every planted text: the feed, the kind (name, card, phone), the value."""
    return [
        {"feed": feed, "kind": kind, "value": value}
        for feed, person in CANARY_PEOPLE.items()
        for kind, value in zip(("name", "card", "phone"), person, strict=True)
    ]
