"""mkdocs.yml lists every page; `mkdocs build --strict` tells the rest."""

from __future__ import annotations

import re

from tests.docs.blocks import DOCS
from tests.docs.markdown import ROOT

NAV = re.compile(r"(?m)^ *- ([\w./-]+\.md)$")


def test_every_page_is_in_the_navigation_once() -> None:
    listed = NAV.findall((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    there = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(listed) == sorted(there)
