"""The parts of the documentation that are written by the code they describe.

A page holds such a part between `<!-- written: NAME -->` and `<!-- end -->`. `python -m tests.docs.blocks` writes
all of them anew, `test_blocks.py` compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.docs.of_artefact import artefact_fields
from tests.docs.of_commands import commands
from tests.docs.of_contracts import request_fields, topic_table
from tests.docs.of_spec import spec_keys

DOCS: Final = Path(__file__).parents[2] / "docs"
BLOCK: Final = re.compile(r"(?s)(<!-- written: ([a-z-]+) -->\n).*?(<!-- end -->)")
BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands,
    "spec-keys": spec_keys,
    "artefact-fields": artefact_fields,
    "topics": topic_table,
    "request-fields": request_fields,
}


def renewed(page: str) -> str:
    """The page with every part as the code writes it now."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]().strip()}\n\n{block[3]}", page)


def pages() -> Iterator[Path]:
    return (page for page in sorted(DOCS.rglob("*.md")) if BLOCK.search(page.read_text(encoding="utf-8")))


if __name__ == "__main__":
    for each in pages():
        each.write_text(renewed(each.read_text(encoding="utf-8")), encoding="utf-8")
