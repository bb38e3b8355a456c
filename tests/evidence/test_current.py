"""docs/evidence is what the program does now: `python -m tests.evidence` renews it."""

from __future__ import annotations

import pytest

from tests.docs.blocks import DOCS
from tests.evidence.making import made
from tests.evidence.marks import MEANINGS

pytestmark = pytest.mark.soak  # a minute of processor; continuous integration has a step for it


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return made()


def test_it_is_current(pages: dict[str, str]) -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "evidence").iterdir()}
    assert kept == pages


def test_no_page_holds_a_token_or_a_place_of_this_machine(pages: dict[str, str]) -> None:
    text = "".join(pages.values())
    assert "eyJ" not in text
    assert "/tmp/" not in text


def test_every_mark_is_listed_and_used(pages: dict[str, str]) -> None:
    text = "".join(page for name, page in pages.items() if name != "index.md")
    assert [mark for mark in MEANINGS if f"`{mark}`" not in pages["index.md"] or mark not in text] == []
