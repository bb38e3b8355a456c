"""Essays, the Content Service, the cache and the extraction command in memory, as the stages see them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from eng5_pipeline.adapters.essays.patterns import Pattern
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.errors import Refused, ServiceFailed, ToolMissing
from eng5_pipeline.ports import CacheEntry, ExtractedText, FoundFiles, StoredContent, TextEntry

URL = "http://content.test/v1/content"


@dataclass
class FakeEssayFiles:
    """Files by path; their text is their bytes. `left_out` and `passed_over` are told as given."""

    files: dict[str, str]
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    passed_over: dict[str, int] = field(default_factory=dict)

    def find(self, patterns: Sequence[str], exclude: Sequence[str], follow_links: bool) -> FoundFiles:
        paths = [PurePosixPath(name) for name in sorted(self.files)]
        kept = [path for path in paths if not any(Pattern(text).matches(path) for text in exclude)]
        nothing = [text for text in patterns if not any(Pattern(text).matches(path) for path in kept)]
        refused = [Refused("essays-not-found", f"no essay matches {text}", hint="add essays") for text in nothing]
        found = tuple(path for path in kept if any(Pattern(text).matches(path) for text in patterns))
        return FoundFiles(found, self.passed_over, tuple(refused))

    def read(self, path: PurePosixPath) -> ExtractedText:
        text = self._content(path)
        if not text.strip():
            raise Refused("essay-blank", f"{path} holds no text", hint="fill it")
        return ExtractedText(text, self.digest(path), self.left_out.get(str(path), ()))

    def extractor(self, path: PurePosixPath) -> str:
        return f"{path.suffix} 1"

    def digest(self, path: PurePosixPath) -> str:
        return hashlib.sha256(self._content(path).encode()).hexdigest()

    def text(self, path: PurePosixPath) -> str:
        return self._content(path)

    def _content(self, path: PurePosixPath) -> str:
        if str(path) not in self.files:
            raise Refused("input-unreadable", f"{path} cannot be read: not there", hint="put it there")
        return self.files[str(path)]


@dataclass
class FakeContentStore:
    """Keeps what is put, under a new id each time, from `first` on; `before_put` may fail in its stead."""

    url: str = URL
    attempts: int = 1
    first: int = 1
    stored: dict[str, bytes] = field(default_factory=dict)
    unreachable: bool = False
    before_put: Callable[[bytes], None] = lambda body: None
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def puts(self) -> list[bytes]:
        return list(self.stored.values())

    def check(self) -> None:
        if self.unreachable:
            raise ServiceFailed("content-unreachable", f"nothing answers at {self.url}", hint="start it")

    def put(self, body: bytes) -> StoredContent:
        self.check()
        self.before_put(body)
        with self._counting:
            storage_id = f"{self.first + len(self.stored):032x}"
            self.stored[storage_id] = body
        return StoredContent(storage_id=storage_id, attempts=self.attempts)

    def get(self, storage_id: str) -> bytes:
        self.check()
        if storage_id not in self.stored:
            raise ServiceFailed("content-refused", f"no content {storage_id}", hint="look at the service's log")
        return self.stored[storage_id]


@dataclass
class MemoryUploadCache:
    """The lines of a cache, in the order they were added."""

    url: str = URL
    lines: list[CacheEntry] = field(default_factory=list)

    def entries(self) -> Mapping[str, CacheEntry]:
        return {entry.sha256: entry for entry in self.lines if entry.url == self.url}

    def add(self, entries: Sequence[CacheEntry]) -> None:
        self.lines += entries

    def troubles(self) -> tuple[str, ...]:
        return ()


@dataclass
class MemoryTextIndex:
    lines: list[TextEntry] = field(default_factory=list)

    def entries(self) -> Mapping[tuple[str, str], TextEntry]:
        return {(entry.raw_sha256, entry.extractor): entry for entry in self.lines}

    def add(self, entries: Sequence[TextEntry]) -> None:
        self.lines += entries


@dataclass
class MemoryRequestFile:
    value: bytes | None = None

    def read(self) -> bytes | None:
        return self.value

    def write(self, value: bytes) -> None:
        self.value = value


@dataclass
class FakeExtractor:
    """Ends with `exit_code`, None for the time limit; `missing` where there is nothing to start."""

    exit_code: int | None = 0
    missing: bool = False
    files: tuple[tuple[str, str, int], ...] = ()
    job_ids: list[str] = field(default_factory=list)

    def check(self) -> None:
        if self.missing:
            raise ToolMissing("extraction-command-missing", "no eng5-extract-db here", hint="install it")

    def run(self, job_id: str, safe_point: Callable[[], None]) -> ProcessOutcome:
        self.check()
        self.job_ids.append(job_id)
        command = ("eng5-extract-db", job_id)
        return ProcessOutcome(command=command, exit_code=self.exit_code, seconds=0.0, files=self.files)
