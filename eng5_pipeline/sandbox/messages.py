"""What parent and children of a stack say to each other over their channels."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from eng5_pipeline.contracts.topics import REQUEST, RESULTS
from eng5_pipeline.sandbox.batch.batch_records import RESOURCE
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction
from eng5_pipeline.sandbox.http.settings import Setting
from eng5_pipeline.sandbox.options import SandboxOptions

PARTITIONS = 3
TOPICS = (REQUEST, *RESULTS, RESOURCE)


class BrokerPlan(Setting):
    """What the broker is to be; the first message it gets."""

    port: int
    rtt_ms: int = 0
    topics: tuple[str, ...] = TOPICS
    partitions: int = PARTITIONS


class ServicesPlan(Setting):
    """What the services are to be; the first message they get."""

    database: Path
    content_port: int
    cj_port: int
    kafka_bootstrap: str
    jwt_secret: str = Field(repr=False)
    options: SandboxOptions


class Ready(Setting):
    """A child's first message: it can be used."""


class BrokerCommand(Setting):
    do: BrokerAction


class BrokerAnswer(Setting):
    """`error` is None where the command was carried out."""

    error: str | None = None
