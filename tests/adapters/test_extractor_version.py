"""The extractor's version stands for what it makes of documents: another text needs another version."""

from __future__ import annotations

import hashlib

from eng5_pipeline.adapters.essays.text import VERSION, extract, extractor
from tests.support import documents as made

TEXTS_BY_VERSION = {1: "d346a9824c14d5787f07e6731ff439d5cb957b059c3f1236233213a8257a9d6f"}
"""What `CORPUS` came to. When this fails, raise VERSION and add a line: indexes of extracted texts then start anew."""

_NOTE = made.word_part("footnotes", '<w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote>')
_TABLE = "".join(f"<w:tc>{made.paragraph(cell)}</w:tc>" for cell in ("one", "two"))
_TEXT = f"<w:txbxContent>{made.paragraph('In a box')}</w:txbxContent>"
_BOX = f"<w:p><w:r><w:pict><v:textbox>{_TEXT}</v:textbox></w:pict></w:r></w:p>"

CORPUS = (
    (
        ".docx",
        made.word(made.paragraph("Spl", "it ru", "ns.") + made.paragraph() + made.paragraph("After a blank line.")),
    ),
    (".docx", made.word(f"<w:tbl><w:tr>{_TABLE}</w:tr></w:tbl>" + made.paragraph("Below."))),
    (".docx", made.word(_BOX + made.paragraph("Beside."))),
    (
        ".docx",
        made.word(
            '<w:p><w:r><w:t>Here</w:t><w:tab/><w:br/></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
            "<w:p><w:ins><w:r><w:t>In</w:t></w:r></w:ins><w:del><w:r><w:delText>Out</w:delText></w:r></w:del></w:p>",
            parts={"footnotes": _NOTE},
            creator="Anna",
        ),
    ),
    (".odt", made.open_text('<text:p>A  line<text:s text:c="3"/>with<text:tab/>signs<text:line-break/>.</text:p>')),
    (".odt", made.open_text("<text:h>Head</text:h><text:p/><text:p>A <text:span>wo</text:span>rd.</text:p>")),
    (".pdf", made.pdf(made.pdf_page("A line of a page", "and an-", "other"), made.pdf_page("Second page"))),
    (".txt", "\ufeffMa\u030arten\r\n".encode()),
    (".txt", "Åsa".encode("utf-16")),
    (".md", "Åsa – smörgås".encode("cp1252")),
)


def test_the_same_version_makes_the_same_texts() -> None:
    said = [extract(extension, data) for extension, data in CORPUS]
    assert hashlib.sha256(repr(said).encode()).hexdigest() == TEXTS_BY_VERSION[VERSION]


def test_a_version_names_the_format_and_what_reads_it() -> None:
    assert extractor(".docx") == f"docx {VERSION}"
    assert extractor(".pdf").startswith(f"pdf {VERSION}, pypdfium2 ")
