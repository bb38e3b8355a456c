"""Essays and the identifiers derived from a batch.

The batch_uuid is the only identifier made up by chance. Everything else that travels is derived from it with UUID
version 5 (RFC 9562, section 5.5), so that a resumed run names the same essays and the same event again, and two
batches never share an essay id: CJ moves the rows of an essay id that it has met before to the newer batch.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath
from uuid import UUID, uuid5

from eng5_pipeline.domain.value import Value


class Essay(Value):
    """A student essay as found on disk; digests are lower-case sha256, `size` is the bytes that would be sent.

    `path` is the local id as the disk spells it.
    """

    local_id: str
    path: str
    raw_sha256: str
    text_sha256: str
    size: int
    words: int


def local_id(path: PurePosixPath) -> str:
    """The essay's name inside this program: its path relative to the spec, in composed Unicode (NFC)."""
    return unicodedata.normalize("NFC", str(path))


def text_sha256(text: str) -> str:
    """The digest that names a text: of the UTF-8 bytes that are sent."""
    return hashlib.sha256(text.encode()).hexdigest()


def essay_id(batch_uuid: UUID, local: str) -> UUID:
    """What CJ and the judging model see: no name, no grade, stable in a batch, different across batches."""
    return uuid5(batch_uuid, f"essay:{local}")


def event_id(batch_uuid: UUID) -> UUID:
    return uuid5(batch_uuid, "event:request")


def correlation_id(batch_uuid: UUID) -> UUID:
    return uuid5(batch_uuid, "correlation:request")


def same_text(essays: Iterable[Essay]) -> list[tuple[str, ...]]:
    """Groups of two or more local ids whose text is the same, in the order given."""
    groups: dict[str, list[str]] = defaultdict(list)
    for essay in essays:
        groups[essay.text_sha256].append(essay.local_id)
    return [tuple(group) for group in groups.values() if len(group) > 1]
