"""State of the embedded stack in one SQLite file, shared by its threads and processes.

`Store` opens the file and owns the transactions. `Contents` and `RequestCounts` stand here, what CJ keeps of
assignments in registry.py. Whoever writes CJ's batches uses `Store.committed()` and `Store.rows()` with SQL
of their own on the tables of schema.py, and `Store.next_id(table)` for the ids.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from eng5_pipeline.sandbox.kept.schema import SCHEMA

BUSY_SECONDS = 30.0
BUSY_PAUSE = 0.01
Parameter = str | bytes | int | float | None


def utc_now() -> datetime:
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """A time as it stands in a column with a time zone."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


class Store:
    """One connection, one lock: calls from several threads take turns, other processes are waited for."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path | str, clock: Callable[[], datetime] = utc_now) -> Store:
        """Creates file and tables where they are missing; raises sqlite3.Error where it cannot."""
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SCHEMA)
        return cls(connection, clock)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def committed(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is kept, unless its block raises."""
        with self._transaction() as connection:
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def rolled_back(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads its own writes and is dropped at its end."""
        with self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def rows(self, sql: str, *parameters: Parameter) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: Parameter) -> sqlite3.Row | None:
        rows = self.rows(sql, *parameters)
        return rows[0] if rows else None

    def next_id(self, table: str) -> int:
        """The next id of a table, used up even if nothing is kept, as PostgreSQL's sequences are.

        It is a transaction of its own: ask before the one that the id is for.
        """
        with self.committed() as connection:
            (value,) = connection.execute(
                "INSERT INTO sandbox_sequences VALUES (?, 1)"
                " ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
                (table,),
            ).fetchone()
        return int(value)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for another process that is switching the same new file, so this does."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(BUSY_PAUSE)


@dataclass(frozen=True)
class Content:
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Contents:
    """Stored texts, by storage id."""

    store: Store

    def put(self, storage_id: str, content: Content) -> None:
        """Raises sqlite3.IntegrityError for a content type over 100 characters."""
        with self.store.committed() as connection:
            connection.execute(
                "INSERT INTO contents VALUES (?, ?, ?, ?)",
                (storage_id, content.content_type, content.body, as_text(self.store.clock())),
            )

    def get(self, storage_id: str) -> Content | None:
        row = self.store.row("SELECT content_type, body FROM contents WHERE storage_id = ?", storage_id)
        return Content(row["content_type"], row["body"]) if row else None


@dataclass(frozen=True)
class RequestCount:
    method: str
    route: str
    received: int
    misbehaved: int


@dataclass(frozen=True)
class RequestCounts:
    """How often each route of a service was asked, and how often the answer was a misbehaviour on command."""

    store: Store
    service: str

    def add(self, method: str, route: str, *, misbehaved: int) -> None:
        with self.store.committed() as connection:
            connection.execute(
                "INSERT INTO sandbox_requests VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE"
                " SET received = received + 1, misbehaved = misbehaved + excluded.misbehaved",
                (self.service, method, route, misbehaved),
            )

    def all(self) -> list[RequestCount]:
        rows = self.store.rows(
            "SELECT method, route, received, misbehaved FROM sandbox_requests WHERE service = ? ORDER BY route, method",
            self.service,
        )
        return [RequestCount(**row) for row in rows]

    def reset(self) -> None:
        with self.store.committed() as connection:
            connection.execute("DELETE FROM sandbox_requests WHERE service = ?", (self.service,))
