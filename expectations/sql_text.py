"""Writing names and values into SQL safely; masking what looks like a person."""

MASK = "[masked]"
_MOBILE = r"(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"
_ID_CARD = r"[0-9]{17}[0-9Xx]"


def ident(name: str) -> str:
    """A column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def masked(sql: str) -> str:
    """The expression with ID card and mobile numbers masked: the last line of defence for values shown to people.

    The mobile pattern eats the character beside it, so it runs twice for two numbers that share a separator.
    """
    for pattern, instead in ((_ID_CARD, MASK), (_MOBILE, rf"\1{MASK}\2"), (_MOBILE, rf"\1{MASK}\2")):
        sql = f"regexp_replace({sql}, {literal(pattern)}, {literal(instead)}, 'g')"
    return sql
