"""What a value of the wrong kind is told as: where it stands, what is the matter, what to type instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from eng5_pipeline.spec.dump import Json, inline
from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.rules import LONGEST_ECHO, RULE, clipped, is_unprintable
from eng5_pipeline.spec.scalars import Ambiguous
from eng5_pipeline.spec.shape import Path, dotted, field_at, meant, required_below
from eng5_pipeline.spec.source import Mistake
from eng5_pipeline.spec.tree import Hidden, Tree

_WANTED: Final = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "uuid_type": "a UUID",
    "uuid_parsing": "a UUID",
}
_BOUNDS: Final = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
_TRUTH: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def explain(error: ErrorDetails, tree: Tree) -> Mistake | None:
    """The mistake behind one of pydantic's errors; None for a secret, which is told already."""
    path: Path = error["loc"]
    if isinstance(error["input"], Hidden):
        return None
    if error["type"] == "missing":
        return _missing(path, tree)
    if error["type"] == "extra_forbidden":
        return _unknown(path, tree)
    return Mistake(_place(path, tree), dotted(path), _what(error), _instead(error, path, tree))


def is_absence(error: ErrorDetails) -> bool:
    """Whether the error only says that something is not there."""
    return error["type"] == "missing" or (error["type"] != "extra_forbidden" and error["input"] is None)


def _place(path: Path, tree: Tree) -> Position:
    """Where the value stands, or the nearest one around it."""
    while path and path not in tree.values:
        path = path[:-1]
    return tree.values.get(path, Position(1, 1)) if path else Position(1, 1)


def _missing(path: Path, tree: Tree) -> Mistake:
    section = path[:-1]
    at = tree.keys.get(section) or _place(section, tree)
    return Mistake(at, dotted(required_below(path)), "is missing", _typed(path, inline(_example(path))))


def _unknown(path: Path, tree: Tree) -> Mistake:
    section = f"a key of {dotted(path[:-1])}" if len(path) > 1 else "a key of a run spec"
    return Mistake(tree.keys.get(path) or _place(path, tree), dotted(path), f"is not {section}", meant(path))


def _what(error: ErrorDetails) -> str:
    given = error["input"]
    context = error.get("ctx", {})
    if isinstance(given, Ambiguous):
        return f"`{clipped(given.text)}` {given.because}"
    if given is None:
        return "is empty"
    if error["type"] == RULE:
        return str(context["what"])
    if error["type"] in _BOUNDS:
        key, words = _BOUNDS[error["type"]]
        return f"must be {words} {context[key]}"
    if error["type"] == "literal_error":
        return f"must be {'one of ' if len(_choices(error['loc'])) > 1 else ''}{', '.join(_choices(error['loc']))}"
    return f"{_found(given)} where {_WANTED.get(error['type'], 'another kind of value')} belongs"


def _found(given: object) -> str:
    if isinstance(given, bool):
        return "true or false"
    kinds: dict[type, str] = {
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a mapping",
    }
    return kinds.get(type(given), "another kind of value")


def _instead(error: ErrorDetails, path: Path, tree: Tree) -> str:
    context = error.get("ctx", {})
    given = error["input"]
    if error["type"] in _BOUNDS:
        key, words = _BOUNDS[error["type"]]
        return f"set {dotted(path)} to {words} {context[key]}"
    if error["type"] == RULE and context["instead"] and isinstance(given, str | bool):
        return str(context["instead"])
    for readings in _readings(given, path, tree.scalars.get(path, "")):
        fitting = [inline(value) for value in readings if _fits(path, value)]
        if fitting:
            return _typed(path, ", or ".join(fitting))
    return _typed(path, inline(_example(path)))


def _readings(given: object, path: Path, raw: str) -> Iterator[Sequence[Json]]:
    """What the author may have meant, the likeliest first; not all of it fits the key."""
    if isinstance(given, dict) and list(given.values()) == [None]:
        yield [f"{{{next(iter(given))}}}"]
    if given is None or not raw or len(raw) > LONGEST_ECHO or any(map(is_unprintable, raw)):
        return
    yield difflib.get_close_matches(raw, _choices(path), n=1, cutoff=0.6)
    yield [_TRUTH.get(raw.lower())]
    yield _numbers(given.as_number() if isinstance(given, Ambiguous) else raw)
    if not isinstance(given, str):
        yield [raw]
    yield given.as_durations() if isinstance(given, Ambiguous) else [f"{raw}s", f"{raw}m"] if raw.isdigit() else []
    yield [[raw]]


def _numbers(text: str) -> Sequence[Json]:
    if re.fullmatch(r"\s*[0-9]{1,9}(?:\.0*)?\s*", text):
        return [int(text.partition(".")[0])]
    return [float(text)] if re.fullmatch(r"\s*[0-9]{1,9}\.[0-9]{1,9}\s*", text) else []


def _choices(path: Path) -> tuple[str, ...]:
    """The words that the value, or an item of the list, may be; none where it is free."""
    field = field_at(path)
    return _words(field.annotation) if field else ()


def _words(annotation: object) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for part in get_args(annotation) for word in _words(part))


def _fits(path: Path, value: Json) -> bool:
    field = field_at(path)
    if field is None or value is None:
        return False
    whole = [value] if isinstance(path[-1], int) else value
    try:
        TypeAdapter(field.rebuild_annotation()).validate_python(whole)
    except ValidationError:
        return False
    return True


def _example(path: Path) -> Json:
    """What stands at this path in the examples of the model."""
    field = field_at(path)
    example: Json = field.examples[0] if field and field.examples else None
    if path and isinstance(path[-1], int) and isinstance(example, list):
        return example[0]
    return example


def _typed(path: Path, text: str) -> str:
    return f"{path[-1]}: {text}" if path and isinstance(path[-1], str) else text
