"""Where the database is, from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.extract_db.address import PostgresServer, SqliteFile, address_in
from eng5_pipeline.extract_db.failures import Misused

URL = "ENG5_CJ_DATABASE_URL"


def server(**differing: object) -> PostgresServer:
    plain = {"host": "db.lan", "port": 5432, "database": "cj", "user": "ada", "password": ""}
    return PostgresServer(**{**plain, **differing})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://ada@db.lan/cj", server()),
        ("postgres://ada:s%40me%2F@db.lan:5434/cj", server(port=5434, password="s@me/")),
        ("postgresql+asyncpg://ada@db.lan/cj", server()),
        ("postgresql://ada@/cj", server(host="localhost")),
        ("postgresql://ada@[::1]/cj?sslmode=verify-full", server(host="::1", tls="verify-full")),
        ("sqlite:////tmp/a%20b #1?.sqlite3", SqliteFile(Path("/tmp/a%20b #1?.sqlite3"))),
        ("sqlite:///kept/cj.sqlite3", SqliteFile(Path("kept/cj.sqlite3"))),
        ("sqlite+aiosqlite:///cj.sqlite3", SqliteFile(Path("cj.sqlite3"))),
    ],
)
def test_a_url_names_a_server_or_a_file(url: str, address: PostgresServer | SqliteFile) -> None:
    assert address_in({URL: url, "HULEEDU_DB_USER": "other"}) == address


def test_without_a_url_the_platforms_names_count() -> None:
    named = {
        "HULEEDU_DB_HOST": "db.lan",
        "HULEEDU_CJ_DB_PORT": "6000",
        "HULEEDU_DB_USER": "ada",
        "HULEEDU_DB_PASSWORD": "secret",
    }
    assert address_in(named) == server(port=6000, database="huleedu_cj_assessment", password="secret")


def test_host_and_port_have_the_platforms_defaults() -> None:
    found = address_in({URL: "", "HULEEDU_DB_USER": "ada", "HULEEDU_DB_HOST": ""})
    assert found == server(host="localhost", port=5434, database="huleedu_cj_assessment")


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({}, "neither ENG5_CJ_DATABASE_URL nor HULEEDU_DB_USER is set"),
        ({URL: "mysql://a:hidden@b/c"}, "neither PostgreSQL nor SQLite"),
        ({URL: "postgresql://a:hidden@b:port/c"}, "cannot be read"),
        ({URL: "postgresql://a:hid/den@b/c"}, "cannot be read"),
        ({URL: "postgresql://b/c"}, "no user or no database"),
        ({URL: "postgresql://a:hidden@b"}, "no user or no database"),
        ({URL: "postgresql://a:hidden@b/c?sslmode=maybe"}, "sslmode that is not known"),
        ({URL: "postgresql://a:hidden@b/c?options=x"}, "sets options"),
        ({URL: "sqlite://"}, "names no file"),
        ({URL: "sqlite:///"}, "names no file"),
        ({"HULEEDU_DB_USER": "a", "HULEEDU_CJ_DB_PORT": "70000"}, "HULEEDU_CJ_DB_PORT is no port"),
    ],
)
def test_what_names_no_database_is_refused_without_repeating_a_password(environment: dict[str, str], what: str) -> None:
    with pytest.raises(Misused, match=what) as refused:
        address_in(environment)
    assert "hid" not in f"{refused.value} {refused.value.hint}"


def test_a_password_is_not_shown_with_its_server() -> None:
    assert "secret" not in f"{server(password='secret')!r} {server(password='secret')}"
