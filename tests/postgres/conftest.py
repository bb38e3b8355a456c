"""CJ's database as it was dumped after six batches, in a real PostgreSQL; one for a whole test session."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres.server import Login, Unavailable, running

NAMED = "ENG5_TEST_POSTGRES_URL"
DUMP = Path(__file__).parent / "cj_database.sql.gz"
READS = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"


@contextmanager
def _server() -> Iterator[Login]:
    if named := os.environ.get(NAMED):
        yield Login.of_url(named)
        return
    with running() as owner:
        yield owner


@pytest.fixture(scope="session")
def server() -> Iterator[Login]:
    """The server that the environment names, else our own. Continuous integration must have one."""
    try:
        with _server() as owner:
            yield owner
    except Unavailable as why:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no PostgreSQL: {why}")
        pytest.skip(f"no PostgreSQL: {why}")


@pytest.fixture(scope="session")
def cj(server: Login) -> Iterator[Login]:
    """Its owner's login to CJ's database."""
    with server.database_with(gzip.decompress(DUMP.read_bytes()).decode("utf-8")) as database:
        yield database


@pytest.fixture(scope="session")
def reader(cj: Login) -> Iterator[Login]:
    """A role that may read and nothing else."""
    with cj.role(READS) as login:
        yield login
