"""What of an output is replaced because it differs from one making to the next; nothing else is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PORT: Final = "<port>"
DURATION: Final = "<duration>"
FOLDER: Final = "<folder>"

MEANINGS: Final[Mapping[str, str]] = {
    PORT: "a free port of the embedded stack",
    DURATION: "how long something took",
    FOLDER: "the temporary folder in which the evidence was made",
}

_PORTS: Final = re.compile(r"(127\.0\.0\.1|localhost):\d+")
_TOLD_SECONDS: Final = re.compile(r"(\(| in )\d+(?:\.\d+)? ?s\b")
_JSON_SECONDS: Final = re.compile(r'("seconds": )\d+(\.\d+)?')


def replaced(text: str, folder: Path) -> str:
    text = text.replace(str(folder), FOLDER)
    text = _PORTS.sub(rf"\1:{PORT}", text)
    text = _TOLD_SECONDS.sub(rf"\1{DURATION}", text)
    return _JSON_SECONDS.sub(rf'\1"{DURATION}"', text)
