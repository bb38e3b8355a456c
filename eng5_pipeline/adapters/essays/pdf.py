"""The text of a .pdf in its reading order, by PDFium. Not safe in several threads.

A line of the page is a line of the text; a word that is broken at its end keeps its hyphen. What is printed
at the head of a page is text like any other there.
"""

from __future__ import annotations

import re

import pypdfium2
from pypdfium2 import raw

from eng5_pipeline.adapters.essays.unreadable import Extracted, Unreadable, damaged, encrypted

KEPT_HEADERS = "page headers cannot be told apart in a PDF and were kept: they may hold a name"

_BROKEN_WORD = re.compile("[\x02\ufffe]")
"""How PDFium marks a hyphen and the end of a line after it."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\uffff]")


def pdf_text(data: bytes) -> Extracted:
    """Raises Unreadable, `essay-without-text` where the pages are pictures."""
    pages = [_clean(page) for page in _pages(data)]
    empty = [str(number) for number, page in enumerate(pages, 1) if not page.strip()]
    if len(empty) == len(pages):
        raise Unreadable(
            "essay-without-text",
            "holds no text, only pictures of it, such as a scan",
            "run text recognition on it, or have it typed",
        )
    scans = (f"no text on page {', '.join(empty)}, which may be a scan",) if empty else ()
    return Extracted("\n".join(pages), (KEPT_HEADERS, *scans))


def _pages(data: bytes) -> list[str]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise encrypted() from None
        raise damaged("is no PDF, whatever its name says, or a damaged one") from None
    try:
        return [document[index].get_textpage().get_text_range() for index in range(len(document))]
    except pypdfium2.PdfiumError:
        raise damaged("is a damaged PDF") from None
    finally:
        document.close()


def _clean(page: str) -> str:
    lines = _BROKEN_WORD.sub("-\n", page.replace("\r\n", "\n"))
    return _CONTROL.sub("", lines)
