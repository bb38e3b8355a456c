"""What differs between two states of the same things, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, Protocol, TypeVar

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.errors import Differs
from eng5_pipeline.results import InputFile

T = TypeVar("T")

MOST_NAMED: Final = 20


def entries(
    kind: str, before: Mapping[str, T], after: Mapping[str, T], changed: Callable[[T, T], str]
) -> Iterator[str]:
    """`essay a.txt: gone`, `: new`, or what `changed` says of two that are not equal; by name."""
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{kind}{name}: gone"
        elif name not in before:
            yield f"{kind}{name}: new"
        elif before[name] != after[name]:
            yield f"{kind}{name}: {changed(before[name], after[name])}"


def differs(reference: str, since: str, found: Iterable[str], hint: str) -> None:
    """Raises Differs where anything was found, naming each up to a number that a person would read."""
    told = list(found)
    if told:
        count = f"{len(told)} difference{'s' if len(told) > 1 else ''}"
        more = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
        raise Differs(reference, f"{count} from {since}: {'; '.join([*islice(told, MOST_NAMED), *more])}", hint=hint)


class Digested(Protocol):
    """An essay by the digests of its file and of the text in it."""

    @property
    def local_id(self) -> str: ...

    @property
    def raw_sha256(self) -> str: ...

    @property
    def text_sha256(self) -> str: ...


def essays_differ(before: Iterable[Digested], after: Iterable[Digested]) -> Iterator[str]:
    def digests(essays: Iterable[Digested]) -> Mapping[str, tuple[str, str]]:
        return {essay.local_id: (essay.raw_sha256, essay.text_sha256) for essay in essays}

    return entries("essay ", digests(before), digests(after), essay_changed)


def essay_changed(before: tuple[str, str], after: tuple[str, str]) -> str:
    """Each as the digests of file and text."""
    if before[1] == after[1]:
        return "the file changed, its text did not"
    return "changed" if before[0] != after[0] else "the same file, read as another text"


def inputs_differ(before: Iterable[InputFile], after: Iterable[InputFile]) -> Iterator[str]:
    def digests(inputs: Iterable[InputFile]) -> Mapping[str, tuple[str, str]]:
        return {found.role: (found.path, found.sha256) for found in inputs}

    return entries("file of ", digests(before), digests(after), _input_changed)


def _input_changed(before: tuple[str, str], after: tuple[str, str]) -> str:
    return f"{after[0]} changed" if before[0] == after[0] else f"{before[0]} -> {after[0]}"


def anchors_differ(before: Iterable[Anchor], after: Iterable[Anchor]) -> Iterator[str]:
    """By CJ's registry id, grade and storage id; a label is for people."""

    def kept(anchors: Iterable[Anchor]) -> Mapping[str, tuple[str, str | None]]:
        return {str(anchor.anchor_id): (anchor.grade, anchor.storage_id) for anchor in anchors}

    return entries("anchor ", kept(before), kept(after), anchor_changed)


def anchor_changed(before: tuple[str, str | None], after: tuple[str, str | None]) -> str:
    """Each as grade and storage id."""
    told = [f"grade {before[0]} -> {after[0]}"] if before[0] != after[0] else []
    told += [f"text {before[1]} -> {after[1]}"] if before[1] != after[1] else []
    return ", ".join(told)
