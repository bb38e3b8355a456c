"""A packed document that would do harm is refused before it is unpacked."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile

import pytest

from eng5_pipeline.adapters.essays.archive import Package
from eng5_pipeline.adapters.essays.docx import docx_text
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import paragraph, word, word_part, zipped


def reference_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as why:
        docx_text(data)
    return why.value.reference


def test_one_that_unpacks_beyond_measure_is_refused() -> None:
    bomb = zipped({"word/document.xml": b" " * (64 * 1024 * 1024 + 1)})
    assert len(bomb) < 100_000
    assert reference_of(bomb) == "essay-unpacks-too-large"


def test_one_that_lies_about_its_size_is_damaged_and_not_unpacked() -> None:
    packed = bytearray(zipped({"word/document.xml": b" " * (20 << 20)}))
    central = packed.index(b"PK\x01\x02")
    packed[central + 24 : central + 28] = packed[22:26] = struct.pack("<L", 10)
    tracemalloc.start()
    with pytest.raises(Unreadable, match="damaged"):
        Package(bytes(packed), "Word").read("word/document.xml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_one_that_holds_another_packed_document_is_refused() -> None:
    inner = zipped({"more": b"x"})
    assert reference_of(zipped({"word/document.xml": "<x/>", "word/embeddings/a.bin": inner})) == "essay-nested"


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE w:document [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w:document SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE w:document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
    ids=["file", "address", "laughs"],
)
def test_one_that_declares_entities_is_refused(declared: str) -> None:
    document = word_part("document", f"<w:body>{paragraph('x')}</w:body>", declared)
    assert reference_of(zipped({"word/document.xml": document})) == "essay-outside-entities"


def test_one_that_declares_entities_in_utf_16_is_refused_too() -> None:
    document = word_part("document", "<w:body/>", "<!DOCTYPE x>").replace("UTF-8", "UTF-16").encode("utf-16")
    assert reference_of(zipped({"word/document.xml": document})) == "essay-outside-entities"


def test_one_with_a_password_on_its_members_is_refused() -> None:
    packed = bytearray(word(paragraph("x")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := packed.find(mark, start + 1)) >= 0:
            packed[start + place] |= 1
    assert reference_of(bytes(packed)) == "essay-encrypted"


def test_one_that_word_has_encrypted_is_refused_as_such() -> None:
    data = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512) + "EncryptedPackage".encode("utf-16-le")
    assert reference_of(data) == "essay-encrypted"


def test_an_old_word_document_is_told_to_be_saved_anew() -> None:
    with pytest.raises(Unreadable, match="old binary kind") as why:
        docx_text(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    assert why.value.hint == "save it as .docx"


@pytest.mark.parametrize("data", [b"MZ\x90\x00" + word(paragraph("x")), b"", b"PK\x03\x04 and nothing more"])
def test_a_renamed_program_and_half_a_file_are_no_documents(data: bytes) -> None:
    assert reference_of(data) == "essay-unreadable"


def test_one_cut_short_is_damaged() -> None:
    whole = word(paragraph("x"))
    assert reference_of(whole[: len(whole) // 2]) == "essay-unreadable"


def test_one_packed_in_a_way_no_writer_uses_is_refused() -> None:
    packed = zipped({"word/document.xml": b" " * 5000}, zipfile.ZIP_BZIP2)
    assert reference_of(packed) == "essay-unreadable"
