"""What is told of a server that is no PostgreSQL, or not the one that was hoped for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from eng5_pipeline.extract_db.address import PostgresServer, Tls
from eng5_pipeline.extract_db.failures import Denied, Failure, Unreadable
from eng5_pipeline.extract_db.postgres import postgres_snapshot
from tests.support.raw_server import resets, says, serving

A_PAGE = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def refusal(talk: Callable[[socket.socket], None], tls: Tls = "prefer") -> Failure:
    with serving(talk) as url:
        server = PostgresServer("127.0.0.1", urlsplit(url).port or 0, "cj", "ada", "secret", tls)
        with pytest.raises(Failure) as told, postgres_snapshot(server):
            raise AssertionError("it let us in")
    assert "secret" not in f"{told.value} {told.value.hint}"
    return told.value


@pytest.mark.parametrize("tls", ["disable", "prefer", "require", "verify-full"])
def test_a_web_server_is_no_database(tls: Tls) -> None:
    assert isinstance(refusal(says(A_PAGE), tls), Unreadable)


def test_a_server_that_cuts_the_connection_is_told() -> None:
    assert isinstance(refusal(resets), Unreadable)


def test_encryption_that_was_asked_for_and_is_not_offered_is_not_gone_without() -> None:
    assert refusal(says(b"N"), "require").reference == "encryption-refused"
    assert isinstance(refusal(says(b"N"), "verify-full"), Denied)


def test_without_encryption_a_server_may_end_it_too() -> None:
    assert refusal(says(b"N"), "prefer").reference == "database-unreadable"
