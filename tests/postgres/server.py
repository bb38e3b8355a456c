"""A PostgreSQL for the tests: one of our own on a free port of this machine, or the one that the environment names."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from tests.support.raw_server import unused_port

HOST = "127.0.0.1"
OWNER = "owner"
START_SECONDS = 30
DEBIAN = "/usr/lib/postgresql/*/bin"  # not on PATH there


class Unavailable(Exception):
    """There is no PostgreSQL, in words."""


@dataclass(frozen=True)
class Login:
    """What a client needs; the owner may make databases and roles."""

    host: str
    port: int
    user: str
    password: str
    database: str = "postgres"

    @property
    def url(self) -> str:
        secret = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"postgresql://{secret}@{self.host}:{self.port}/{self.database}"

    @classmethod
    def of_url(cls, url: str) -> Login:
        parts = urlsplit(url)
        return cls(
            parts.hostname or HOST,
            parts.port or 5432,
            unquote(parts.username or "postgres"),
            unquote(parts.password or ""),
            parts.path.removeprefix("/") or "postgres",
        )

    def psql(self, script: str) -> str:
        """What a script answers; it ends at its first error."""
        environment = {**os.environ, "PGPASSWORD": self.password}
        place = ("-h", self.host, "-p", str(self.port), "-U", self.user, "-d", self.database)
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *place]
        return _run(command, input=script, env=environment)

    @contextmanager
    def database_with(self, script: str) -> Iterator[Login]:
        """A new database that the script filled, gone afterwards."""
        name = f"eng5_test_{secrets.token_hex(4)}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            made = replace(self, database=name)
            made.psql(script)
            yield made
        finally:
            self.psql(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def role(self, rights: str = "") -> Iterator[Login]:
        """A new role that may log in, with the rights that the script gives to {role}; gone afterwards."""
        name, password = f"eng5_test_{secrets.token_hex(4)}", secrets.token_hex(8)
        self.psql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'; {rights.format(role=name)}")
        try:
            yield replace(self, user=name, password=password)
        finally:
            self.psql(f"DROP OWNED BY {name}; DROP ROLE {name}")


@contextmanager
def running() -> Iterator[Login]:
    """A server as long as the block lasts, in a folder of its own; not as root, which PostgreSQL refuses."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="eng5-postgres-"))
    identity = _identity()
    owner = Login(HOST, unused_port(), OWNER, secrets.token_hex(8))
    try:
        (folder / "password").write_text(owner.password, encoding="ascii")
        for path in (folder, folder / "password"):
            os.chown(path, identity.get("user", -1), identity.get("group", -1))
        _make_cluster(programs, folder, identity)
        with _started(programs, folder, identity, owner):
            yield owner
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    where = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, sorted(Path("/").glob(DEBIAN[1:])))])
    found = shutil.which("initdb", path=where)
    if found is None or shutil.which("psql") is None:
        raise Unavailable("initdb and psql are not here")
    return Path(found).resolve().parent


def _identity() -> dict[str, Any]:
    """For `subprocess`: nothing, or where this is root, somebody else."""
    if os.geteuid() != 0:
        return {}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = users.get("postgres") or users.get("nobody")
    if user is None:
        raise Unavailable("there is neither a user postgres nor nobody to run it as")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _make_cluster(programs: Path, folder: Path, identity: Mapping[str, Any]) -> None:
    login = ("--username", OWNER, "--auth", "scram-sha-256", "--pwfile", str(folder / "password"))
    form = ("--encoding", "UTF8", "--locale", "C", "--no-sync")
    _run([str(programs / "initdb"), "-D", str(folder / "data"), *login, *form], cwd=folder, **identity)


@contextmanager
def _started(programs: Path, folder: Path, identity: Mapping[str, Any], owner: Login) -> Iterator[None]:
    settings = {"listen_addresses": HOST, "port": owner.port, "unix_socket_directories": folder, "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = folder / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(folder / "data"), *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            preexec_fn=_end_with_the_tests,
            **identity,
        )
    try:
        _wait_for(server, owner, log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown
        server.wait(START_SECONDS)


def _wait_for(server: subprocess.Popen[bytes], owner: Login, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            owner.psql("SELECT 1")
            return
        except Unavailable:
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable("PostgreSQL did not start:\n" + log.read_text(encoding="utf-8")) from None
            time.sleep(0.05)


def _run(command: list[str], **how: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stderr[-1000:]}")
    return str(done.stdout)


def _end_with_the_tests() -> None:
    """However the tests end, the server does not outlive them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
