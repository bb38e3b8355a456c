"""Which keys a run spec has where, and what a stray key was meant to be.

A path is a tuple of keys and list indexes, as pydantic reports it; written out it is dotted:
essays.students.files.0.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eng5_pipeline.spec.model import RunSpec

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _section_of(annotation: object) -> type[BaseModel] | None:
    """The section that a field holds, also where it may be absent."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType, Annotated}:
        options = [arg for arg in get_args(annotation) if arg is not NoneType]
        return _section_of(options[0]) if options else None
    return None


def section_at(path: Path) -> type[BaseModel] | None:
    """The section at a path; None where a plain value or nothing known belongs."""
    section: type[BaseModel] | None = RunSpec
    for step in path:
        field = section.model_fields.get(str(step)) if section else None
        section = _section_of(field.annotation) if field else None
    return section


def keys_at(path: Path) -> Mapping[str, FieldInfo]:
    section = section_at(path)
    return section.model_fields if section else {}


def field_at(path: Path) -> FieldInfo | None:
    """The field at a path; an item of a list has the field of the list."""
    names = [step for step in path if isinstance(step, str)]
    return keys_at(tuple(names[:-1])).get(names[-1]) if names else None


def leaves(section: type[BaseModel] = RunSpec, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value that is not a section, in the order of the model."""
    for name, field in section.model_fields.items():
        below = _section_of(field.annotation)
        yield from leaves(below, (*path, name)) if below else [(*path, name)]


def required_below(path: Path) -> Path:
    """The first required value below a section that is missing, or the path itself."""
    for name, field in keys_at(path).items():
        if field.is_required() and dotted((*path, name)) != "label":
            return required_below((*path, name))
    return path


def meant(path: Path) -> str:
    """What to type instead of a key that does not exist: the nearest known one, or all of them."""
    *parent, key = path
    known = list(keys_at(tuple(parent)))
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
    if near:
        return near[0]
    elsewhere = [dotted(leaf) for leaf in leaves() if leaf[-1] == key]
    if elsewhere:
        return f"the same under its own section: {elsewhere[0]}"
    return f"one of {', '.join(known)}" if known else "nothing: remove it"
