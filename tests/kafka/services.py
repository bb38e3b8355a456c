"""The embedded services on a real broker, as a stack that a project can run on."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction
from eng5_pipeline.sandbox.messages import PARTITIONS, TOPICS, ServicesPlan
from eng5_pipeline.wiring.world import real_world
from tests.kafka.children import services_child
from tests.kafka.platforms import Apache
from tests.support.project import write_seed

HOST = "127.0.0.1"


def create_batch_topics(platform: Apache) -> None:
    """Those of the platform, where they are not there yet."""
    there = set(platform.admin.list_topics())
    for topic in TOPICS:
        if topic not in there:
            platform.create(topic, partitions=PARTITIONS)


def requests_of(platform: Apache, batch: str) -> list[Record]:
    """Everything on the request topic with this batch_uuid as its key."""
    with platform.bus.reader(Offsets(next={topics.REQUEST: {}})) as reader:
        ends, found = reader.ends(), list[Record]()
        assert ends is not None
        while not reader.position().reaches(ends):
            found += reader.poll(0.2)
    return [record for record in found if record.key == batch.encode()]


@contextmanager
def services_on(bootstrap: str, folder: Path, options: SandboxOptions | None = None) -> Iterator[Embedded]:
    content, cj = _free_ports(2)
    plan = ServicesPlan(
        database=folder / "sandbox.sqlite3",
        content_port=content,
        cj_port=cj,
        kafka_bootstrap=bootstrap,
        jwt_secret=secrets.token_hex(32),
        options=(options or SandboxOptions()).model_copy(update={"seed": write_seed(folder)}),
    )
    variables = {
        "CJ_SERVICE_URL": f"http://{HOST}:{cj}",
        "CONTENT_SERVICE_URL": f"http://{HOST}:{content}/v1/content",
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "JWT_SECRET_KEY": plan.jwt_secret,
        "CJ_ADMIN_TOKEN_PATH": str(folder / "no-token.json"),
    }
    world = replace(real_world(), environment=variables, here=folder)
    with services_child(folder, plan):
        yield Embedded(world, variables, (), lambda: True, _no_such_command)


def _free_ports(number: int) -> list[int]:
    taken = [socket.create_server((HOST, 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def _no_such_command(action: BrokerAction) -> None:
    raise AssertionError(f"a real broker does not take commands: {action}")
