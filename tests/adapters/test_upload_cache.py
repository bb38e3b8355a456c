"""The cache loses no acknowledged upload, whoever else writes to it and however a writer ends."""

from __future__ import annotations

import fcntl
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.errors import MachineFailed
from tests.support.cache_writer import URL, upload
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[2]


class YieldingClock(FakeClock):
    """Lets other threads go on where it is asked to wait."""

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(0.001)
        self.seconds += seconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "content_upload_cache.jsonl"


def opened(path: Path, url: str = URL) -> FileUploadCache:
    return FileUploadCache(path, url, FakeClock(), print)


def written(path: Path, *names: str) -> FileUploadCache:
    cache = opened(path)
    for name in names:
        cache.add([upload(name)])
    return cache


def local_ids(cache: FileUploadCache) -> list[str]:
    return [entry.local_id for entry in cache.entries().values()]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The cache as another process, number 4711, holds it."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.cache_writer", str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={})


def test_what_was_added_is_there_for_the_next_run(path: Path) -> None:
    written(path, "a", "b")
    assert opened(path).entries() == {upload(name).sha256: upload(name) for name in ("a", "b")}


def test_a_line_is_on_the_disk_when_add_returns(path: Path) -> None:
    written(path, "a")
    assert path.read_bytes() == upload("a").model_dump_json().encode() + b"\n"


def test_what_is_added_together_is_written_together(path: Path) -> None:
    opened(path).add([upload("a"), upload("b")])
    assert local_ids(opened(path)) == ["essays/a.docx", "essays/b.docx"]


def test_what_another_run_adds_is_seen_at_once(path: Path) -> None:
    first, second = opened(path), opened(path)
    first.add([upload("a")])
    assert local_ids(second) == ["essays/a.docx"]
    second.add([upload("b")])
    assert local_ids(first) == ["essays/a.docx", "essays/b.docx"]


def test_an_ending_slash_makes_no_other_service(path: Path) -> None:
    written(path, "a")
    assert len(opened(path, f"{URL}/").entries()) == 1


def test_lines_of_another_service_stay_and_do_not_apply(path: Path) -> None:
    written(path, "a")
    other = opened(path, "http://elsewhere.test/v1/content")
    assert other.entries() == {}
    other.add([upload("b").model_copy(update={"url": "http://elsewhere.test/v1/content"})])
    assert local_ids(opened(path)) == ["essays/a.docx"]
    assert len(path.read_bytes().splitlines()) == 2


def test_a_torn_last_line_is_put_aside_by_the_next_upload(path: Path) -> None:
    written(path, "a", "b")
    path.write_bytes(path.read_bytes()[:-20])
    cache = opened(path)
    assert local_ids(cache) == ["essays/a.docx"]
    cache.add([upload("c")])
    assert local_ids(opened(path)) == ["essays/a.docx", "essays/c.docx"]
    assert path.with_suffix(".set-aside").read_bytes() == upload("b").model_dump_json().encode()[:-19] + b"\n"
    assert cache.troubles() == (f"{path}: a torn last line was moved to content_upload_cache.set-aside",)


def test_foreign_lines_are_kept_and_told(path: Path) -> None:
    path.write_bytes(b'{"essay": "x"}\n\xff\xfe\n[]\n')
    cache = written(path, "a")
    assert local_ids(cache) == ["essays/a.docx"]
    assert cache.troubles() == (f"{path}: not a cache line, kept and not used: 1, 2, 3 (3 in all)",)
    assert path.read_bytes().startswith(b'{"essay": "x"}\n\xff\xfe\n[]\n')


def test_a_cache_that_was_replaced_is_read_anew(path: Path) -> None:
    cache = written(path, "a", "b")
    path.rename(path.with_suffix(".old"))
    written(path, "c", "d", "e")
    assert local_ids(cache) == ["essays/c.docx", "essays/d.docx", "essays/e.docx"]


def test_reading_writes_nothing(path: Path) -> None:
    opened(path).entries()
    assert list(path.parent.iterdir()) == []


def test_two_runs_in_one_process_lose_nothing(path: Path) -> None:
    def add_all(name: str) -> None:
        cache = FileUploadCache(path, URL, YieldingClock(), print)
        for number in range(50):
            cache.add([upload(f"{name}{number}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_all, "abcd"))
    assert len(opened(path).entries()) == 200
    assert opened(path).troubles() == ()


def test_two_processes_lose_nothing(path: Path) -> None:
    writers = [writer(path, name, 60) for name in ("a", "b")]
    acknowledged = [line for process in writers for line in process.communicate()[0].split()]
    assert len(acknowledged) == 120
    assert set(opened(path).entries()) == set(acknowledged)
    assert opened(path).troubles() == ()


@pytest.mark.parametrize("after", [1, 17, 40])
def test_a_kill_loses_nothing_that_was_acknowledged(path: Path, after: int) -> None:
    process = writer(path, "a", 100_000)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(after)]
    process.kill()
    acknowledged += [line.strip() for line in process.communicate()[0].splitlines() if line.endswith("\n")]
    cache = written(path, "after the kill")
    assert set(acknowledged) <= set(cache.entries())
    assert cache.troubles() == () or "torn" in cache.troubles()[0]


def test_a_disk_that_takes_half_a_line_leaves_whole_lines(path: Path) -> None:
    cache = written(path, "a")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, hard))
    try:
        with pytest.raises(MachineFailed):
            cache.add([upload("b")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == upload("a").model_dump_json().encode() + b"\n"
    assert local_ids(cache) == ["essays/a.docx"]


def test_another_run_is_waited_for_and_named(path: Path) -> None:
    told: list[str] = []
    clock = FakeClock()
    holding = ExitStack()
    holding.enter_context(locked(path))

    def tell(what: str) -> None:
        told.append(what)
        holding.close()

    FileUploadCache(path, URL, clock, tell).add([upload("a")])
    assert told == ["waiting: the upload cache is held by another process (pid 4711)"]
    assert clock.seconds > 2.0
    assert local_ids(opened(path)) == ["essays/a.docx"]


def test_a_cache_that_is_never_let_go_is_a_failure_of_this_machine(path: Path) -> None:
    with locked(path), pytest.raises(MachineFailed, match="held by another process") as why:
        opened(path).add([upload("a")])
    assert why.value.reference == "held-elsewhere"
