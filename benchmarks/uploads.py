"""How long uploads take beside their floor: the service answers after 20 ms, 10 uploads are sent at a time.

    python benchmarks/uploads.py [RUNS]

Prints, for 500 and for 2,000 essays, the floor, what a bare client takes (ten threads, a request of fixed bytes each),
and what the stages validate and upload take; the aim is at most 1.15 times the floor for upload. Then a second run of
2,000 .docx, in which no document is read and nothing uploaded; the aim is under 1 s. The service is a process of its
own, so that two processors are needed; beside other work on them the figures say little, and the load is printed.
"""

from __future__ import annotations

import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from eng5_pipeline.results import StageResult
from tests.support.documents import paragraph, word
from tests.support.fast_content import FastContent, fast_content
from tests.support.observers import Remembering
from tests.support.uploading import AT_ONCE, Uploading, write_essays

MILLISECONDS = 20
COUNTS = (500, 2000)
WORDS = "A role model is a person whom one wants to be like. " * 6


class Timing(Remembering):
    """Seconds by stage."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = {}

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self.seconds[stage] = seconds


def uploaded(folder: Path, service: FastContent) -> Mapping[str, float]:
    timing = Timing()
    Uploading(folder, service.url, uuid4(), observer=timing).go()
    return timing.seconds


def bare(service: FastContent, count: int) -> float:
    """The same number of requests with nothing around them."""
    body = b"x" * 300
    request = b"POST /v1/content HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def send(times: int) -> None:
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(times):
                connection.sendall(request)
                connection.recv(4096)

    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, [count // AT_ONCE] * AT_ONCE))
    return time.perf_counter() - begun


def first_runs(count: int, runs: int) -> None:
    floor = count / AT_ONCE * MILLISECONDS / 1000
    taken: dict[str, list[float]] = {"bare client": [], "upload": [], "validate": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder, fast_content(MILLISECONDS) as service:
            write_essays(Path(folder), count)
            taken["bare client"].append(bare(service, count))
            seconds = uploaded(Path(folder), service)
            taken["upload"].append(seconds["upload"])
            taken["validate"].append(seconds["validate"])
    print(f"{count} essays, floor {floor:.1f} s")
    for name, times in taken.items():
        print(_row(name, times, floor))


def second_run(count: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder, fast_content() as service:
        (Path(folder) / "essays").mkdir()
        for number in range(count):
            document = word("".join(paragraph(f"Essay {number}, {part}. {WORDS}") for part in range(8)))
            (Path(folder) / "essays" / f"student-{number:05}.docx").write_bytes(document)
        uploaded(Path(folder), service)
        times = [sum(uploaded(Path(folder), service).values()) for _ in range(runs)]
        assert len(service.counts()) == sum(service.counts().values()) == count
    print(f"second run of {count} .docx, validate and upload: {statistics.median(times):.2f} s")


def _row(name: str, times: list[float], floor: float) -> str:
    best, middle = min(times), statistics.median(times)
    return f"  {name:12} median {middle:5.2f} s  {middle / floor:4.2f} x    best {best:5.2f} s  {best / floor:4.2f} x"


def main(runs: int) -> None:
    for count in COUNTS:
        first_runs(count, runs)
    second_run(2000, runs)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
