"""What of an output is replaced because it differs from one making to the next; nothing else is."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Final

PORT: Final = "<port>"
DURATION: Final = "<duration>"
FOLDER: Final = "<folder>"
STORAGE_ID: Final = "<storage id>"

MEANINGS: Final[Mapping[str, str]] = {
    PORT: "a free port of the embedded stack",
    DURATION: "how long something took",
    FOLDER: "the temporary folder in which the evidence was made",
    STORAGE_ID: "the name that the embedded stack's own Content Service made up by chance for an anchor's text",
}

_PORTS: Final = re.compile(r"(127\.0\.0\.1|localhost):\d+")
_TOLD_SECONDS: Final = re.compile(r"(\(| in )\d+(?:\.\d+)? s\b")
_STORAGE_IDS: Final = re.compile(r"\b[0-9a-f]{32}\b")
_JSON_SECONDS: Final = re.compile(r'("seconds": )\d+(\.\d+)?')


def replaced(text: str, folder: Path, lasting: Container[str]) -> str:
    """`lasting` are the storage ids that are the same every time, those of the students."""
    text = text.replace(str(folder), FOLDER)
    text = _PORTS.sub(rf"\1:{PORT}", text)
    text = _TOLD_SECONDS.sub(rf"\1{DURATION}", text)
    text = _STORAGE_IDS.sub(lambda found: found[0] if found[0] in lasting else STORAGE_ID, text)
    return _JSON_SECONDS.sub(rf'\1"{DURATION}"', text)
