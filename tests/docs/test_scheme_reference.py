"""docs/scheme.md keeps its word: every YAML block is a scheme or a part of one, and every table comes out as it says."""

from pathlib import Path

import pytest
from reference import Example, differences, examples, scheme_of

from declarations.scheme import prepare, screen
from declarations.scheme.adjust import Adjustment, Veto
from declarations.scheme.aggregate import AggregateModel
from declarations.scheme.normalise import Normalise
from declarations.scheme.scheme import Scheme

GUIDE = Path(__file__).parents[2] / "docs" / "scheme.md"
EXAMPLES = examples(GUIDE)
COMPUTED = [example for example in EXAMPLES if "" in example.tables]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_every_block_is_what_the_language_allows(example: Example) -> None:
    assert scheme_of(example).tree


@pytest.mark.parametrize("example", COMPUTED, ids=[example.name for example in COMPUTED])
def test_every_table_comes_out_as_the_guide_says(example: Example, tmp_path: Path) -> None:
    assert list(differences(example, tmp_path)) == []


def test_every_key_of_the_language_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    schema = Scheme.model_json_schema()
    keys = set(schema["properties"])
    for part in schema["$defs"].values():
        keys |= set(part.get("properties", {})) | set(part.get("enum", []))
    assert sorted(key for key in keys if f"`{key}`" not in text and f"{key}:" not in text and f"`{key}:" not in text) == []


def test_every_method_has_a_computed_example() -> None:
    used = "\n".join(example.text for example in COMPUTED)
    for union, key in ((Normalise, "method"), (AggregateModel, "method"), (prepare.Prepare, "step"), (Adjustment, "kind")):
        for model in union.__args__[0].__args__:
            for word in model.model_fields[key].annotation.__args__:
                assert f"{key}: {word}" in used or f"aggregate: {word}" in used, f"{key}: {word} has no example with a table"
    for model in screen.Screen.__args__[0].__args__:
        assert f"screen: {model.model_fields['screen'].annotation.__args__[0]}" in GUIDE.read_text(encoding="utf-8")
    for effect in Veto.model_fields["effect"].annotation.__args__:
        assert effect in GUIDE.read_text(encoding="utf-8")
