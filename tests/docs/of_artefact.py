"""docs/reference/artefact.md: every field of assessment_run, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import eng5_pipeline.report
from tests.docs.tables import cell, table

SCHEMA: Final = Path(eng5_pipeline.report.__file__).with_name("assessment_run.schema.json")

Part = dict[str, Any]


def schema() -> Part:
    read: Part = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return read


def artefact_fields() -> str:
    whole = schema()
    parts = [f"### The file\n\n{_fields(whole)}"]
    parts += [f"### {name}\n\n{_about(part)}{_fields(part)}" for name, part in whole["definitions"].items()]
    return "\n\n".join(parts)


def _about(part: Part) -> str:
    return f"{cell(part['description'])}\n\n" if "description" in part else ""


def _fields(part: Part) -> str:
    required = part.get("required", [])
    rows = [
        [f"`{name}`", _kind(field), "" if name in required else "may be absent", cell(field.get("description"))]
        for name, field in part.get("properties", {}).items()
    ]
    return table(["field", "holds", "", ""], rows)


def _kind(field: Part) -> str:
    return " or ".join(dict.fromkeys(_kinds(field)))


def _kinds(field: Part) -> Iterator[str]:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        yield f"[{name}](#{name})"
    elif "const" in field:
        yield f"`{json.dumps(field['const'])}`"
    elif "enum" in field:
        yield " ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    elif "oneOf" in field or "anyOf" in field:
        for each in field.get("oneOf") or field["anyOf"]:
            yield from _kinds(each)
    else:
        types = field.get("type", "anything")
        yield from (_of_type(each, field) for each in ([types] if isinstance(types, str) else types))


def _of_type(name: str, field: Part) -> str:
    if name == "array" and "items" in field:
        return f"list of {_kind(field['items'])}"
    if name == "object" and field.get("properties"):
        return f"object: {', '.join(f'`{each}`' for each in field['properties'])}"
    return name
