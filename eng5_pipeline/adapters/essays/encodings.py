"""The encoding of a plain text, decided in a fixed order and never by what is likely.

    1. a byte-order mark names UTF-8, UTF-16 or UTF-32
    2. NUL at every other place, as Latin letters have in UTF-16 without a mark
    3. UTF-8, as all of ASCII is
    4. Windows-1252, which also reads every ISO 8859-1 text that holds no control characters

Whatever then still holds control characters is no text.
"""

from __future__ import annotations

import codecs
import re

from eng5_pipeline.adapters.essays.unreadable import Unreadable

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_UTF16_SHARE = 0.4


def decode(data: bytes) -> str:
    """The text without its byte-order mark; raises Unreadable `essay-undecodable`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    for encoding in (*_unmarked_utf16(data), "utf-8", "cp1252"):
        try:
            return _strict(data, encoding)
        except Unreadable:
            continue
    raise _undecodable()


def _strict(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise _undecodable() from None
    if _CONTROL.search(text):
        raise _undecodable()
    return text


def _unmarked_utf16(data: bytes) -> tuple[str, ...]:
    if not data or len(data) % 2:
        return ()
    half = len(data) // 2
    if data[1::2].count(0) >= _UTF16_SHARE * half:
        return ("utf-16-le",)
    if data[0::2].count(0) >= _UTF16_SHARE * half:
        return ("utf-16-be",)
    return ()


def _undecodable() -> Unreadable:
    return Unreadable(
        "essay-undecodable",
        "is not text in UTF-8, UTF-16 or Windows-1252",
        "save it again as UTF-8, or leave it out with essays.students.exclude",
    )
