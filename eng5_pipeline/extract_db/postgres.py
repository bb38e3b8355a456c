"""CJ's tables in PostgreSQL, read in one read-only transaction."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eng5_pipeline.extract_db.address import PostgresServer
from eng5_pipeline.extract_db.failures import Denied, Failure, OnThisMachine, OutOfReach, Unreadable

if TYPE_CHECKING:
    from pg8000.native import Connection

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
TLS_REQUEST: Final = struct.pack("!ii", 8, 80877103)  # length and code, PostgreSQL's protocol 3.0, SSLRequest
SNAPSHOT: Final = "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True)
class PostgresSnapshot:
    server: PostgresServer
    connection: Connection

    def rows(self, sql: str, /, **values: str | int) -> list[dict[str, object]]:
        from pg8000.native import Error

        try:
            found = self.connection.run(sql, **values)
            names = [column["name"] for column in self.connection.columns]
        except (Error, OSError) as error:
            raise _told(error, self.server) from error
        return [dict(zip(names, row, strict=True)) for row in found]


@contextmanager
def postgres_snapshot(server: PostgresServer) -> Iterator[PostgresSnapshot]:
    """Gives up where the server does not answer in 10 s, or a query in 60 s."""
    with _reached(server) as reached, closing(_logged_in(server, reached)) as connection:
        yield PostgresSnapshot(server, connection)


@contextmanager
def _reached(server: PostgresServer) -> Iterator[socket.socket]:
    try:
        plain = socket.create_connection((server.host, server.port), CONNECT_SECONDS)
    except OSError as error:
        raise OutOfReach(
            "server-out-of-reach",
            f"no server answers at {server}: {error.strerror or error}",
            hint="start it, or mend the address in the environment",
        ) from error
    with plain, _encrypted(plain, server) as reached:
        reached.settimeout(READ_SECONDS)
        yield reached


def _encrypted(plain: socket.socket, server: PostgresServer) -> socket.socket:
    """The connection as `sslmode` wants it; asked for here, so that what is no PostgreSQL is told as that."""
    if server.tls == "disable":
        return plain
    try:
        plain.sendall(TLS_REQUEST)
        answer = plain.recv(1)
        if answer == b"S":
            return _context(server).wrap_socket(plain, server_hostname=server.host)
    except OSError as error:
        raise _not_understood(server, f"{error.strerror or error}") from error
    if answer != b"N":
        raise _not_understood(server, "it does not speak PostgreSQL's protocol")
    if server.tls != "prefer":
        raise Denied(
            "encryption-refused",
            f"PostgreSQL at {server} does not encrypt",
            hint="leave out sslmode, or mend the server",
        )
    return plain


def _context(server: PostgresServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.tls != "verify-full":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _not_understood(server: PostgresServer, why: str) -> Unreadable:
    return Unreadable("server-not-understood", f"what answers at {server}: {why}", hint="mend the address")


def _logged_in(server: PostgresServer, reached: socket.socket) -> Connection:
    try:
        from pg8000.native import Connection, Error
    except ImportError as error:
        raise OnThisMachine(
            "driver-missing", "the driver of PostgreSQL is not installed", hint='pip install "eng5-pipeline[extract]"'
        ) from error
    try:
        connection = Connection(
            server.user,
            database=server.database,
            password=server.password,
            sock=reached,
            ssl_context=False,
            application_name="eng5-extract-db",
        )
        connection.run(SNAPSHOT)
    except (Error, OSError) as error:
        raise _told(error, server) from error
    return connection


def _told(error: Exception, server: PostgresServer) -> Failure:
    """By the server's SQLSTATE, which is the same in every language."""
    said = error.args[0] if error.args and isinstance(error.args[0], Mapping) else {}
    state, message = str(said.get("C", "")), str(said.get("M", error))
    if state.startswith("28"):
        return Denied(
            "login-refused",
            f"PostgreSQL at {server} refuses user {server.user}: {message}",
            hint="mend the password: HULEEDU_DB_PASSWORD, or in ENG5_CJ_DATABASE_URL",
        )
    if state == "3D000":
        return Denied(
            "database-unknown",
            f"PostgreSQL at {server} has no database {server.database}",
            hint="name CJ's database in ENG5_CJ_DATABASE_URL",
        )
    if state == "42501":
        return Denied(
            "reading-refused",
            f"user {server.user} may not read CJ's tables: {message}",
            hint=f"as the tables' owner:  GRANT SELECT ON ALL TABLES IN SCHEMA public TO {server.user}",
        )
    if state in ("53300", "57P03"):
        return OutOfReach(
            "server-not-ready", f"PostgreSQL at {server} takes no one in: {message}", hint="try again later"
        )
    return Unreadable(
        "database-unreadable", f"CJ's tables cannot be read: {message}", hint="see that this is CJ's database"
    )
