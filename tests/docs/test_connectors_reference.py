"""The guide to connectors: every source in it is what the model allows, and the HTTP sources' keys are all in it."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter
from reference import Example, examples

from declarations.feed import NbsSource, Paging, RestSource, SdmxSource, Source

GUIDE = Path(__file__).parents[2] / "docs" / "connectors.md"
SOURCES = [example for example in examples(GUIDE) if isinstance(example.data, dict) and "source" in example.data]


@pytest.mark.parametrize("example", SOURCES, ids=[example.name for example in SOURCES])
def test_every_source_is_what_the_contract_allows(example: Example) -> None:
    TypeAdapter(Source).validate_python(example.data["source"])


def test_every_key_of_the_http_sources_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    models = [RestSource, SdmxSource, NbsSource, *get_args(get_args(Paging)[0])]
    keys = {key for model in models for key in model.model_fields} - {"connector"}
    assert sorted(key for key in keys if f"`{key}" not in text and f"{key}:" not in text) == []
    assert {example.data["source"]["connector"] for example in SOURCES} >= {"rest", "sdmx", "nbs"}
