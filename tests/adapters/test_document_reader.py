"""A document that hangs or breaks its reader costs itself, not the run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eng5_pipeline.adapters.essays.document_reader import DocumentReader
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import PDF_PICTURE, paragraph, pdf, word

ESSAY = word(paragraph("An essay."))


@pytest.fixture
def reader() -> Iterator[DocumentReader]:
    made = DocumentReader()
    yield made
    made.close()


def children() -> set[int]:
    return {
        int(pid) for of_thread in Path("/proc/self/task").glob("*/children") for pid in of_thread.read_text().split()
    }


def test_a_text_comes_back_with_what_was_left_out(reader: DocumentReader) -> None:
    found = reader.read(".docx", word(paragraph("Å ", "essay."), creator="Anna"))
    assert found == ("Å essay.", ("document properties left out: they may hold a name",))


def test_a_refusal_comes_back_as_it_was_made(reader: DocumentReader) -> None:
    with pytest.raises(Unreadable, match="only pictures") as why:
        reader.read(".pdf", pdf(PDF_PICTURE))
    assert why.value.reference == "essay-without-text"
    assert "text recognition" in why.value.hint


def test_one_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    reader = DocumentReader(seconds=0.2)
    slow = word(paragraph("x") * 400_000)
    with pytest.raises(Unreadable, match=r"takes more than 0\.2 s") as why:
        reader.read(".docx", slow)
    assert why.value.reference == "essay-too-slow"
    assert reader.read(".docx", ESSAY).text == "An essay."
    reader.close()


def test_a_document_may_take_ten_seconds(reader: DocumentReader) -> None:
    before = children()
    reader.read(".docx", ESSAY)
    (child,) = children() - before
    os.kill(child, signal.SIGALRM)  # as the kernel does when they are over
    with pytest.raises(Unreadable, match="takes more than 10 s"):
        reader.read(".docx", ESSAY)


def test_one_that_breaks_the_child_is_refused_and_the_next_is_read(reader: DocumentReader) -> None:
    with pytest.raises(Unreadable, match="breaks the program"):
        reader.read(".no such format", ESSAY)
    assert reader.read(".docx", ESSAY).text == "An essay."


def test_threads_take_turns(reader: DocumentReader) -> None:
    documents = [word(paragraph(f"Essay {number}.")) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        texts = [found.text for found in pool.map(lambda data: reader.read(".docx", data), documents)]
    assert texts == [f"Essay {number}." for number in range(20)]
