"""From the bytes of a document to the text that is sent, whatever the format."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from importlib.metadata import version

from eng5_pipeline.adapters.essays.docx import docx_text
from eng5_pipeline.adapters.essays.encodings import decode
from eng5_pipeline.adapters.essays.odt import odt_text
from eng5_pipeline.adapters.essays.unreadable import Extracted, Unreadable, damaged

LARGEST_TEXT = 16 << 20
"""Bytes of UTF-8 that the Content Service takes."""


def plain_text(data: bytes) -> Extracted:
    """A .txt or .md: as it is, in whatever encoding it is."""
    return Extracted(decode(data))


def _pdf(data: bytes) -> Extracted:
    # Imported late: only who has a PDF pays for loading PDFium.
    from eng5_pipeline.adapters.essays.pdf import pdf_text

    return pdf_text(data)


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": plain_text,
    ".md": plain_text,
    ".docx": docx_text,
    ".odt": odt_text,
    ".pdf": _pdf,
}
"""By the file's extension in lower case."""

VERSION = 1
"""To be raised whenever the same bytes may give another text than before."""


def extractor(extension: str) -> str:
    """What reads a file of this extension, in words that change when its text may."""
    pdfium = f", pypdfium2 {version('pypdfium2')}" if extension == ".pdf" else ""
    return f"{extension.removeprefix('.')} {VERSION}{pdfium}"


def extract(extension: str, data: bytes) -> Extracted:
    """The text in composed Unicode (NFC); raises Unreadable, also for a blank and for a too large one."""
    try:
        found = READERS[extension](data)
    except RecursionError:
        raise damaged("is nested too deep") from None
    except MemoryError:
        raise Unreadable("essay-too-large", "needs too much memory", "save it as plain text") from None
    text = unicodedata.normalize("NFC", found.text.removeprefix("\ufeff"))
    if _is_blank(text):
        raise Unreadable("essay-blank", "holds no text", "fill it, or leave it out with essays.students.exclude")
    if len(text.encode()) > LARGEST_TEXT:
        what = f"holds more than {LARGEST_TEXT >> 20} MiB of text, and the Content Service takes no more"
        raise Unreadable("essay-too-large", what, "is this an essay?")
    return found._replace(text=text)


def _is_blank(text: str) -> bool:
    """Nothing that a reader could see: spaces, and marks that take no place."""
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf") for char in text)
