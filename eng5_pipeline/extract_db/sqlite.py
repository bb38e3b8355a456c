"""CJ's tables in an SQLite file, as the embedded stack has them; read in one snapshot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from eng5_pipeline.extract_db.address import SqliteFile
from eng5_pipeline.extract_db.failures import OutOfReach, Unreadable

BUSY_SECONDS = 10.0


@dataclass(frozen=True)
class SqliteSnapshot:
    connection: sqlite3.Connection

    def rows(self, sql: str, /, **values: str | int) -> list[dict[str, object]]:
        try:
            return [dict(row) for row in self.connection.execute(sql, values)]
        except sqlite3.Error as error:
            raise Unreadable(
                "database-unreadable", f"CJ's tables cannot be read: {error}", hint="see that this is CJ's database"
            ) from error


@contextmanager
def sqlite_snapshot(file: SqliteFile) -> Iterator[SqliteSnapshot]:
    """The file is opened for reading only, and never made."""
    if not file.path.is_file():
        raise OutOfReach("database-missing", f"{file} is not there", hint="name the file of a stack that has run")
    uri = f"{file.path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        yield SqliteSnapshot(connection)
