"""Why a document gives no essay text; whoever knows its name makes it a refusal."""

from __future__ import annotations

from typing import NamedTuple


class Unreadable(Exception):
    """`what` follows the file's name in a sentence, `hint` says what a person can do about it."""

    def __init__(self, reference: str, what: str, hint: str) -> None:
        super().__init__(what)
        self.reference = reference
        self.what = what
        self.hint = hint


class Extracted(NamedTuple):
    """A document's text, and in words what it holds beside it."""

    text: str
    left_out: tuple[str, ...] = ()


def damaged(what: str, hint: str = "open it in its program and save it again") -> Unreadable:
    return Unreadable("essay-unreadable", what, hint)


def encrypted() -> Unreadable:
    return Unreadable("essay-encrypted", "is protected by a password", "save it without a password")
