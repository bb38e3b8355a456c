"""What the code writes into the documentation is what stands there: `python -m tests.docs.blocks` renews it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import BLOCK, BLOCKS, DOCS, pages, renewed


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_is_as_the_code_writes_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text) == text


def test_every_part_stands_on_one_page() -> None:
    standing = [name for page in pages() for _, name, _ in BLOCK.findall(page.read_text(encoding="utf-8"))]
    assert sorted(standing) == sorted(BLOCKS)
