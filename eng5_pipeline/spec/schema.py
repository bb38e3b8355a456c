"""The JSON Schema of the run spec, for editors and other programs; `runspec-v1.schema.json` is its output.

It knows kinds, choices and ranges. What only the loader can tell, it does not: a key given twice, a word that
YAML readers take differently.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.rules import format_duration

FILE_NAME: Final = "runspec-v1.schema.json"
COMMITTED: Final = Path(__file__).with_name(FILE_NAME)
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Writes defaults as a spec would, and no titles that only repeat a key."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, timedelta):
            return format_duration(dft)
        return dft.model_dump(mode="json") if isinstance(dft, BaseModel) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def run_spec_schema() -> dict[str, Any]:
    """Draft 2020-12; a label may be left out, for the loader fills it in."""
    schema = RunSpec.model_json_schema(schema_generator=_Generator)
    required = [name for name in schema.pop("required") if name != "label"]
    head = {"$schema": DIALECT, "$id": FILE_NAME, "title": "eng5-pipeline run spec, version 1"}
    return {**head, **{name: part for name, part in schema.items() if name != "title"}, "required": required}


def render() -> str:
    """The schema as the committed file has it."""
    return json.dumps(run_spec_schema(), indent=2, ensure_ascii=False) + "\n"
