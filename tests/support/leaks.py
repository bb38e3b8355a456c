"""Looks for secrets in what the program wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")
"""A signed JSON web token in compact form."""

WRITTEN = (
    "journal.jsonl",
    "effective.json",
    "events.jsonl",
    "quarantine.jsonl",
    "request.*.json",
    "assessment_run.*.json",
    "report.html",
    "run.log",
    "outcome.json",
    "content_upload_cache.jsonl",
    "extracted_texts.jsonl",
    "extraction/**/*",
    "*.traceback.txt",
)
"""What the program writes, by name: all of a run folder but the copy of the spec, and what lies beside runs."""


def holding(parts: Collection[bytes], files: Collection[Path]) -> list[Path]:
    """The files in which any of these stands."""
    return [file for file in files if any(part in file.read_bytes() for part in parts)]


def with_a_token(files: Collection[Path]) -> list[Path]:
    return [file for file in files if TOKEN.search(file.read_bytes())]


def written_below(folder: Path) -> list[Path]:
    return sorted(set(_written_below(folder)))


def _written_below(folder: Path) -> Iterator[Path]:
    for pattern in WRITTEN:
        yield from (path for path in folder.rglob(pattern) if path.is_file() and not path.is_symlink())


def parts_of(token: str) -> list[bytes]:
    """The token's claims and its signature: its header is the same in every token."""
    _, claims, signature = token.split(".")
    return [claims.encode(), signature.encode(), claims[:40].encode(), signature[:20].encode()]
