"""How a scalar without quotes is read.

YAML 1.1 and 1.2 read some words differently: `no`, `012`, `1:30`, `1_000`, `1e5`, a date. Such a word is an
`Ambiguous` value here, which no key accepts. What every reader takes alike is read so:

    null  ~  nothing at all          null
    true  false                      booleans (also True, TRUE, False, FALSE)
    12  -3                           whole numbers of up to 18 digits, without leading zeros
    0.5  5.00  1.0e-07               numbers
    anything else                    text
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

Plain = str | int | float | bool | None

_NULL: Final = {"", "~", "null", "Null", "NULL"}
_BOOLEAN: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,40}(?:[eE][-+][0-9]{1,3})?")

_YES = re.compile("yes|on", re.IGNORECASE)
_NO = re.compile("no|off", re.IGNORECASE)
_CLOCK = re.compile(r"([-+]?[0-9][0-9_]*)((?::[0-5]?[0-9])+)(?:\.[0-9_]*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_PADDED = re.compile(r"[-+]?0[0-9_]+(?:\.[0-9_]*)?")
_DIGITS = re.compile(r"[-+]?[0-9.][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"[-+]?0(?:b[01_]+|o[0-7]+|x[0-9A-Fa-f_]+)")
_SPECIAL = re.compile(r"[-+]?\.inf|\.nan|<<|=", re.IGNORECASE)


@dataclass(frozen=True)
class Ambiguous:
    """A word without quotes that readers of YAML take differently; `because` completes "`no` ..."."""

    text: str
    because: str

    def as_number(self) -> str:
        """The decimal number that was most likely meant, 1000 for `1_000`; empty where none was."""
        plain = self.text.replace("_", "").lstrip("+")
        return plain if re.fullmatch(r"[0-9]*\.?[0-9]+", plain) else ""

    def as_durations(self) -> list[str]:
        """What `1:30` may have meant: 1h30m or 1m30s."""
        if not re.fullmatch("[0-9]{1,4}(?::[0-9]{1,2}){1,2}", self.text):
            return []
        parts = [int(part) for part in self.text.split(":")]
        forms = ["hms"] if len(parts) == 3 else ["hm", "ms"]
        return ["".join(f"{part}{unit}" for part, unit in zip(parts, form, strict=True) if part) for form in forms]


_SURPRISES: Final = (
    (re.compile("[-+]?[1-9][0-9]{18,}"), "has more digits than are read here"),
    (_YES, "is true to some readers of YAML and text to others"),
    (_NO, "is false to some readers of YAML and text to others"),
    (_CLOCK, "is a number to base 60 to some readers of YAML and text to others"),
    (_DATE, "is a date to some readers of YAML and text to others"),
    (_PADDED, "is an octal number to some readers of YAML and decimal to others"),
    (_BASED, "is a number to some readers of YAML and text to others"),
    (_SPECIAL, "has a special meaning to some readers of YAML"),
)


def read_plain(text: str) -> Plain | Ambiguous:
    """The value of a scalar without quotes."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    for pattern, because in _SURPRISES:
        if pattern.fullmatch(text):
            return Ambiguous(text, because)
    if _DIGITS.fullmatch(text) and any(char.isdigit() for char in text):
        return Ambiguous(text, "is a number to some readers of YAML and text to others")
    return text
