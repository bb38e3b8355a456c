"""Every link of the documentation leads somewhere, and every page can be reached from the first one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS
from tests.docs.markdown import ROOT, anchors, links

PAGES = [
    *sorted(DOCS.rglob("*.md")),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "examples/role-models/README.md",
]


def _targets(page: Path) -> Iterator[tuple[str, Path, str]]:
    for link in links(page):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            yield link, (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [link for link, path, anchor in _targets(page) if not path.exists() or not _is_there(path, anchor)]
    assert broken == []


def _is_there(path: Path, anchor: str) -> bool:
    return not anchor or (path.suffix == ".md" and anchor in anchors(path))


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, new = set[Path](), {DOCS / "index.md"}
    while new:
        reached |= new
        found = {path for page in new for _, path, _ in _targets(page) if path.suffix == ".md" and path.exists()}
        new = {path for path in found if path.is_relative_to(DOCS)} - reached
    assert sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page not in reached) == []
