"""What every format has in common: composed Unicode, nothing blank, nothing too large."""

from __future__ import annotations

import pytest

from eng5_pipeline.adapters.essays.text import extract
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import open_text, paragraph, word

SERVICE_LIMIT = 16 * 1024 * 1024  # bytes


@pytest.mark.parametrize(
    ("extension", "data"),
    [
        (".txt", "A\u030asa".encode()),
        (".md", "A\u030asa".encode()),
        (".docx", word(paragraph("A\u030asa"))),
        (".odt", open_text("<text:p>A\u030asa</text:p>")),
    ],
)
def test_accents_are_composed(extension: str, data: bytes) -> None:
    assert extract(extension, data).text == "\u00c5sa"


@pytest.mark.parametrize("data", [b"", b" \r\n\t", "\ufeff".encode(), "\u200b\u00a0\u00ad".encode()])
def test_a_text_that_shows_nothing_is_blank(data: bytes) -> None:
    with pytest.raises(Unreadable, match="holds no text") as why:
        extract(".txt", data)
    assert why.value.reference == "essay-blank"


def test_a_document_without_words_is_blank() -> None:
    with pytest.raises(Unreadable) as why:
        extract(".docx", word("<w:p/><w:p/>"))
    assert why.value.reference == "essay-blank"


def test_the_largest_text_that_the_service_takes_is_read() -> None:
    assert len(extract(".txt", b"a" * SERVICE_LIMIT).text) == SERVICE_LIMIT


def test_a_larger_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="more than 16 MiB") as why:
        extract(".txt", b"a" * (SERVICE_LIMIT + 1))
    assert why.value.reference == "essay-too-large"


def test_a_document_nested_without_end_is_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 5000 + "</w:sdtContent></w:sdt>" * 5000
    with pytest.raises(Unreadable, match="nested too deep"):
        extract(".docx", word(deep))
