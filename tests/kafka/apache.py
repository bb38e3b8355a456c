"""One node of Apache Kafka in KRaft mode, on free ports of this machine."""

from __future__ import annotations

import base64
import ctypes
import fcntl
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.kafka.jars import Unavailable, jars

HOST = "127.0.0.1"
PORTS = range(15_000, 32_000)  # none that a client may be given, for a broker that is stopped wants its own again
START_SECONDS = 60
STOP_SECONDS = 30
USERS = {"researcher": "pencil-case", "stranger": "no-rights"}  # the second may log in and nothing else
STORE_PASSWORD = "changeit"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a short life is not worth much compiling

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAIN://{host}:{plain},LOGIN://{host}:{login},TLS://{host}:{tls},DETOUR://{host}:{detour},\
CONTROLLER://{host}:{controller}
advertised.listeners=PLAIN://{host}:{plain},LOGIN://{host}:{login},TLS://{host}:{tls},DETOUR://{host}:{proxy}
listener.security.protocol.map=PLAIN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,DETOUR:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
log.dirs={folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
broker.heartbeat.interval.ms=300
broker.session.timeout.ms=2000
listener.name.login.sasl.enabled.mechanisms=PLAIN
listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
listener.name.tls.ssl.keystore.location={folder}/server.p12
listener.name.tls.ssl.keystore.password={store_password}
listener.name.tls.ssl.keystore.type=PKCS12
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:researcher
"""


@dataclass(frozen=True)
class Ports:
    """`detour` is a listener that is announced as `proxy`, where nothing listens unless a test puts something there."""

    plain: int
    login: int
    tls: int
    detour: int
    proxy: int
    controller: int

    @classmethod
    def free(cls) -> Ports:
        taken = [_unused() for _ in range(6)]
        numbers = [each.getsockname()[1] for each in taken]
        for each in taken:
            each.close()
        return cls(*numbers)


@dataclass
class ApacheKafka:
    """Keeps its ports and its records over a restart."""

    folder: Path
    jars: Path
    ports: Ports = field(default_factory=Ports.free)
    process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.ports.plain}"

    @property
    def authority(self) -> Path:
        """The certificate that vouches for the TLS listener."""
        return self.folder / "server.pem"

    def prepare(self) -> None:
        make_certificate(self.folder / "server.p12", self.authority)
        users = " ".join(f'user_{name}="{password}"' for name, password in USERS.items())
        text = PROPERTIES.format(
            host=HOST, folder=self.folder, users=users, store_password=STORE_PASSWORD, **vars(self.ports)
        )
        self._properties.write_text(text, encoding="utf-8")
        random = b"\0" + secrets.token_bytes(15)  # the first so that the id does not look like an option
        cluster_id = base64.urlsafe_b64encode(random).decode().rstrip("=")
        _run(*self._java("kafka.tools.StorageTool"), "format", "--standalone", "-t", cluster_id, "-c", self._properties)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._java("kafka.Kafka"), str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,
            )
        deadline = time.monotonic() + START_SECONDS
        while not _listens(self.ports.plain):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Unavailable("Apache Kafka did not start:\n" + self._log.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log(self) -> Path:
        return self.folder / "kafka.log"

    def _java(self, main: str) -> list[str]:
        return [
            "java",
            "-Xmx512m",
            *QUICK,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{self.jars}/*",
            main,
        ]


@contextmanager
def running(folder: Path) -> Iterator[ApacheKafka]:
    """A broker for as long as the block lasts; some ten seconds. Raises Unavailable."""
    kafka = ApacheKafka(folder, jars())
    kafka.prepare()
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.stop()


@contextmanager
def shared(folder: Path) -> Iterator[ApacheKafka]:
    """One broker for all processes that name this folder: the first starts it, and ends it when the last is done."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        users = stack.enter_context((folder / "users.lock").open("w"))
        fcntl.flock(users, fcntl.LOCK_SH)
        with alone(folder / "start.lock"):
            noted = folder / "ports.json"
            if noted.exists():
                kafka = ApacheKafka(folder, jars(), Ports(**json.loads(noted.read_bytes())))
            else:
                kafka = stack.enter_context(running(folder))
                noted.write_text(json.dumps(vars(kafka.ports)), encoding="utf-8")
                stack.callback(noted.unlink)
                stack.callback(fcntl.flock, users, fcntl.LOCK_EX)
        yield kafka


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def make_certificate(store: Path, certificate: Path) -> None:
    """A key with a certificate of its own making for this machine, and that certificate alone."""
    quick = [f"-J{option}" for option in QUICK]
    opened: tuple[str | Path, ...] = (*quick, "-alias", "kafka", "-storepass", STORE_PASSWORD, "-keystore", store)
    names = ("-dname", "CN=localhost", "-ext", f"SAN=ip:{HOST},dns:localhost", "-validity", "2")
    _run("keytool", "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", *names, *opened)
    _run("keytool", "-exportcert", "-rfc", "-file", certificate, *opened)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")


def _unused() -> socket.socket:
    while True:
        with suppress(OSError):
            return socket.create_server((HOST, secrets.choice(PORTS)))


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex((HOST, port)) == 0


def _end_with_the_tests() -> None:
    """However the tests end, the broker does not outlive them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
