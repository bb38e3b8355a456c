"""Each distinct text is uploaded once, and what was acknowledged is kept whatever happens to the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.essays import Essay, text_sha256
from eng5_pipeline.engine.journal import Journal, NoDisk
from eng5_pipeline.engine.run import Page, Surroundings
from eng5_pipeline.errors import Differs, Interrupted, MachineFailed, ServiceFailed
from eng5_pipeline.ports import CacheEntry, StoredContent
from eng5_pipeline.results import Uploaded, Validated
from eng5_pipeline.stages.upload import STANDING_BY, Upload
from tests.support.clock import FakeClock
from tests.support.fakes_essays import FakeContentStore, FakeEssayFiles, MemoryUploadCache
from tests.support.observers import Remembering

BATCH, EARLIER = UUID(int=0), UUID(int=7)
REFUSED = ServiceFailed("content-refused", "no more", hint="look")


@dataclass
class Run:
    """Essays by name, uploaded one at a time unless more are asked for."""

    texts: dict[str, str]
    store: FakeContentStore = field(default_factory=FakeContentStore)
    cache: MemoryUploadCache = field(default_factory=MemoryUploadCache)
    at_once: int = 1
    reusable: Callable[[CacheEntry], bool] = lambda entry: True
    stop: Callable[[], bool] = lambda: False
    observer: Remembering = field(default_factory=Remembering)

    def go(self, batch: UUID = BATCH) -> Uploaded:
        ctx, clock = RunContext(), FakeClock()
        files = FakeEssayFiles(self.texts)
        essays = tuple(essay(name, text) for name, text in self.validated.items())
        ctx.put(Validated(essays=essays, inputs=(), passed_over={}))
        page = Page("upload", Surroundings(Journal(NoDisk(), clock.now), self.observer, clock.monotonic, self.stop))
        return Upload(files, self.store, self.cache, self.reusable, self.at_once, batch, clock.now).run(ctx, page)

    def __post_init__(self) -> None:
        self.validated = dict(self.texts)

    @property
    def kept(self) -> list[str]:
        return [entry.local_id for entry in self.cache.lines]


def essay(name: str, text: str) -> Essay:
    digest = text_sha256(text)
    return Essay(local_id=name, path=name, raw_sha256=digest, text_sha256=digest, size=len(text.encode()), words=1)


def essays(count: int) -> dict[str, str]:
    return {f"{number}.txt": f"Text {number}" for number in range(count)}


def counts(result: Uploaded) -> tuple[int, int]:
    return result.uploaded, result.reused


def test_every_text_is_sent_and_named() -> None:
    run = Run({"a.txt": "One", "b.txt": "Två"})
    result = run.go()
    assert sorted(run.store.puts) == [b"One", "Två".encode()]
    assert [run.store.stored[each.storage_id].decode() for each in result.essays] == ["One", "Två"]


def test_two_students_with_one_text_are_both_kept_and_it_is_sent_once() -> None:
    run = Run({"a.txt": "Same", "b.txt": "Same"})
    result = run.go()
    first, second = result.essays
    assert (first.storage_id == second.storage_id, first.essay_id == second.essay_id) == (True, False)
    assert (run.store.puts, run.kept) == ([b"Same"], ["a.txt"])


def test_a_second_run_sends_nothing() -> None:
    run = Run(essays(5))
    first = run.go(EARLIER)
    second = run.go()
    assert (counts(first), counts(second), len(run.store.puts)) == ((5, 0), (0, 5), 5)
    assert [e.storage_id for e in first.essays] == [e.storage_id for e in second.essays]
    assert {e.essay_id for e in first.essays}.isdisjoint({e.essay_id for e in second.essays})


def test_only_what_is_missing_is_sent() -> None:
    run = Run({"a.txt": "One"})
    run.go(EARLIER)
    run.texts["b.txt"] = run.validated["b.txt"] = "Two"
    assert counts(run.go()) == (1, 1)


def test_a_line_that_does_not_count_is_replaced_by_a_newer_one() -> None:
    run = Run({"a.txt": "One"})
    run.go(EARLIER)
    run.reusable = lambda entry: entry.batch_uuid == BATCH
    forced = run.go()
    assert (counts(forced), counts(run.go())) == ((1, 0), (0, 1))
    assert run.cache.entries()[text_sha256("One")].storage_id == forced.essays[0].storage_id


def test_what_another_run_uploads_meanwhile_is_not_sent() -> None:
    run = Run(essays(9))
    other = Run(essays(9), store=FakeContentStore(first=100), cache=run.cache)

    def at_the_first(body: bytes) -> None:
        run.store.before_put = lambda body: None
        other.go(EARLIER)

    run.store.before_put = at_the_first
    result = run.go()
    assert result.uploaded == len(run.store.puts) <= 1 + STANDING_BY  # at most those that were on their way
    assert (result.uploaded + result.reused, len(other.store.puts)) == (9, 9)


def test_each_run_sends_in_an_order_of_its_own() -> None:
    first, again, second = Run(essays(50)), Run(essays(50)), Run(essays(50))
    for run, batch in ((first, UUID(int=1)), (again, UUID(int=1)), (second, UUID(int=2))):
        run.go(batch)
    assert first.kept == again.kept != second.kept
    assert set(first.kept) == set(second.kept)


def test_after_a_failure_the_next_run_sends_the_rest() -> None:
    run = Run(essays(500), at_once=10)

    def fail(body: bytes) -> None:
        if len(run.store.puts) >= 300:
            raise REFUSED

    run.store.before_put = fail
    with pytest.raises(ServiceFailed, match="no more"):
        run.go(EARLIER)
    run.store.before_put = lambda body: None
    sent = len(run.store.puts)
    assert 300 <= sent < 310
    assert counts(run.go()) == (500 - sent, sent)
    assert len(run.store.puts) == 500


def test_when_one_fails_those_in_flight_are_let_finish_and_kept() -> None:
    failed = threading.Event()
    run = Run({"a.txt": "One", "b.txt": "Two"}, at_once=2)

    def fail_the_first(body: bytes) -> None:
        if body == b"One":
            failed.set()
            raise REFUSED
        assert failed.wait(5)

    run.store.before_put = fail_the_first
    with pytest.raises(ServiceFailed):
        run.go()
    assert run.kept == ["b.txt"]


def test_a_stop_lets_those_in_flight_finish_and_sends_no_more() -> None:
    run = Run(essays(50), at_once=4)
    run.stop = lambda: len(run.store.puts) >= 6
    with pytest.raises(Interrupted):
        run.go()
    assert 6 <= len(run.store.puts) < 16
    assert len(run.kept) == len(run.store.puts)


def test_a_stop_before_the_first_upload_changes_nothing() -> None:
    run = Run(essays(3), stop=lambda: True)
    with pytest.raises(Interrupted):
        run.go()
    assert run.store.puts == []


def test_a_file_that_changed_since_it_was_validated_is_not_sent() -> None:
    run = Run({"a.txt": "One"})
    run.texts["a.txt"] = "Another"
    with pytest.raises(Differs, match=r"a\.txt has changed") as why:
        run.go()
    assert (why.value.reference, run.store.puts) == ("essay-changed", [])


def test_a_text_that_is_not_what_the_index_said_is_not_sent() -> None:
    run = Run({"a.txt": "One"})
    wrong = essay("a.txt", "One").model_copy(update={"text_sha256": "0" * 64})
    ctx = RunContext()
    ctx.put(Validated(essays=(wrong,), inputs=(), passed_over={}))
    clock = FakeClock()
    page = Page("upload", Surroundings(Journal(NoDisk(), clock.now), run.observer, clock.monotonic, run.stop))
    upload = Upload(FakeEssayFiles(run.texts), run.store, run.cache, run.reusable, 1, BATCH, clock.now)
    with pytest.raises(Differs, match=r"extracted_texts\.jsonl"):
        upload.run(ctx, page)
    assert run.store.puts == []


@pytest.mark.parametrize("earlier", [(), ("a.txt",)])
def test_one_storage_id_for_two_texts_is_a_failure(earlier: tuple[str, ...]) -> None:
    class OneId(FakeContentStore):
        def put(self, body: bytes) -> StoredContent:
            return StoredContent(storage_id="0" * 32, attempts=1)

    texts = {"a.txt": "One", "b.txt": "Two"}
    cache = MemoryUploadCache()
    Run({name: texts[name] for name in earlier}, store=OneId(), cache=cache).go(EARLIER)
    with pytest.raises(ServiceFailed, match=r"gave a\.txt and b\.txt, two texts, the same storage id"):
        Run(texts, store=OneId(), cache=cache).go()


def test_an_upload_that_cannot_be_kept_is_a_failure() -> None:
    class FullDisk(MemoryUploadCache):
        def add(self, entries: object) -> None:
            raise MachineFailed("disk-full", "no space left", hint="free some")

    with pytest.raises(MachineFailed):
        Run(essays(3), cache=FullDisk()).go()


def test_lines_of_the_cache_that_cannot_be_used_are_a_warning() -> None:
    class Spoilt(MemoryUploadCache):
        def troubles(self) -> tuple[str, ...]:
            return ("line 3 is none",)

    run = Run(essays(2), cache=Spoilt())
    run.go()
    assert run.observer.warnings == [("upload", "cache-lines-unusable", "line 3 is none")]


def test_retries_are_counted() -> None:
    assert Run(essays(3), store=FakeContentStore(attempts=3)).go().retries == 6


def test_not_more_than_asked_for_are_sent_at_a_time() -> None:
    together = threading.Barrier(4, timeout=5)
    lock, flying, most = threading.Lock(), 0, 0

    def count(body: bytes) -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        together.wait()
        with lock:
            flying -= 1

    Run(essays(8), store=FakeContentStore(before_put=count), at_once=4).go()
    assert most == 4
