"""A scheme written back as YAML, as a person would read it."""

import yaml

from declarations.scheme import Scheme

SLIM = "-slim"
_LONGEST = 63
_FIRST = ("id", "version", "year", "title")


def scheme_yaml(scheme: Scheme, said: str) -> str:
    """The text of a scheme made from another: its id ends in ``-slim``; ``said`` stands at the top and in the description.

    What was not declared is not written. Comments of the file it came from are not kept.
    """
    data = scheme.model_dump(mode="json", by_alias=True, exclude_unset=True)
    description = " ".join(part for part in (scheme.description.strip(), said) if part)
    head = {**{key: data[key] for key in _FIRST if key in data}, "id": scheme.id[: _LONGEST - len(SLIM)] + SLIM, "description": description}
    data = {**head, **{key: value for key, value in data.items() if key not in head}}
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=140, default_flow_style=None)
    return f"# {said}\n{text}"
