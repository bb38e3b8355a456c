"""Single processes of the embedded stack: its broker with topics of our choice, its services on another broker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from eng5_pipeline.sandbox.channel import Channel
from eng5_pipeline.sandbox.messages import BrokerPlan, Ready, ServicesPlan

START_SECONDS = 30
END_SECONDS = 10


@contextmanager
def broker_child(folder: Path, plan: BrokerPlan) -> Iterator[Channel]:
    with _child("broker", folder, plan) as channel:
        yield channel


@contextmanager
def services_child(folder: Path, plan: ServicesPlan) -> Iterator[None]:
    """Content Service, CJ and its worker; the broker is not theirs to command."""
    with _child("services", folder, plan):
        yield


@contextmanager
def _child(role: Literal["broker", "services"], folder: Path, plan: BrokerPlan | ServicesPlan) -> Iterator[Channel]:
    mine, its = socket.socketpair()
    nobody, sibling = socket.socketpair()
    with nobody, (folder / f"{role}.log").open("wb") as complaints:
        with its, sibling:
            numbers = (os.getpid(), its.fileno(), sibling.fileno())
            process = subprocess.Popen(
                [sys.executable, "-m", "eng5_pipeline.sandbox", role, *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=numbers[1:],
                start_new_session=True,
            )
        channel = Channel(mine)
        try:
            channel.send(plan)
            channel.receive(Ready, START_SECONDS)
            yield channel
        finally:
            channel.close()
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
