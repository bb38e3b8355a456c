"""Brokers for the tests: one of each kind for a whole test session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.kafka.apache import ApacheKafka, running, shared
from tests.kafka.jars import Unavailable
from tests.kafka.platforms import Apache, Embedded, InMemory, Platform, apache, embedded
from tests.support.dying import Mortals, mortals

NAMED = "KAFKA_BOOTSTRAP_SERVERS"


def missing(why: str) -> NoReturn:
    """Continuous integration must have a real broker; elsewhere it may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"no Apache Kafka: {why}")
    pytest.skip(f"no Apache Kafka: {why}")


@pytest.fixture(scope="session")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """A real broker of our own, with every kind of listener; the workers of a test session share it."""
    here = tmp_path_factory.getbasetemp()
    session = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    try:
        with shared(session / "kafka") as kafka:
            yield kafka
    except Unavailable as why:
        missing(str(why))


@pytest.fixture
def kafka_to_stop(tmp_path: Path) -> Iterator[ApacheKafka]:
    """One that nobody else uses."""
    try:
        with running(tmp_path) as kafka:
            yield kafka
    except Unavailable as why:
        missing(str(why))


@pytest.fixture(scope="session")
def real(request: pytest.FixtureRequest) -> Iterator[Apache]:
    """The real broker that the environment names, else our own."""
    bootstrap = os.environ.get(NAMED) or request.getfixturevalue("own_kafka").bootstrap
    with apache(bootstrap) as platform:
        yield platform


@pytest.fixture(scope="session")
def own(own_kafka: ApacheKafka) -> Iterator[Apache]:
    with apache(own_kafka.bootstrap) as platform:
        yield platform


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder: Path = tmp_path_factory.mktemp("embedded")
    with embedded(folder) as platform:
        yield platform


@pytest.fixture(params=["memory", "embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def place(request: pytest.FixtureRequest) -> Platform:
    """Each kind of broker in turn."""
    if request.param == "memory":
        return InMemory()
    named = {"embedded": "embedded_broker", "apache": "real"}[request.param]
    platform: Platform = request.getfixturevalue(named)
    return platform


@pytest.fixture(scope="session")
def command_line() -> Iterator[Mortals]:
    """Commands without the cost of a start."""
    with mortals() as started:
        yield started
