"""A way to the broker on which connections can be cut and answers lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from tests.kafka.apache import HOST, ApacheKafka, alone

CHUNK = 65536

Fate = Literal["passes", "is lost"]


class Detour:
    """Passes everything on, both ways; once `last_word` has been seen on its way to the broker, no answer comes back.

    That last word itself passes, or is lost, which it remains until `deliver`.
    """

    def __init__(self, kafka: ApacheKafka, last_word: bytes | None, fate: Fate) -> None:
        self._server = socket.create_server((HOST, kafka.ports.proxy))
        self._broker = HOST, kafka.ports.detour
        self._last_word, self._fate = last_word, fate
        self._lost: list[bytes] = []
        self._late: list[socket.socket] = []
        self._deaf = threading.Event()
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._closed = threading.Event()
        self.bootstrap = f"{HOST}:{kafka.ports.proxy}"
        self._start(self._accept)

    @property
    def open(self) -> int:
        """Connections that are up."""
        with self._lock:
            return len(self._pairs)

    def cut(self) -> None:
        with self._lock:
            pairs = list(self._pairs)
        for each in (end for pair in pairs for end in pair):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut_every(self, seconds: float) -> None:
        def cut() -> None:
            while not self._closed.wait(seconds):
                self.cut()

        self._start(cut)

    def deliver(self) -> None:
        """What was lost arrives after all, once."""
        while self._lost:
            late = socket.create_connection(self._broker)
            late.sendall(self._lost.pop())
            self._late.append(late)

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        for late in self._late:
            late.close()

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with suppress(OSError):
                client, _ = self._server.accept()
                pair = client, socket.create_connection(self._broker)
                with self._lock:
                    self._pairs.add(pair)
                self._start(self._carry, pair)

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, broker = pair
        back = threading.Thread(target=self._back, args=(broker, client), daemon=True)
        back.start()
        with suppress(OSError):
            self._forth(client, broker)
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        client.close()
        broker.close()

    def _forth(self, client: socket.socket, broker: socket.socket) -> None:
        while data := client.recv(CHUNK):
            if self._last_word is not None and self._last_word in data:
                self._deaf.set()
                if self._fate == "is lost":
                    self._lost.append(data)
                    continue
            broker.sendall(data)

    def _back(self, broker: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := broker.recv(CHUNK):
                if not self._deaf.is_set():
                    client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def detour(kafka: ApacheKafka, last_word: bytes | None = None, fate: Fate = "passes") -> Iterator[Detour]:
    with only_one_way(kafka):
        made = Detour(kafka, last_word, fate)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def only_one_way(kafka: ApacheKafka) -> Iterator[None]:
    """The broker announces one address for it, and several processes may share the broker."""
    with alone(kafka.folder / "detour.lock"):
        yield
