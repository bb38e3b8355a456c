"""docs/reference/events.md: its lines are lines of events.jsonl."""

from __future__ import annotations

import re
from pathlib import Path

from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.event_lines import iterate
from tests.docs import markdown


def test_its_lines_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    lines = re.findall(r"(?m)^    (\{.*\})$", markdown.read("reference/events.md"))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert [type(line) for line in iterate(file)] == [Record, Offsets]
