"""A process that adds uploads to a cache: `python -m tests.support.cache_writer PATH NAME COUNT`.

Prints the digest of each as it is acknowledged.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.ports import CacheEntry

URL = "http://content.test/v1/content"


def upload(name: str) -> CacheEntry:
    """An acknowledged upload of its own for each name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return CacheEntry(
        url=URL,
        sha256=digest,
        storage_id=digest[:32],
        local_id=f"essays/{name}.docx",
        size=len(name),
        at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        batch_uuid=UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e"),
    )


def main() -> None:
    path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    cache = FileUploadCache(path, URL, SystemClock(), lambda _: None)
    for number in range(count):
        entry = upload(f"{name}{number}")
        cache.add([entry])
        sys.stdout.write(f"{entry.sha256}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
