"""The artefact log is durable, and readable while it is being written."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.durable import LineFile
from eng5_pipeline.engine.journal import open_journal, read_entries
from eng5_pipeline.errors import MachineFailed
from tests.support.clock import FakeClock


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with LineFile(path) as file:
        open_journal(file, FakeClock().now).append("note", stage="await", name="gap", topic="t", expected=3)
    with LineFile(path) as file:
        entry = open_journal(file, FakeClock().now).last("note", stage="await", name="gap")
    assert entry is not None
    assert entry.data == {"topic": "t", "expected": 3}


def test_a_line_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with LineFile(path) as file:
        open_journal(file, FakeClock().now).append("opened")
    with path.open("ab") as file_being_written:
        file_being_written.write(b'{"n":2,"at":"2026')
    assert [entry.kind for entry in read_entries(path)] == ["opened"]


def test_a_damaged_line_is_named_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"{}\n")
    with pytest.raises(MachineFailed, match=r"journal\.jsonl:1"):
        list(read_entries(path))
