"""What of an anchor is another at CJ."""

from __future__ import annotations

import pytest

from eng5_pipeline.domain.anchor_holdings import compared
from eng5_pipeline.domain.assignment import Anchor, AnchorToRegister

TEXT, OTHER = "0" * 64, "1" * 64
OURS = AnchorToRegister(local_id="a.txt", path="a.txt", label="A1", grade="A", text_sha256=TEXT, characters=200)


def held(grade: str = "A") -> Anchor:
    return Anchor(anchor_id=7, label="A1", grade=grade, storage_id="2" * 32)


@pytest.mark.parametrize(
    ("there", "text", "state", "differs"),
    [
        (None, None, "new", ()),
        (held(), TEXT, "kept", ()),
        (held("B"), TEXT, "different", ("grade B instead of A",)),
        (held(), OTHER, "different", ("another text",)),
        (held("B"), OTHER, "different", ("grade B instead of A", "another text")),
        (held(), None, "different", ("its text is not at the Content Service",)),
    ],
)
def test_an_anchor_is_new_kept_or_different(
    there: Anchor | None, text: str | None, state: str, differs: tuple[str, ...]
) -> None:
    found = compared(OURS, there, text)
    assert (found.state, found.differs) == (state, differs)
