"""Plain text is read as what it is, or not at all."""

from __future__ import annotations

import codecs

import pytest

from eng5_pipeline.adapters.essays.encodings import decode
from eng5_pipeline.adapters.essays.unreadable import Unreadable

SWEDISH = "Åsa är så härlig \u2013 “ja”, sa hon.\n"


@pytest.mark.parametrize(
    "data",
    [
        SWEDISH.encode(),
        codecs.BOM_UTF8 + SWEDISH.encode(),
        codecs.BOM_UTF16_LE + SWEDISH.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + SWEDISH.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + SWEDISH.encode("utf-32-le"),
        SWEDISH.encode("utf-16-le"),
        SWEDISH.encode("utf-16-be"),
        SWEDISH.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16 le mark", "utf-16 be mark", "utf-32", "utf-16 le", "utf-16 be", "cp1252"],
)
def test_swedish_is_read_in_every_encoding(data: bytes) -> None:
    assert decode(data) == SWEDISH


def test_latin_1_is_read() -> None:
    assert decode("Åke och Öke\r\n".encode("latin-1")) == "Åke och Öke\r\n"


def test_emoji_survive_utf_8_and_utf_16() -> None:
    assert decode("\U0001f600".encode()) == decode("\U0001f600".encode("utf-16")) == "\U0001f600"


def test_line_ends_stay_as_they_are() -> None:
    assert decode(b"one\r\ntwo\rthree\n") == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        codecs.BOM_UTF8 + b"\xff\xfe\xfd",
        codecs.BOM_UTF16_LE + b"\x00\xd8a",
        b"\x81\x8d\x8f\x90\x9d",
    ],
    ids=["renamed program", "picture", "wrong mark", "half a pair", "no letters of cp1252"],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="is not text") as why:
        decode(data)
    assert why.value.reference == "essay-undecodable"
