"""The mock cluster inside the librdkafka that the confluent-kafka wheel brings, through its C functions.

It speaks the Kafka protocol over TCP from threads of its own in the process that creates it, keeps
everything in memory, and picks its port by chance. To keep a port between starts the cluster's listening
socket is exchanged for one bound to that port, under the same file descriptor, and the cluster is told to
advertise it; after the broker was down it listens on its own port again and the exchange is repeated.

The functions are librdkafka's experimental interface: the wheel is pinned.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
BROKER = 1
PRODUCER = 0
QUIET = b"2"
BACKLOG = 128
LIBRARY_PATTERNS = (
    "../confluent_kafka.libs/librdkafka-*",
    ".dylibs/librdkafka*",
    "../confluent_kafka.libs/librdkafka*",
)


class NoCluster(Exception):
    """The mock cluster cannot be had; the text says why."""


def library_path() -> Path:
    """Raises NoCluster where the wheel is not installed or does not hold librdkafka."""
    spec = find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise NoCluster("confluent-kafka is not installed")
    folder = Path(spec.origin).parent
    for pattern in LIBRARY_PATTERNS:
        for path in sorted((folder / pattern).parent.glob(Path(pattern).name)):
            return path.resolve()
    raise NoCluster(f"no librdkafka beside {folder}")


class MockCluster:
    """One broker. `port` is where it listens, for as long as it is up; raises OSError where that is taken."""

    def __init__(self, port: int) -> None:
        self._library = _library()
        handle = self._new_handle()
        self._cluster = self._library.rd_kafka_mock_cluster_new(handle, BROKER)
        if not self._cluster:
            raise NoCluster("librdkafka made no mock cluster")
        self._own_port = int(self.bootstrap().rpartition(":")[2])
        self._library.rd_kafka_mock_broker_set_host_port(self._cluster, BROKER, HOST.encode(), port)
        self.port = port
        self._round_trip = 0
        self._listen()

    def bootstrap(self) -> str:
        """Where the cluster itself would listen."""
        text: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return text.decode("ascii")

    def create_topic(self, topic: str, partitions: int) -> None:
        self._ask("topic_create", topic.encode(), partitions, 1)

    def go_down(self) -> None:
        """Cuts every connection and refuses new ones."""
        self._ask("broker_set_down", BROKER)

    def come_up(self) -> None:
        """Raises OSError where another program has taken the port meanwhile."""
        self._ask("broker_set_up", BROKER)
        self._listen()

    def round_trip(self, milliseconds: int) -> None:
        self._round_trip = milliseconds
        self._ask("broker_set_rtt", BROKER, milliseconds)

    def fail_requests(self, api_key: int, codes: Sequence[int]) -> None:
        """The next requests of this kind are answered with these error codes, and no more with earlier ones."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, api_key)
        errors = (ctypes.c_int * len(codes))(*codes)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, api_key, len(codes), errors)

    def trim(self, topic: str, partition: int, before_offset: int) -> None:
        self._ask("partition_delete_records", topic.encode(), partition, before_offset)

    def _ask(self, function: str, *arguments: bytes | int) -> None:
        code = getattr(self._library, f"rd_kafka_mock_{function}")(self._cluster, *arguments)
        if code:
            raise NoCluster(f"{function}: librdkafka says {code}")

    def _listen(self) -> None:
        mine = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with mine:
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            mine.bind((HOST, self.port))
            mine.listen(BACKLOG)
            for descriptor in _listening_on(self._own_port):
                os.dup2(mine.fileno(), descriptor, inheritable=False)
        # Any command wakes the cluster's thread, which then waits on the new socket.
        self.round_trip(self._round_trip)

    def _new_handle(self) -> int:
        text = ctypes.create_string_buffer(512)
        configuration = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(configuration, b"log_level", QUIET, text, len(text))
        handle = self._library.rd_kafka_new(PRODUCER, configuration, text, len(text))
        if not handle:
            raise NoCluster(f"librdkafka: {text.value.decode('utf-8', 'replace')}")
        return int(handle)


def _listening_on(port: int) -> Iterator[int]:
    """The descriptors of this process that accept connections on that port."""
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):
            descriptor = int(name)
            with _copied(descriptor) as copy:
                accepts = copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if accepts and copy.getsockname()[1] == port:
                    yield descriptor


def _copied(descriptor: int) -> socket.socket:
    """Raises OSError where the descriptor is no socket's; nothing is left open then."""
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _library() -> ctypes.CDLL:
    path = library_path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise NoCluster(f"{path} cannot be loaded: {error}") from error
    text, pointer, number = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int
    small, large, size = ctypes.c_int16, ctypes.c_int64, ctypes.c_size_t
    codes = ctypes.POINTER(ctypes.c_int)
    _declare(library, "rd_kafka_conf_new", pointer)
    _declare(library, "rd_kafka_conf_set", number, pointer, text, text, text, size)
    _declare(library, "rd_kafka_new", pointer, number, pointer, text, size)
    mock = "rd_kafka_mock_"
    _declare(library, f"{mock}cluster_new", pointer, pointer, number)
    _declare(library, f"{mock}cluster_bootstraps", text, pointer)
    _declare(library, f"{mock}topic_create", number, pointer, text, number, number)
    _declare(library, f"{mock}broker_set_host_port", None, pointer, ctypes.c_int32, text, number)
    _declare(library, f"{mock}broker_set_down", number, pointer, ctypes.c_int32)
    _declare(library, f"{mock}broker_set_up", number, pointer, ctypes.c_int32)
    _declare(library, f"{mock}broker_set_rtt", number, pointer, ctypes.c_int32, number)
    _declare(library, f"{mock}clear_request_errors", None, pointer, small)
    _declare(library, f"{mock}push_request_errors_array", None, pointer, small, size, codes)
    _declare(library, f"{mock}partition_delete_records", number, pointer, text, ctypes.c_int32, large)
    return library


def _declare(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> None:
    """ctypes would cut pointers to 32 bits where it is not told."""
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
