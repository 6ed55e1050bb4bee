"""A contract written as ``feed.yaml``, as a person would read it."""

import yaml

from declarations.feed import FeedContract

SCHEMA_LINE = "# yaml-language-server: $schema=../../declarations/schemas/feed.schema.json"
_BLOCKS = ("columns", "expectations", "never_enters")


def contract_text(contract: FeedContract, said: str) -> str:
    """The text of a contract: what was said of it and no defaults; one line a column and rule; ``said`` stands at the top."""
    data = contract.model_dump(mode="json", exclude_unset=True)
    parts = [SCHEMA_LINE, f"# {said}"]
    for name, value in data.items():
        if name in _BLOCKS and value:
            parts += [f"{name}:", *(f"  - {_line(one)}" for one in value)]
        else:
            parts.append(yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=140).rstrip())
    return "\n".join(parts) + "\n"


def _line(one: object) -> str:
    return yaml.safe_dump(one, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000).strip()
