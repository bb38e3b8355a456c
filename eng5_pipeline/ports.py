"""What the stages ask of the outside world. Each has a real adapter and a fake that pass the same tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol
from uuid import UUID

from eng5_pipeline.domain.assignment import AnchorSummary, AnchorToRegister, Assignment
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.domain.positions import Cluster, Gap, Offsets, Receipt, Record
from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import Refused


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, in UTC, with its zone."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None: ...


# --- essays -----------------------------------------------------------------------------------------------------


class FileChoice(Value):
    """Glob patterns relative to the spec's folder."""

    patterns: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    follow_links: bool = False


class FoundFiles(NamedTuple):
    """Files that a pattern list names, relative to the spec's folder, and how many were passed over by reason.

    `refused` says of every pattern that cannot be used why not: who uses the files refuses these first.
    """

    paths: tuple[PurePosixPath, ...]
    passed_over: dict[str, int]
    refused: tuple[Refused, ...] = ()


class ExtractedText(NamedTuple):
    """An essay's text as it would be sent, with the digest of the file it came from.

    `left_out` says in words what the document holds beside its text, such as "header left out: it may hold a name".
    """

    text: str
    raw_sha256: str
    left_out: tuple[str, ...]


class EssayFiles(Protocol):
    def find(self, patterns: Sequence[str], exclude: Sequence[str], follow_links: bool) -> FoundFiles: ...

    def read(self, path: PurePosixPath) -> ExtractedText:
        """Raises Refused, naming the file, when it cannot be read as text."""

    def extractor(self, path: PurePosixPath) -> str:
        """What reads a file of this name as text, with its version: the same bytes give the same text."""

    def digest(self, path: PurePosixPath) -> str:
        """The lower-case sha256 of any input file."""

    def text(self, path: PurePosixPath) -> str:
        """A prompt or rubric, UTF-8."""


class TextEntry(Value):
    """What a file came to when its text was extracted: digests and counts, no word of it.

    The digest of the file and the extractor are the key; `size` is the bytes that would be sent, `left_out` as in
    ExtractedText.
    """

    raw_sha256: str
    extractor: str
    text_sha256: str
    size: int
    words: int
    left_out: tuple[str, ...]


class TextIndex(Protocol):
    """Spares a later run the reading of documents. An entry that is missing costs only that."""

    def entries(self) -> Mapping[tuple[str, str], TextEntry]:
        """By digest of the file and extractor."""

    def add(self, entries: Sequence[TextEntry]) -> None: ...


# --- CJ Assessment Service --------------------------------------------------------------------------------------


class RegisteredAnchor(Value):
    anchor_id: int
    storage_id: str | None
    grade_scale: str


class AssignmentService(Protocol):
    def assignment(self, assignment_id: str) -> Assignment:
        """Raises Refused `assignment-unknown`, ServiceFailed with the cause otherwise."""

    def anchors(self, assignment_id: str) -> AnchorSummary: ...

    def register_anchor(self, assignment_id: str, anchor: AnchorToRegister, text: str) -> RegisteredAnchor: ...


# --- Content Service --------------------------------------------------------------------------------------------


class StoredContent(Value):
    """An acknowledged upload; `attempts` counts every request that was sent for it."""

    storage_id: str
    attempts: int


class ContentStore(Protocol):
    @property
    def url(self) -> str: ...

    def check(self) -> None:
        """Raises ServiceFailed when the service does not answer."""

    def put(self, body: bytes) -> StoredContent: ...

    def get(self, storage_id: str) -> bytes: ...


class CacheEntry(Value):
    """One acknowledged upload: service address and sha256 of the bytes sent are the key."""

    url: str
    sha256: str
    storage_id: str
    local_id: str
    size: int
    at: datetime
    batch_uuid: UUID


class UploadCache(Protocol):
    def entries(self) -> Mapping[str, CacheEntry]:
        """The newest entry of this service address, by sha256."""

    def add(self, entries: Sequence[CacheEntry]) -> None:
        """All on the disk when it returns."""

    def troubles(self) -> tuple[str, ...]:
        """What of the cache could not be used, in words."""


# --- Kafka ------------------------------------------------------------------------------------------------------


class EventReader(Protocol):
    def poll(self, seconds: float) -> Sequence[Record]:
        """What has come, waiting at most `seconds` for the first record."""

    def position(self) -> Offsets: ...

    def ends(self) -> Offsets | None:
        """The ends of all partitions as of now; None while the broker does not answer."""

    def take_gaps(self) -> list[Gap]:
        """Gaps met since the last call."""


class EventBus(Protocol):
    def check(self, writes: str, reads: Sequence[str], largest_message: int) -> None:
        """Raises ServiceFailed, telling the causes apart, when a topic cannot be used so.

        `largest_message` is the length in bytes of the largest value that `writes` must take.
        """

    def cluster(self, topics: Sequence[str]) -> Cluster: ...

    def ends(self, topics: Sequence[str]) -> Offsets: ...

    def publish(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Receipt:
        """Raises OutcomeUnknown when nothing was acknowledged: the record may be there or yet arrive."""

    def reader(self, offsets: Offsets) -> AbstractContextManager[EventReader]:
        """Reads from `offsets` without a group; partitions that it does not name are read from their beginning."""


class EventFile(Protocol):
    """`events.jsonl` and `quarantine.jsonl` of a run."""

    def replay(self, each: Callable[[Record], None]) -> Offsets:
        """Show every kept event in order; returns the next offsets that follow from what is kept."""

    def keep(self, own: Sequence[Record], offsets: Offsets) -> None: ...

    def put_aside(self, records: Sequence[tuple[Record, str]]) -> None:
        """Each record with the reason."""

    def put_aside_so_far(self) -> int: ...


# --- files of the run and child processes -----------------------------------------------------------------------


class RequestFile(Protocol):
    """The envelope on disk: written once, then only read."""

    def read(self) -> bytes | None: ...

    def write(self, value: bytes) -> None: ...


class Extractor(Protocol):
    def check(self) -> None:
        """Raises ToolMissing."""

    def run(self, job_id: str, safe_point: Callable[[], None]) -> ProcessOutcome:
        """One start. Where `safe_point` raises, the command is ended before that is passed on."""
