"""Where CJ's database is, from the names that the environment has for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from eng5_pipeline.extract_db.failures import Misused

URL = "ENG5_CJ_DATABASE_URL"
DATABASE = "huleedu_cj_assessment"
PORT_OF_CJ = 5434
PORT_OF_POSTGRESQL = 5432
FORMS = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:///FILE"

Tls = Literal["disable", "prefer", "require", "verify-full"]
"""As libpq's sslmode; `prefer` and `require` encrypt without asking for a certificate that can be checked."""


@dataclass(frozen=True)
class SqliteFile:
    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class PostgresServer:
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: Tls = "prefer"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


Address = SqliteFile | PostgresServer


def address_in(environment: Mapping[str, str]) -> Address:
    """ENG5_CJ_DATABASE_URL, else HULEEDU_DB_HOST and the like. An empty variable counts as unset."""
    if url := environment.get(URL, "").strip():
        return _of_url(url)
    user = environment.get("HULEEDU_DB_USER")
    if not user:
        raise Misused(
            "database-not-named",
            f"neither {URL} nor HULEEDU_DB_USER is set",
            hint=f"set {URL}, such as {FORMS}",
        )
    return PostgresServer(
        host=environment.get("HULEEDU_DB_HOST") or "localhost",
        port=_port(environment.get("HULEEDU_CJ_DB_PORT") or str(PORT_OF_CJ)),
        database=DATABASE,
        user=user,
        password=environment.get("HULEEDU_DB_PASSWORD", ""),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise Misused("variable-invalid", "HULEEDU_CJ_DB_PORT is no port", hint=f"a number, such as {PORT_OF_CJ}")
    return int(text)


def _of_url(url: str) -> Address:
    """A driver in the scheme, as in postgresql+asyncpg, is passed over: other tools need it."""
    kind = url.partition(":")[0].partition("+")[0].lower()
    if kind == "sqlite":
        return _sqlite(url.partition(":")[2])
    if kind in ("postgresql", "postgres"):
        return _postgres(url)
    raise _invalid("names neither PostgreSQL nor SQLite")


def _sqlite(rest: str) -> SqliteFile:
    """Three slashes before a relative path, four in all before an absolute one."""
    if not rest.startswith("///") or len(rest) == 3:
        raise _invalid("names no file")
    return SqliteFile(Path(rest[3:]))


def _postgres(url: str) -> PostgresServer:
    try:
        parts = urlsplit(url)
        port = parts.port or PORT_OF_POSTGRESQL
    except ValueError as error:
        raise _invalid("has a host or port that cannot be read") from error
    database = unquote(parts.path.removeprefix("/"))
    if not parts.username or not database:
        raise _invalid("names no user or no database")
    return PostgresServer(
        host=parts.hostname or "localhost",
        port=port,
        database=database,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        tls=_tls(parts),
    )


def _tls(parts: SplitResult) -> Tls:
    asked = parse_qs(parts.query)
    wanted = asked.pop("sslmode", ["prefer"])[-1]
    if asked:
        raise _invalid(f"sets {', '.join(sorted(asked))}, which means nothing here: only sslmode does")
    for mode in get_args(Tls):
        if wanted == mode:
            known: Tls = mode
            return known
    raise _invalid(f"asks for an sslmode that is not known here: one of {', '.join(get_args(Tls))}")


def _invalid(why: str) -> Misused:
    """Without the address itself: it holds a password."""
    return Misused("variable-invalid", f"{URL} {why}", hint=f"type it like {FORMS}")
