"""The index of extracted texts spares reading, costs nothing when it is lost, and is never wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.adapters.essays.text_index import FileTextIndex
from eng5_pipeline.ports import TextEntry
from tests.support.clock import FakeClock


def entry(raw: str) -> TextEntry:
    return TextEntry(
        raw_sha256=raw * 64, extractor="docx 1", text_sha256="f" * 64, size=9, words=2, left_out=("comments left out",)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "artefacts" / "extracted_texts.jsonl"


def opened(path: Path) -> FileTextIndex:
    return FileTextIndex(path, FakeClock(), print)


def test_what_one_run_read_the_next_one_knows(path: Path) -> None:
    opened(path).add([entry("a"), entry("b")])
    assert list(opened(path).entries().values()) == [entry("a"), entry("b")]


def test_a_line_holds_digests_and_counts_alone(path: Path) -> None:
    opened(path).add([entry("a")])
    assert path.read_text() == (
        f'{{"raw_sha256":"{"a" * 64}","extractor":"docx 1","text_sha256":"{"f" * 64}","size":9,"words":2,'
        '"left_out":["comments left out"]}\n'
    )


def test_reading_writes_nothing(path: Path) -> None:
    opened(path).entries()
    assert not path.parent.exists()


def test_torn_and_foreign_lines_cost_one_more_reading(path: Path) -> None:
    opened(path).add([entry("a"), entry("b")])
    path.write_bytes(b'{"x": 1}\n\xff\n' + path.read_bytes()[:-20])
    index = opened(path)
    assert list(index.entries().values()) == [entry("a")]
    index.add([entry("b")])
    assert len(opened(path).entries()) == 2


def test_an_index_that_was_removed_is_begun_again(path: Path) -> None:
    index = opened(path)
    index.add([entry("a")])
    path.unlink()
    index.add([entry("b")])
    assert list(index.entries().values()) == [entry("b")]
