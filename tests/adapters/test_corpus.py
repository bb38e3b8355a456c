"""One document of every kind that students hand in, beside the text that a person reads in it, or the exact refusal."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import docx
import odfdo
import pytest

from eng5_pipeline.adapters.essays.document_reader import DocumentReader
from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.errors import Refused
from tests.support.documents import (
    PDF_LOCK,
    PDF_PICTURE,
    open_text,
    paragraph,
    pdf,
    pdf_page,
    run,
    word,
    word_part,
    zipped,
)

PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00This program cannot be run in DOS mode"
SWEDISH = "Åsa är så härlig – “ja”, sa hon."
OUTSIDE = '<!DOCTYPE w:document [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def by_python_docx() -> bytes:
    document = docx.Document()
    written = document.add_paragraph("My role mo")
    written.add_run("del").bold = True
    written.add_run("s\tare:\nthese.")
    document.add_paragraph()
    document.add_paragraph("Mum", style="List Bullet")
    document.add_paragraph("Zlatan", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Who", "Why", "Mum", "Kind"), strict=True):
        cell.text = text
    document.add_paragraph("The end.")
    document.sections[0].header.paragraphs[0].text = "Anna Andersson 9B"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def by_odfdo() -> bytes:
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "My role model"))
    document.body.append(odfdo.Paragraph("She is  brave\tand kind.\nReally."))
    document.body.append(odfdo.List(["Mum", "Zlatan"]))
    table = odfdo.Table("Reasons", width=2, height=2)
    table.set_value((0, 0), "Who")
    table.set_value((1, 1), "Kind")
    document.body.append(table)
    said = odfdo.Paragraph("She said so.")
    said.insert_note(after="so", note_id="n1", citation="1", body="In her blog.")
    document.body.append(said)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_footnote() -> bytes:
    note = f'<w:footnote w:id="2">{paragraph(" In her blog.")}</w:footnote>'
    body = f'<w:p>{run("She said so")}<w:r><w:footnoteReference w:id="2"/></w:r>{run(".")}</w:p>'
    return word(body, parts={"footnotes": word_part("footnotes", note)})


def with_box() -> bytes:
    box = f"<w:txbxContent>{paragraph('In the box')}</w:txbxContent>"
    forms = (
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    )
    return word(f"<w:p><w:r><mc:AlternateContent>{forms}</mc:AlternateContent></w:r>{run('Beside it')}</w:p>")


def with_changes() -> bytes:
    deleted = "<w:del><w:r><w:delText>rather </w:delText></w:r></w:del>"
    return word(f"<w:p>{run('She is ')}<w:ins>{run('very ')}</w:ins>{deleted}{run('brave.')}</w:p>")


def with_header() -> bytes:
    return word(paragraph("Essay."), parts={"header": word_part("hdr", paragraph("Anna Andersson 9B"))})


TEXTS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "split runs": ("a.docx", lambda: word(paragraph("Role mo", "del", "s mat", "ter.")), "Role models matter."),
    "of python-docx": (
        "a.docx",
        by_python_docx,
        "My role models\tare:\nthese.\n\nMum\nZlatan\nWho\tWhy\nMum\tKind\nThe end.",
    ),
    "of odfdo": (
        "a.odt",
        by_odfdo,
        "My role model\nShe is  brave\tand kind.\nReally.\nMum\nZlatan\nWho\t\n\tKind\nShe said so[1].\n\n"
        "[1] In her blog.",
    ),
    "a header with a name": ("a.docx", with_header, "Essay."),
    "a footnote": ("a.docx", with_footnote, "She said so[1].\n\n[1] In her blog."),
    "a text box": ("a.docx", with_box, "Beside it\nIn the box"),
    "tracked changes": ("a.docx", with_changes, "She is very brave."),
    "Swedish, Word": ("a.DOCX", lambda: word(paragraph(SWEDISH)), SWEDISH),
    "Swedish, OpenDocument": ("a.Odt", lambda: open_text(f"<text:p>{SWEDISH}</text:p>"), SWEDISH),
    "Swedish, PDF": ("a.PDF", lambda: pdf(pdf_page(SWEDISH)), SWEDISH),
    "a hyphen at a line end": ("a.pdf", lambda: pdf(pdf_page("It is import-", "ant.")), "It is import-\nant."),
    "UTF-8": ("a.txt", SWEDISH.encode, SWEDISH),
    "UTF-8 with a mark": ("a.md", lambda: codecs.BOM_UTF8 + SWEDISH.encode(), SWEDISH),
    "UTF-16": ("a.txt", lambda: SWEDISH.encode("utf-16"), SWEDISH),
    "UTF-16 without a mark": ("a.txt", lambda: SWEDISH.encode("utf-16-be"), SWEDISH),
    "cp1252": ("a.txt", lambda: SWEDISH.encode("cp1252"), SWEDISH),
    "latin-1": ("a.txt", lambda: "Åke och Öke".encode("latin-1"), "Åke och Öke"),
    "emoji": ("a.txt", "Fun \U0001f600\U0001f469\u200d\U0001f52c!".encode, "Fun \U0001f600\U0001f469\u200d\U0001f52c!"),
    "emoji, Word": ("a.docx", lambda: word(paragraph("Fun ", "\U0001f600")), "Fun \U0001f600"),
    "decomposed accents": ("a.txt", "A\u030asa a\u0308r O\u0308ke".encode, "Åsa är Öke"),
    "decomposed accents, Word": ("a.docx", lambda: word(paragraph("A\u030a", "sa")), "Åsa"),
}

REFUSALS: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "empty": ("a.txt", bytes, "essay-blank", "a.txt holds no text"),
    "empty, Word": ("a.docx", bytes, "essay-unreadable", "a.docx is no Word document, whatever its name says"),
    "blank, Word": ("a.docx", lambda: word("<w:p/>"), "essay-blank", "a.docx holds no text"),
    "image-only PDF": (
        "a.pdf",
        lambda: pdf(PDF_PICTURE),
        "essay-without-text",
        "a.pdf holds no text, only pictures of it, such as a scan",
    ),
    "encrypted PDF": (
        "a.pdf",
        lambda: pdf(pdf_page("x"), encrypt=PDF_LOCK),
        "essay-encrypted",
        "a.pdf is protected by a password",
    ),
    "zip bomb": (
        "a.docx",
        lambda: zipped({"word/document.xml": bytes(65 << 20)}),
        "essay-unpacks-too-large",
        "a.docx unpacks to more than 64 MiB",
    ),
    "a package in a package": (
        "a.odt",
        lambda: zipped({"content.xml": "<x/>", "Object 1": word(paragraph("x"))}),
        "essay-nested",
        "a.odt holds another packed document",
    ),
    "an outside entity": (
        "a.docx",
        lambda: zipped({"word/document.xml": word_part("document", f"<w:body>{paragraph('&e;')}</w:body>", OUTSIDE)}),
        "essay-outside-entities",
        "a.docx declares entities, which may refer to other files",
    ),
    "a renamed .exe, text": (
        "a.txt",
        lambda: PROGRAM,
        "essay-undecodable",
        "a.txt is not text in UTF-8, UTF-16 or Windows-1252",
    ),
    "a renamed .exe, Word": (
        "a.docx",
        lambda: PROGRAM,
        "essay-unreadable",
        "a.docx is no Word document, whatever its name says",
    ),
    "a renamed .exe, OpenDocument": (
        "a.odt",
        lambda: PROGRAM,
        "essay-unreadable",
        "a.odt is no OpenDocument document, whatever its name says",
    ),
    "a renamed .exe, PDF": (
        "a.pdf",
        lambda: PROGRAM,
        "essay-unreadable",
        "a.pdf is no PDF, whatever its name says, or a damaged one",
    ),
}


@pytest.fixture(scope="module")
def documents() -> Iterator[DocumentReader]:
    reader = DocumentReader()
    yield reader
    reader.close()


@pytest.fixture
def essays(tmp_path: Path, documents: DocumentReader) -> EssayFolder:
    return EssayFolder(tmp_path, documents)


@pytest.mark.parametrize(("name", "document", "text"), TEXTS.values(), ids=TEXTS)
def test_a_document_says_what_a_person_reads_in_it(
    essays: EssayFolder, name: str, document: Callable[[], bytes], text: str
) -> None:
    (essays.folder / name).write_bytes(document())
    assert essays.read(PurePosixPath(name)).text == text


@pytest.mark.parametrize(("name", "document", "reference", "what"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_no_essay_is_refused_by_name(
    essays: EssayFolder, name: str, document: Callable[[], bytes], reference: str, what: str
) -> None:
    (essays.folder / name).write_bytes(document())
    with pytest.raises(Refused) as why:
        essays.read(PurePosixPath(name))
    assert (why.value.reference, why.value.what) == (reference, what)
    assert why.value.hint


@pytest.mark.parametrize("document", [with_header, by_python_docx])
def test_a_name_in_a_header_is_not_read_and_said_to_be_left_out(
    essays: EssayFolder, document: Callable[[], bytes]
) -> None:
    (essays.folder / "a.docx").write_bytes(document())
    found = essays.read(PurePosixPath("a.docx"))
    assert "Anna" not in found.text
    assert "header left out: it may hold a name" in found.left_out
