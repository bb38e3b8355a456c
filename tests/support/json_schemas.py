"""The JSON Schemas of what the program prints for programs; `python -m tests.support.json_schemas` writes them anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel

from eng5_pipeline.review.diff import Diff
from eng5_pipeline.review.saved_plan import PlanDocument

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

MODELS: Mapping[str, tuple[type[BaseModel], str]] = {
    "plan-v1.schema.json": (PlanDocument, "eng5-pipeline plan --json, version 1"),
    "diff-v1.schema.json": (Diff, "eng5-pipeline diff --format json, version 1"),
}

SARIF = Path(__file__).with_name("sarif-2.1.0.schema.json")
"""What the standard constrains, as OASIS publishes it, without its words of explanation."""


def mistakes(schema: Path, told: str) -> list[str]:
    """What of a JSON text is not as its schema says."""
    against: Any = json.loads(schema.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(against)
    return [error.message for error in Draft202012Validator(against).iter_errors(json.loads(told))]


def rendered(name: str) -> str:
    model, title = MODELS[name]
    schema: dict[str, Any] = model.model_json_schema(mode="serialization")
    head = {"$schema": DIALECT, "$id": name, "title": title}
    return json.dumps({**head, **{key: part for key, part in schema.items() if key != "title"}}, indent=2) + "\n"


if __name__ == "__main__":
    for name in MODELS:
        (FOLDER / name).write_text(rendered(name), encoding="utf-8")
