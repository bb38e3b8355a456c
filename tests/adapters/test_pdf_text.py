"""What a .pdf says in its reading order."""

from __future__ import annotations

import pytest

from eng5_pipeline.adapters.essays.pdf import pdf_text
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import PDF_LOCK, PDF_PICTURE, pdf, pdf_page


def test_lines_and_pages_follow_each_other() -> None:
    assert pdf_text(pdf(pdf_page("One line.", "Another."), pdf_page("Page two."))).text == (
        "One line.\nAnother.\nPage two."
    )


def test_a_word_broken_at_a_line_end_keeps_its_hyphen() -> None:
    assert pdf_text(pdf(pdf_page("It is import-", "ant to me."))).text == "It is import-\nant to me."


def test_swedish_text_and_typographic_signs_are_kept() -> None:
    assert pdf_text(pdf(pdf_page("Åsa är så “härlig” \u2013 ja."))).text == "Åsa är så “härlig” \u2013 ja."


def test_it_is_said_that_page_headers_are_kept() -> None:
    assert "page headers cannot be told apart" in pdf_text(pdf(pdf_page("x"))).left_out[0]


def test_a_page_without_text_is_said() -> None:
    found = pdf_text(pdf(pdf_page("Text."), PDF_PICTURE))
    assert found.left_out[1] == "no text on page 2, which may be a scan"


@pytest.mark.parametrize(
    ("document", "reference"),
    [
        (pdf(PDF_PICTURE), "essay-without-text"),
        (pdf(pdf_page("x"), encrypt=PDF_LOCK), "essay-encrypted"),
        (b"MZ\x90\x00 this program cannot be run", "essay-unreadable"),
        (pdf(pdf_page("x"))[:200], "essay-unreadable"),
    ],
    ids=["scan", "password", "renamed program", "half a file"],
)
def test_what_gives_no_text_is_refused(document: bytes, reference: str) -> None:
    with pytest.raises(Unreadable) as why:
        pdf_text(document)
    assert why.value.reference == reference
