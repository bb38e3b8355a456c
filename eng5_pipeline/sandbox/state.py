"""What a state folder keeps of a stack between its starts: the ports once chosen, the key of its tokens.

sandbox.sqlite3    Content Service and CJ
state.json         ports and key; only its owner can read it
lock               held by the process whose stack it is, its pid inside
broker.log, services.log   what the child processes of the last start complained about
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import Field, ValidationError

from eng5_pipeline.sandbox.http.settings import Setting

HOST = "127.0.0.1"
REAL_PORTS = frozenset({8001, 9095, 9093, 9092, 5432, 5434})
"""Where the real services listen: never taken, so that one is not mistaken for the other."""

PATIENCE_S = 1.0
GLANCE_S = 0.05
NAMES = {"content": "Content Service", "cj": "CJ", "kafka": "Kafka"}


class Held(Exception):
    """Another process has a stack on this folder; `pid` is None where it does not say who it is."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{folder} is in use by {who}")
        self.folder = folder
        self.pid = pid


class State(Setting):
    content: int
    cj: int
    kafka: int
    jwt_secret: str = Field(repr=False)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder for this process alone; raises Held. The lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Held(folder, _pid_in(folder / "lock")) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def settle(folder: Path) -> tuple[State, tuple[str, ...]]:
    """Ports that are free, the old ones where they still are, and what there is to say about the others."""
    old = _read(folder / "state.json")
    taken = set(REAL_PORTS)
    ports: dict[str, int] = {}
    notes: list[str] = []
    for name, service in NAMES.items():
        wanted = getattr(old, name) if old else None
        keeps = wanted is not None and wanted not in taken and _becomes_free(wanted)
        ports[name] = wanted if keeps and wanted is not None else free_port(taken)
        taken.add(ports[name])
        if wanted is not None and not keeps:
            notes.append(f"port {wanted} was taken: {service} now on {ports[name]}")
    state = State(**ports, jwt_secret=old.jwt_secret if old else secrets.token_urlsafe(32))
    _write(folder / "state.json", state)
    return state, tuple(notes)


def free_port(avoid: Collection[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
        if port not in avoid:
            return port


def _becomes_free(port: int) -> bool:
    """Waits a moment for the children of a stack that has just ended."""
    until = time.monotonic() + PATIENCE_S
    while not _is_free(port):
        if time.monotonic() > until:
            return False
        time.sleep(GLANCE_S)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _read(path: Path) -> State | None:
    """None where there is no state that can be read: it is made anew."""
    with suppress(OSError, ValidationError):
        return State.model_validate_json(path.read_bytes())
    return None


def _write(path: Path, state: State) -> None:
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(state.model_dump_json())
    beside.replace(path)


def _pid_in(path: Path) -> int | None:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isdecimal() else None
