"""The lock of a spec as text: one JSON list a line, sorted, so that two branches merge line by line.

A first line names the format. Then `anchor`: CJ's registry id, grade and storage id. `essay`: path, digests of the file
and of the text in it, bytes and words of the text, and what read it. `file`: role, path and digest of a prompt or
table. `scale`: CJ's grade scale.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from pydantic import TypeAdapter, ValidationError

from eng5_pipeline.domain.assignment import Anchor, AnchorSummary
from eng5_pipeline.domain.essays import Essay
from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import Differs
from eng5_pipeline.results import InputFile

HEAD = ["lock", 1]
_ROWS: TypeAdapter[list[str | int | None]] = TypeAdapter(list[str | int | None])
_LENGTHS = {"anchor": 4, "essay": 7, "file": 4, "scale": 2}


class LockedEssay(Value):
    """`size` is bytes of text; `extractor` is what read the file, with its version."""

    local_id: str
    raw_sha256: str
    text_sha256: str
    size: int
    words: int
    extractor: str


class Lock(Value):
    """The local part are essays and inputs, CJ's part are scale and anchors."""

    essays: tuple[LockedEssay, ...]
    inputs: tuple[InputFile, ...]
    grade_scale: str
    anchors: tuple[Anchor, ...]


def lock_of(
    essays: Iterable[Essay],
    inputs: Iterable[InputFile],
    summary: AnchorSummary,
    extractor: Callable[[PurePosixPath], str],
) -> Lock:
    """`extractor` says what reads a file as text."""
    return Lock(
        essays=tuple(_locked(essay, extractor(PurePosixPath(essay.path))) for essay in essays),
        inputs=tuple(inputs),
        grade_scale=summary.grade_scale,
        anchors=tuple(anchor.model_copy(update={"label": None}) for anchor in summary.anchors),
    )


def _locked(essay: Essay, extractor: str) -> LockedEssay:
    return LockedEssay(**essay.model_dump(exclude={"path"}), extractor=extractor)


def render(lock: Lock) -> bytes:
    rows = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in _rows(lock)]
    return "".join(f"{line}\n" for line in [json.dumps(HEAD, separators=(",", ":")), *sorted(rows)]).encode()


def _rows(lock: Lock) -> Iterator[list[str | int | None]]:
    yield ["scale", lock.grade_scale]
    for anchor in lock.anchors:
        yield ["anchor", anchor.anchor_id, anchor.grade, anchor.storage_id]
    for essay in lock.essays:
        yield ["essay", *(value for _, value in essay)]
    for found in lock.inputs:
        yield ["file", found.role, found.path, found.sha256]


def parse(raw: bytes, name: str) -> Lock:
    """Raises Differs `lock-unreadable` with the line, also where a merge left two lines for one thing."""
    rows: dict[tuple[object, ...], list[str | int | None]] = {}
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")  # git may check it out so
    head, *lines = text.rstrip("\n").split("\n")
    if head.replace(" ", "") != '["lock",1]':
        raise _unreadable(name, 1, "is not the first line of a lock that this version reads")
    for number, line in enumerate(lines, start=2):
        row = _row(name, number, line)
        identity = tuple(row[: 1 if row[0] == "scale" else 2])
        if identity in rows:
            raise _unreadable(name, number, f"is a second line of {' '.join(map(str, identity))}")
        rows[identity] = row
    return _lock(name, list(rows.values()))


def _row(name: str, number: int, line: str) -> list[str | int | None]:
    try:
        row = _ROWS.validate_json(line)
    except ValidationError:
        raise _unreadable(name, number, "is not a line of a lock") from None
    if not row or _LENGTHS.get(str(row[0])) != len(row):
        raise _unreadable(name, number, "is not a line of a lock")
    return row


def _lock(name: str, rows: list[list[str | int | None]]) -> Lock:
    def of(kind: str) -> list[list[str | int | None]]:
        return [row[1:] for row in rows if row[0] == kind]

    try:
        return Lock.model_validate(
            {
                "grade_scale": next(iter(of("scale")), [None])[0],
                "anchors": [
                    {"anchor_id": each[0], "label": None, "grade": each[1], "storage_id": each[2]}
                    for each in of("anchor")
                ],
                "essays": [dict(zip(LockedEssay.model_fields, each, strict=True)) for each in of("essay")],
                "inputs": [dict(zip(InputFile.model_fields, each, strict=True)) for each in of("file")],
            }
        )
    except ValidationError:
        raise _unreadable(name, 1, "is followed by lines that do not make a lock") from None


def _unreadable(name: str, number: int, what: str) -> Differs:
    return Differs(
        "lock-unreadable",
        f"{name}:{number}: {what}",
        hint="settle the merge, or write it anew:  eng5-pipeline lock SPEC",
    )
