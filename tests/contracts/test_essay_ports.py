"""What holds for every implementation of the ports around essays, the real one and its fake alike."""

from __future__ import annotations

import hashlib
import ssl
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from eng5_pipeline.adapters.content.store import HttpContentStore
from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.adapters.essays.text_index import FileTextIndex
from eng5_pipeline.adapters.http.caller import CONTENT, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy
from eng5_pipeline.adapters.run.extractor import CommandExtractor
from eng5_pipeline.adapters.run.request_file import FileRequestFile
from eng5_pipeline.errors import Refused, ServiceFailed, ToolMissing
from eng5_pipeline.ports import (
    CacheEntry,
    ContentStore,
    EssayFiles,
    Extractor,
    RequestFile,
    TextEntry,
    TextIndex,
    UploadCache,
)
from tests.support.clock import FakeClock
from tests.support.content_service import ContentService
from tests.support.fakes_essays import (
    URL,
    FakeContentStore,
    FakeEssayFiles,
    FakeExtractor,
    MemoryRequestFile,
    MemoryTextIndex,
    MemoryUploadCache,
)

BATCH = UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e")
FILES = {
    "essays/b.txt": "Second.",
    "essays/a.TXT": "First.",
    "essays/more/c.txt": "Third.",
    "essays/blank.md": " \n",
    "rubric.md": "Be fair.",
}
EITHER = pytest.mark.parametrize("kind", ["real", "fake"])


@pytest.fixture
def files(kind: str, tmp_path: Path) -> EssayFiles:
    if kind == "fake":
        return FakeEssayFiles(dict(FILES))
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return EssayFolder(tmp_path)


@EITHER
class TestEssayFiles:
    def test_files_are_found_sorted_and_each_once(self, files: EssayFiles) -> None:
        found = files.find(["essays/*.txt", "essays/b.txt"], [], follow_links=False)
        assert found.paths == (PurePosixPath("essays/a.TXT"), PurePosixPath("essays/b.txt"))

    def test_folders_of_any_depth_are_searched(self, files: EssayFiles) -> None:
        found = files.find(["essays/**/*.txt"], ["essays/a.*"], follow_links=False)
        assert found.paths == (PurePosixPath("essays/b.txt"), PurePosixPath("essays/more/c.txt"))

    def test_every_pattern_that_finds_nothing_is_refused_beside_what_the_others_find(self, files: EssayFiles) -> None:
        found = files.find(["essays/*.odt", "essays/b.txt", "essays/*.pdf"], [], follow_links=False)
        assert found.paths == (PurePosixPath("essays/b.txt"),)
        assert [why.reference for why in found.refused] == ["essays-not-found"] * 2
        told = [why.what for why in found.refused]
        assert told == ["no essay matches essays/*.odt", "no essay matches essays/*.pdf"]

    def test_a_text_comes_with_the_digest_of_its_file(self, files: EssayFiles) -> None:
        path = PurePosixPath("essays/b.txt")
        assert files.read(path) == ("Second.", hashlib.sha256(b"Second.").hexdigest(), ())
        assert files.digest(path) == hashlib.sha256(b"Second.").hexdigest()

    def test_what_reads_a_file_is_named_by_its_extension(self, files: EssayFiles) -> None:
        names = [files.extractor(PurePosixPath(name)) for name in ("a.docx", "b.docx", "c.odt")]
        assert names[0] == names[1] != names[2]

    def test_a_blank_text_is_refused_by_name(self, files: EssayFiles) -> None:
        with pytest.raises(Refused, match=r"essays/blank\.md holds no text") as why:
            files.read(PurePosixPath("essays/blank.md"))
        assert why.value.reference == "essay-blank"

    def test_a_rubric_is_read_as_it_is(self, files: EssayFiles) -> None:
        assert files.text(PurePosixPath("rubric.md")) == "Be fair."

    def test_a_file_that_is_not_there_is_refused_by_name(self, files: EssayFiles) -> None:
        with pytest.raises(Refused, match=r"gone\.md cannot be read"):
            files.digest(PurePosixPath("gone.md"))


@pytest.fixture
def store(kind: str, httpserver: HTTPServer) -> Iterator[ContentStore]:
    if kind == "fake":
        yield FakeContentStore()
        return
    service = ContentService(httpserver)
    with Connections(ssl.create_default_context()) as client:
        clock = FakeClock()
        caller = HttpCaller(CONTENT, client, clock.monotonic)
        yield HttpContentStore(service.url, caller, Retrier(RetryPolicy(), clock, lambda: 0.0))


@EITHER
class TestContentStore:
    def test_a_service_that_answers_passes_the_check(self, store: ContentStore) -> None:
        store.check()

    def test_what_was_put_is_got_back_byte_for_byte(self, store: ContentStore) -> None:
        body = "Åsa, \U0001f600\r\n".encode()
        assert store.get(store.put(body).storage_id) == body

    def test_the_same_bytes_get_a_new_id_each_time(self, store: ContentStore) -> None:
        first, second = store.put(b"same"), store.put(b"same")
        assert first.storage_id != second.storage_id
        assert first.attempts == second.attempts == 1

    def test_an_unknown_id_is_a_failure_of_the_service(self, store: ContentStore) -> None:
        with pytest.raises(ServiceFailed) as why:
            store.get("f" * 32)
        assert why.value.reference == "content-refused"


def line(sha: str, storage_id: str, url: str = URL) -> CacheEntry:
    return CacheEntry(
        url=url,
        sha256=sha * 64,
        storage_id=storage_id * 32,
        local_id="essays/Åsa.docx",
        size=900,
        at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        batch_uuid=BATCH,
    )


@pytest.fixture
def cache(kind: str, tmp_path: Path) -> UploadCache:
    if kind == "fake":
        return MemoryUploadCache()
    return FileUploadCache(tmp_path / "content_upload_cache.jsonl", URL, FakeClock(), print)


@EITHER
class TestUploadCache:
    def test_a_cache_that_was_never_written_is_empty(self, cache: UploadCache) -> None:
        assert cache.entries() == {}

    def test_an_added_entry_is_found_by_its_digest(self, cache: UploadCache) -> None:
        cache.add([line("a", "1")])
        assert cache.entries() == {"a" * 64: line("a", "1")}

    def test_the_newest_entry_of_a_text_counts(self, cache: UploadCache) -> None:
        cache.add([line("a", "1"), line("a", "2")])
        assert cache.entries()["a" * 64].storage_id == "2" * 32

    def test_an_entry_of_another_service_does_not_apply(self, cache: UploadCache) -> None:
        cache.add([line("a", "1", url="http://elsewhere.test/v1/content")])
        assert cache.entries() == {}


def text(raw: str, extractor: str = "docx 1", words: int = 200) -> TextEntry:
    return TextEntry(
        raw_sha256=raw * 64,
        extractor=extractor,
        text_sha256="f" * 64,
        size=900,
        words=words,
        left_out=("header left out: it may hold a name",),
    )


@pytest.fixture
def index(kind: str, tmp_path: Path) -> TextIndex:
    return MemoryTextIndex() if kind == "fake" else FileTextIndex(tmp_path / "texts.jsonl", FakeClock(), print)


@EITHER
class TestTextIndex:
    def test_an_index_that_was_never_written_is_empty(self, index: TextIndex) -> None:
        assert index.entries() == {}

    def test_an_entry_is_found_by_file_and_extractor(self, index: TextIndex) -> None:
        index.add([text("a"), text("b")])
        assert index.entries() == {("a" * 64, "docx 1"): text("a"), ("b" * 64, "docx 1"): text("b")}

    def test_what_another_extractor_made_of_a_file_does_not_apply(self, index: TextIndex) -> None:
        index.add([text("a"), text("a", "docx 2", words=201)])
        assert [index.entries()["a" * 64, f"docx {number}"].words for number in (1, 2)] == [200, 201]


@pytest.fixture
def request_file(kind: str, tmp_path: Path) -> RequestFile:
    return MemoryRequestFile() if kind == "fake" else FileRequestFile(tmp_path / "request.json")


@EITHER
class TestRequestFile:
    def test_there_is_none_at_first(self, request_file: RequestFile) -> None:
        assert request_file.read() is None

    def test_the_very_bytes_are_kept(self, request_file: RequestFile) -> None:
        request_file.write(b'{"a": "\xc3\xa5"}')
        assert request_file.read() == b'{"a": "\xc3\xa5"}'


@pytest.fixture
def extractor(kind: str, tmp_path: Path) -> Callable[[bool], Extractor]:
    def made(missing: bool) -> Extractor:
        if kind == "fake":
            return FakeExtractor(missing=missing)
        program = "eng5-no-such-program" if missing else sys.executable
        command = (program, "-c", "pass", "{job_id}")
        return CommandExtractor(command, {}, tmp_path / "extraction", 30.0, {}, FakeClock())

    return made


@EITHER
class TestExtractor:
    def test_a_command_that_is_there_passes_the_check(self, extractor: Callable[[bool], Extractor]) -> None:
        extractor(False).check()

    def test_a_command_that_is_missing_is_told(self, extractor: Callable[[bool], Extractor]) -> None:
        with pytest.raises(ToolMissing) as why:
            extractor(True).check()
        assert why.value.reference == "extraction-command-missing"

    def test_it_is_started_for_the_job(self, extractor: Callable[[bool], Extractor]) -> None:
        outcome = extractor(False).run("job-7", lambda: None)
        assert outcome.command[-1] == "job-7"
        assert outcome.exit_code == 0
