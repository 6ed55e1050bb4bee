"""JSON Schemas for editors, generated from the models: ``python -m declarations.schemas [--check]``."""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from declarations.code_list import CodeList
from declarations.feed import FeedContract
from declarations.indicator import IndicatorFile
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from declarations.uncertainty import Uncertainty

FOLDER = Path(__file__).parent / "schemas"
MODELS: dict[str, type[BaseModel]] = {
    "feed": FeedContract,
    "code_list": CodeList,
    "indicators": IndicatorFile,
    "scheme": Scheme,
    "rule_profile": RuleProfile,
    "uncertainty": Uncertainty,
}


def schema_texts() -> dict[Path, str]:
    """Each schema file and what it must hold."""
    return {
        FOLDER / f"{name}.schema.json": json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
        for name, model in MODELS.items()
    }


def main() -> int:
    """Write the schemas; with ``--check`` only say which are out of date."""
    stale = [file for file, text in schema_texts().items() if not file.exists() or file.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for file in stale:
            print(f"{file} is out of date. Next step: run 'python -m declarations.schemas'.")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for file in stale:
        file.write_text(schema_texts()[file], encoding="utf-8")
        print(f"written: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
