from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eng5_pipeline.sandbox.kept.store import Content, Contents, RequestCount, RequestCounts, Store, as_text

TEXT = Content("text/plain", "Åsa".encode())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "stack.sqlite") as opened:
        yield opened


def _put(unit: sqlite3.Connection, storage_id: str) -> None:
    unit.execute("INSERT INTO contents VALUES (?, 'text/plain', 'x', 'now')", (storage_id,))


def _put_twice(unit: sqlite3.Connection, storage_id: str) -> None:
    _put(unit, storage_id)
    _put(unit, storage_id)


def test_content_comes_back_as_it_was_put(store: Store) -> None:
    Contents(store).put("a" * 32, TEXT)
    assert Contents(store).get("a" * 32) == TEXT
    assert Contents(store).get("A" * 32) is None


def test_what_was_committed_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "stack.sqlite") as first:
        Contents(first).put("a" * 32, TEXT)
    with Store.open(tmp_path / "stack.sqlite") as second:
        assert Contents(second).get("a" * 32) == TEXT


def test_a_rolled_back_transaction_reads_its_own_writes_and_leaves_none(store: Store) -> None:
    with store.rolled_back() as unit:
        _put(unit, "a")
        assert Contents(store).get("a") is not None
    assert Contents(store).get("a") is None


def test_a_transaction_whose_block_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.committed() as unit:
        _put_twice(unit, "a")
    assert Contents(store).get("a") is None


def test_ids_go_up_by_table_and_are_used_up_where_nothing_was_kept(store: Store) -> None:
    first = store.next_id("a")
    with store.rolled_back() as unit:
        _put(unit, "a")
    assert [first, store.next_id("a"), store.next_id("b")] == [1, 2, 1]


def test_a_value_longer_than_its_column_is_refused(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        Contents(store).put("a" * 32, Content("text/plain; x=" + "a" * 100, b"x"))


def test_threads_take_turns(store: Store) -> None:
    def put(n: int) -> int:
        Contents(store).put(f"{n:032}", TEXT)
        return store.next_id("threads")

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(put, range(200)))
    assert sorted(ids) == list(range(1, 201))


def test_opening_waits_for_another_that_holds_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "stack.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(Store.open, path)
        with pytest.raises(TimeoutError):
            opening.result(0.1)
        other.execute("COMMIT")
        opening.result(10).close()
    other.close()


def test_two_openings_of_one_file_see_each_others_writes(tmp_path: Path) -> None:
    with Store.open(tmp_path / "stack.sqlite") as one, Store.open(tmp_path / "stack.sqlite") as other:
        assert [one.next_id("a"), other.next_id("a"), one.next_id("a")] == [1, 2, 3]


def test_requests_are_counted_by_method_and_route(store: Store) -> None:
    counts = RequestCounts(store, "content")
    counts.add("POST", "/v1/content", misbehaved=0)
    counts.add("POST", "/v1/content", misbehaved=1)
    counts.add("GET", "/healthz", misbehaved=0)
    assert counts.all() == [
        RequestCount("GET", "/healthz", 1, 0),
        RequestCount("POST", "/v1/content", 2, 1),
    ]


def test_a_reset_forgets_the_counts_of_one_service(store: Store) -> None:
    content, cj = RequestCounts(store, "content"), RequestCounts(store, "cj")
    content.add("GET", "/healthz", misbehaved=0)
    cj.add("GET", "/healthz", misbehaved=0)
    content.reset()
    assert (content.all(), len(cj.all())) == ([], 1)


def test_a_time_is_written_as_cjs_database_writes_it() -> None:
    assert as_text(datetime(2026, 11, 22, 9, 45, 13, tzinfo=UTC)) == "2026-11-22 09:45:13.000000+00:00"
