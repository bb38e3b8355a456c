"""`python -m tests.evidence` makes docs/evidence anew."""

from __future__ import annotations

from tests.docs.blocks import DOCS
from tests.evidence.making import made

if __name__ == "__main__":
    for name, text in made().items():
        (DOCS / "evidence" / name).write_text(text, encoding="utf-8")
