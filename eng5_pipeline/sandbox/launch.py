"""Starts an embedded stack: two child processes, their plans, and their end.

    Stack      the parent's hold on it
    broker     a Kafka-protocol broker
    services   Content Service, CJ, CJ's worker

The children end when their channel to this process does, so whatever becomes of this process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal

from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction
from eng5_pipeline.sandbox.channel import Channel, Closed
from eng5_pipeline.sandbox.http.settings import Setting
from eng5_pipeline.sandbox.messages import BrokerAnswer, BrokerCommand, BrokerPlan, Ready, ServicesPlan
from eng5_pipeline.sandbox.options import SandboxOptions
from eng5_pipeline.sandbox.state import HOST, State, held, settle

START_S = 30.0
END_S = 5.0
LAST_LINES = 12
NEEDED = ("confluent_kafka", "starlette", "uvicorn")
ROOT = Path(__file__).resolve().parents[2]

INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONHOME")
"""All that a child is given of the environment: it needs no token of the platform."""

Role = Literal["broker", "services"]


class NotInstalled(Exception):
    """The extra `sandbox` is not installed; `missing` names the modules."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"the embedded stack needs {', '.join(missing)}: install the extra `sandbox`")
        self.missing = missing


class StartFailed(Exception):
    """A child process did not come up; `last_lines` is the end of what it complained about."""

    def __init__(self, role: Role, last_lines: tuple[str, ...]) -> None:
        super().__init__(f"the {role} of the embedded stack did not start: {' / '.join(last_lines[-1:])}")
        self.role = role
        self.last_lines = last_lines


@dataclass(frozen=True)
class Addresses:
    """Where the stack is, and the key to mint tokens with; `notes` are for the person who started it."""

    content_url: str
    cj_url: str
    kafka_bootstrap: str
    jwt_secret: str
    database_url: str
    kafka_api_version: str = "2.3"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Child:
    role: Role
    process: subprocess.Popen[bytes]
    channel: Channel
    log: Path

    def expect_ready(self) -> None:
        """Raises StartFailed."""
        try:
            self.channel.receive(Ready, START_S)
        except (Closed, TimeoutError) as error:
            self.end()
            raise StartFailed(self.role, _last_lines(self.log)) from error

    def end(self) -> None:
        """The child ends by itself once its channel is closed; a child that does not is killed."""
        self.channel.close()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stack:
    """A running stack. As a context manager it stops at the end of its block."""

    def __init__(self, addresses: Addresses, broker: Child, services: Child, hold: ExitStack) -> None:
        self.addresses = addresses
        self._broker = broker
        self._services = services
        self._hold = hold

    def alive(self) -> bool:
        return all(child.process.poll() is None for child in (self._broker, self._services))

    def command_broker(self, action: BrokerAction) -> None:
        """Raises Closed where the broker is gone, ValueError where it refuses."""
        answer = self._broker.channel.ask(BrokerCommand(do=action), BrokerAnswer, START_S)
        if answer.error is not None:
            raise ValueError(answer.error)

    def stop(self) -> None:
        """Ends both children and gives the folder free; again does nothing."""
        self._hold.close()

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(state_dir: Path, options: SandboxOptions | None = None) -> Stack:
    """A stack on this folder, ready to be used; about a second.

    The thread that calls this must live as long as the stack. Raises NotInstalled, Held where another process has
    a stack on the folder, SandboxFileInvalid where the seed file is mistaken, StartFailed, OSError where the folder
    cannot be written.
    """
    missing = tuple(name for name in NEEDED if find_spec(name) is None)
    if missing:
        raise NotInstalled(missing)
    if options is not None and options.seed is not None:
        from eng5_pipeline.sandbox.kept.seed import load_seed  # what it imports needs the extra

        load_seed(options.seed)
    with ExitStack() as hold:
        folder = state_dir.resolve()
        hold.enter_context(held(folder))
        state, notes = settle(folder)
        addresses = _addresses(folder, state, notes)
        broker, services = _children(folder, hold)
        _send_plans(folder, state, options or SandboxOptions(), addresses, broker, services)
        broker.expect_ready()
        services.expect_ready()
        return Stack(addresses, broker, services, hold.pop_all())


def _addresses(folder: Path, state: State, notes: tuple[str, ...]) -> Addresses:
    return Addresses(
        content_url=f"http://{HOST}:{state.content}/v1/content",
        cj_url=f"http://{HOST}:{state.cj}",
        kafka_bootstrap=f"{HOST}:{state.kafka}",
        jwt_secret=state.jwt_secret,
        database_url=f"sqlite:///{_database(folder)}",
        notes=notes,
    )


def _database(folder: Path) -> Path:
    return folder / "sandbox.sqlite3"


def _children(folder: Path, hold: ExitStack) -> tuple[Child, Child]:
    """Both started, neither ready; at the end of the hold the services end before the broker they talk to."""
    of_broker, of_services = socket.socketpair()
    with of_broker, of_services:
        broker = _spawn("broker", folder, of_broker)
        hold.callback(broker.end)
        services = _spawn("services", folder, of_services)
        hold.callback(services.end)
    return broker, services


def _spawn(role: Role, folder: Path, sibling: socket.socket) -> Child:
    log = folder / f"{role}.log"
    mine, its = socket.socketpair()
    with its, log.open("wb") as complaints:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                __package__,
                role,
                *map(str, (os.getpid(), its.fileno(), sibling.fileno())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=(its.fileno(), sibling.fileno()),
            start_new_session=True,
            env=_environment(),
        )
    return Child(role, process, Channel(mine), log)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {"PYTHONPATH": _python_path()}


def _python_path() -> str:
    """Finds this very package, wherever the parent found it."""
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))


def _send_plans(
    folder: Path,
    state: State,
    options: SandboxOptions,
    addresses: Addresses,
    broker: Child,
    services: Child,
) -> None:
    plans: tuple[tuple[Child, Setting], ...] = (
        (broker, BrokerPlan(port=state.kafka, rtt_ms=options.broker.rtt_ms)),
        (
            services,
            ServicesPlan(
                database=_database(folder),
                content_port=state.content,
                cj_port=state.cj,
                kafka_bootstrap=addresses.kafka_bootstrap,
                jwt_secret=state.jwt_secret,
                options=options,
            ),
        ),
    )
    for child, plan in plans:
        try:
            child.channel.send(plan)
        except Closed as error:
            raise StartFailed(child.role, _last_lines(child.log)) from error


def _last_lines(log: Path) -> tuple[str, ...]:
    text = log.read_text(encoding="utf-8", errors="replace")
    return tuple(text.splitlines()[-LAST_LINES:])
