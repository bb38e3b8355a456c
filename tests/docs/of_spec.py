"""docs/reference/spec.md: every key of a run spec, from the models and the rules of their values."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from eng5_pipeline.spec import rules
from eng5_pipeline.spec.model import RunSpec
from tests.docs.tables import cell, table

RULES: Final = {
    rules.check_text: "one line of text",
    rules.check_slug: "a UUID or a slug of letters, digits, `-`, `_`, `.`; at most 100 characters",
    rules.check_grade: "at most 4 characters",
    rules.check_path: "a path with `/`, without `~` and backslashes",
    rules.check_relative: "relative to the spec's folder",
    rules.check_file: "a file",
    rules.check_pattern: "a glob pattern; `**` stands alone between slashes",
    rules.check_url: "http:// or https://, host, port, path; no user, no query",
    rules.check_brokers: "`host:port`, several with a comma between",
    rules.check_argument: "one line; braces only as `{batch_uuid}` `{job_id}` `{output_dir}` `{run_dir}`",
    rules.check_command: "names a program",
    rules.check_distinct: "none twice",
    rules.check_some: "one or more",
    rules.check_duration: "a duration: `d`, `h`, `m`, `s`, `ms`, such as `1h30m`",
    rules.check_positive: "above 0, at most 30d",
    rules.check_grace: "at most 60s",
    rules.check_money: "US dollars, above 0, at most 1000000, at most six decimals",
}
KINDS: Final = {bool: "true or false", int: "a whole number", float: "a number", UUID: "a UUID"}
BESIDE_TEXT: Final = frozenset({rules.check_text, rules.check_path})
"""Said only where nothing closer is."""


def sections(model: type[BaseModel] = RunSpec, above: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section, by dotted key; the spec itself under an empty one."""
    yield above, model
    for name, hint in get_type_hints(model).items():
        inner = _section_in(hint)
        if name in model.model_fields and inner is not None:
            yield from sections(inner, f"{above}.{name}" if above else name)


def _section_in(hint: object) -> type[BaseModel] | None:
    found = [each for each in (hint, *get_args(hint)) if isinstance(each, type) and issubclass(each, BaseModel)]
    return found[0] if found else None


def spec_keys() -> str:
    return "\n\n".join(filter(None, (_section(above, model) for above, model in sections())))


def _section(above: str, model: type[BaseModel]) -> str:
    """What the section is for, and each of its values that is not a section itself."""
    hints = get_type_hints(model, include_extras=True)
    rows = [
        [f"`{name}`", _told(hints[name]), _default(f"{above}.{name}", field), cell(field.description)]
        for name, field in model.model_fields.items()
        if _section_in(get_type_hints(model)[name]) is None
    ]
    heading = f"### `{above}`" if above else "### At the top"
    about = " ".join(str(model.__doc__).split())
    return f"{heading}\n\n{about}\n\n{table(['key', 'takes', 'default', ''], rows)}" if rows else ""


def _told(hint: object) -> str:
    said = list(dict.fromkeys(_phrases(hint)))
    closer = [each for each in said if each not in {RULES[rule] for rule in BESIDE_TEXT}]
    return ", ".join(closer or said)


def _phrases(hint: object) -> Iterator[str]:
    """From the outermost kind to the narrowest rule."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *marks = get_args(hint)
        yield from _phrases(inner)
        yield from _ruled(marks)
    elif origin is Literal:
        yield " ".join(f"`{word}`" for word in get_args(hint))
    elif origin is tuple:
        yield "a list"
        yield from _phrases(get_args(hint)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(hint):
            yield from _phrases(part)
    elif hint in KINDS:
        yield KINDS[hint]


def _ruled(marks: list[Any]) -> Iterator[str]:
    bounds = {type(each): each for mark in marks for each in getattr(mark, "metadata", [mark])}
    least, most = bounds.get(Ge), bounds.get(Le)
    if least is not None and most is not None:
        yield f"{least.ge} to {most.le}"
    for mark in marks:
        if isinstance(mark, AfterValidator | BeforeValidator):
            yield RULES[mark.func]


def _default(key: str, field: FieldInfo) -> str:
    if key == ".label":
        return "the file's stem"
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, timedelta):
        return f"`{rules.format_duration(value)}`"
    return f"`{json.dumps(_listed(value))}`"


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
