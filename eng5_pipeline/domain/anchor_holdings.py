"""Anchors that are to be registered, beside what CJ holds under the same labels."""

from __future__ import annotations

from typing import Literal

from eng5_pipeline.domain.assignment import Anchor, AnchorToRegister
from eng5_pipeline.domain.value import Value

State = Literal["new", "kept", "different"]


class ComparedAnchor(Value):
    """`there` is what CJ holds under the label, `differs` in words what of it is another."""

    anchor: AnchorToRegister
    there: Anchor | None
    differs: tuple[str, ...]

    @property
    def state(self) -> State:
        if self.there is None:
            return "new"
        return "different" if self.differs else "kept"


def compared(anchor: AnchorToRegister, there: Anchor | None, text_sha256: str | None) -> ComparedAnchor:
    """`text_sha256` is the digest of the text that CJ's anchor points to; None where there is no such text."""
    differs = [] if there is None else [*_grade(anchor, there), *_text(anchor, text_sha256)]
    return ComparedAnchor(anchor=anchor, there=there, differs=tuple(differs))


def _grade(anchor: AnchorToRegister, there: Anchor) -> list[str]:
    return [] if there.grade == anchor.grade else [f"grade {there.grade} instead of {anchor.grade}"]


def _text(anchor: AnchorToRegister, text_sha256: str | None) -> list[str]:
    if text_sha256 is None:
        return ["its text is not at the Content Service"]
    return [] if text_sha256 == anchor.text_sha256 else ["another text"]
