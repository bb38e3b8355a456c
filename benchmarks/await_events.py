"""How fast the events of a batch come from a real broker to the disk, and what they cost in memory.

    python -m benchmarks.await_events [BOOTSTRAP]

Without an address an Apache Kafka of its own is started (Java 17 and Maven). Every measurement is a process of its own
and runs the stage `await` as a run would. Printed beside it, of the same run of this program: the floor (parse with
orjson, append, flush to the disk every 1,000), bare polling of the same topic, and what the replaced runner was
measured at.

On two cores that also ran the broker (Python 3.11, Apache Kafka 4.1, November 2026):

    floor: orjson, append, flush per 1,000         179,926/s    0.56 s,   0.46 s of the processor,  192 MiB
    replaced runner                               13/s at N=3,200, cost growing as N^1.9
    1,000 own events of 1,437 bytes                  4,360/s    0.23 s,   0.09 s of the processor,   52 MiB
    10,000 own events of 1,437 bytes                14,529/s    0.69 s,   0.50 s of the processor,   55 MiB
    100,000 own events of 1,437 bytes               21,508/s    4.65 s,   4.14 s of the processor,   63 MiB
    100,000 foreign events, skipped                 44,921/s    2.23 s,   1.91 s of the processor,   52 MiB
    the same, polled and dropped                    46,462/s    2.15 s,   1.77 s of the processor,   51 MiB
    own events a second at 100,000      21,507.77   aim: at least 20,000   met
    exponent of the cost                     0.65   aim: at most 1.1   met
    peak memory, 100,000 over 1,000          1.22   aim: at most 1.3   met
    foreign events over bare polling         0.97   aim: at least 0.7   met

Some 17 of the 41 microseconds that an event costs go into taking records apart in the Kafka client, 10 into checking
the event, 4 into its line.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.kafka.bus import CONSUMER, KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.adapters.run.event_file import RunEventFile
from eng5_pipeline.context import RunContext
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.assignment import AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.positions import Cluster, Offsets
from eng5_pipeline.results import AnchorsVerified, Published, ResolvedAssignment, Uploaded, UploadedEssay
from eng5_pipeline.stages.await_completion import AwaitCompletion

SIZES = (1_000, 10_000, 100_000)
FOREIGN = 100_000
ROUNDS = 3
PARTITIONS = 3
FLUSH_EVERY = 1_000
REPLACED = "13/s at N=3,200, cost growing as N^1.9"
CAPTURE = Path(__file__).parents[1] / "tests/contracts/captures/events/b1-llm-comparison-result-success.value.json"
ESSAYS = [str(UUID(int=number)) for number in range(1, 4)]


@dataclass(frozen=True)
class Measured:
    """`seconds` by the wall, `cpu_seconds` of this program alone: what else the machine does is not in them."""

    events: int
    seconds: float
    cpu_seconds: float
    peak_kib: int

    @property
    def rate(self) -> float:
        return self.events / self.seconds


# --- what is on the topics --------------------------------------------------------------------------------------


def comparisons(batch: UUID, number: int) -> Iterator[bytes]:
    """Values in the captured shape, some 1.3 KB each, ids of their own."""
    template = json.dumps(json.loads(CAPTURE.read_bytes()), separators=(",", ":"))
    found = json.loads(template)
    asked = found["data"]["request_metadata"]
    template = template.replace(asked["bos_batch_id"], str(batch))
    for role, essay in (("essay_a_id", ESSAYS[0]), ("essay_b_id", ESSAYS[1])):
        template = template.replace(asked[role], essay)
    before, middle, after = _cut(template, found["event_id"], found["data"]["request_id"])
    for _ in range(number):
        yield f"{before}{uuid4()}{middle}{uuid4()}{after}".encode()


def _cut(text: str, first: str, second: str) -> tuple[str, str, str]:
    before, _, rest = text.partition(first)
    middle, _, after = rest.partition(second)
    return before, middle, after


def ends_of_batch(batch: UUID) -> dict[str, bytes]:
    ids = {"event_id": str(uuid4())}
    summary = {"successful_essay_ids": ESSAYS}
    completed = {
        "entity_id": str(batch),
        "status": "completed_successfully",
        "cj_assessment_job_id": "1",
        "processing_summary": summary,
    }
    rows = [{"essay_id": essay} for essay in ESSAYS]
    result = {"batch_id": str(batch), "cj_assessment_job_id": "1", "essay_results": rows}
    return {
        topics.COMPLETED: json.dumps({**ids, "data": completed}).encode(),
        topics.RESULT: json.dumps({"event_id": str(uuid4()), "data": result}).encode(),
    }


def feed(bootstrap: str, values: Iterator[bytes], batch: UUID) -> int:
    """The comparisons, then the end of the batch; returns their average size in bytes."""
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "enable.idempotence": True})
    number = size = 0
    for value in values:
        while True:
            try:
                producer.produce(topics.COMPARISON, value, partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        number, size = number + 1, size + len(value)
    producer.flush()
    for topic, value in ends_of_batch(batch).items():
        producer.produce(topic, value)
    producer.flush()
    return size // number


# --- one measurement, in a process of its own -------------------------------------------------------------------


class Silent:
    """A page of the journal that nobody keeps."""

    def note(self, name: str, **data: object) -> None:
        raise AssertionError(f"nothing to note is expected, not {name}: {data}")

    def last(self, name: str) -> None:
        return None

    def started_before(self) -> bool:
        return False

    def effect(self) -> None:
        return None

    def commit(self, **data: object) -> None:
        return None

    def committed(self) -> None:
        return None

    def warn(self, reference: str, what: str) -> None:
        raise AssertionError(f"{reference}: {what}")

    def progress(self, done: int, total: int | None, **facts: object) -> None:
        return None

    def safe_point(self) -> None:
        return None


def context(before: Offsets, cluster: Cluster) -> RunContext:
    ctx = RunContext()
    scale = "eng5_np_legacy_9_step"
    assignment = Assignment(
        assignment_id="role-models",
        grade_scale=scale,
        context_origin=None,
        course_id=None,
        student_prompt_storage_id=None,
    )
    anchors = AnchorSummary(assignment_id="role-models", grade_scale=scale, anchors=(), count_by_scale={})
    essays = tuple(UploadedEssay(local_id=e, essay_id=e, storage_id="0" * 32, text_sha256="0" * 64) for e in ESSAYS)
    ctx.put(ResolvedAssignment(assignment=assignment))
    ctx.put(AnchorsVerified(summary=anchors, counts=apply_comparison_limit(0, 3, None)))
    ctx.put(Uploaded(essays=essays, uploaded=3, reused=0, retries=0))
    ctx.put(Published(event_id=UUID(int=1), how="acknowledged", receipt=None, before=before, cluster=cluster))
    return ctx


def await_batch(bootstrap: str, before: Offsets, batch: UUID, own: int) -> None:
    clock, bus = SystemClock(), KafkaBus(KafkaSettings(bootstrap))
    ctx = context(before, bus.cluster(topics.RESULTS))
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder, "events.jsonl")
        file = RunEventFile(events, Path(folder, "quarantine.jsonl"), clock.now)
        stage = AwaitCompletion(bus, file, batch, clock, 3600.0, 0.0, None, True)
        watch = StopWatch()
        awaited = stage.run(ctx, Silent())
        taken = watch.taken()
        kept = sum(line.startswith(b'{"topic"') for line in events.open("rb"))
    assert awaited.comparisons == own, awaited
    assert kept == own + 2, kept
    tell(taken)


def poll_bare(bootstrap: str, before: Offsets, ends: Offsets) -> None:
    from kafka import KafkaConsumer, TopicPartition

    watch = StopWatch()
    consumer = KafkaConsumer(**CONSUMER, **KafkaSettings(bootstrap).common())
    places = {TopicPartition(t, p): at for t, partitions in before.next.items() for p, at in partitions.items()}
    consumer.assign(list(places))
    for place, at in places.items():
        consumer.seek(place, at)
    left = sum(ends.next[place.topic][place.partition] - at for place, at in places.items())
    while left > 0:
        left -= sum(map(len, consumer.poll(200).values()))
    taken = watch.taken()
    consumer.close()
    tell(taken)


class StopWatch:
    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def taken(self) -> tuple[float, float]:
        """Seconds by the wall, and of the processor."""
        return time.perf_counter() - self._begun[0], time.process_time() - self._begun[1]


def tell(taken: tuple[float, float]) -> None:
    print(json.dumps([*taken, peak_kib()]))


def peak_kib() -> int:
    """Of this program alone: what `getrusage` says can be that of the process which started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [line] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def in_child(events: int, *words: object) -> Measured:
    command = [sys.executable, "-m", "benchmarks.await_events", "--child", *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(events, *json.loads(done.stdout))


def child(kind: str, bootstrap: str, before: str, *words: str) -> None:
    start = Offsets.model_validate_json(before)
    if kind == "await":
        await_batch(bootstrap, start, UUID(words[0]), int(words[1]))
    else:
        poll_bare(bootstrap, start, Offsets.model_validate_json(words[0]))


# --- the floor --------------------------------------------------------------------------------------------------


def floor(number: int) -> Measured:
    import orjson

    values = list(comparisons(uuid4(), number))
    with tempfile.TemporaryDirectory() as folder:
        fd = os.open(Path(folder, "events.jsonl"), os.O_WRONLY | os.O_CREAT)
        watch = StopWatch()
        for start in range(0, number, FLUSH_EVERY):
            chunk = values[start : start + FLUSH_EVERY]
            for value in chunk:
                orjson.loads(value)
            os.write(fd, b"\n".join(chunk))
            os.fsync(fd)
        taken = watch.taken()
        os.close(fd)
    return Measured(number, *taken, peak_kib())


# --- all of it --------------------------------------------------------------------------------------------------


@contextmanager
def broker(named: Sequence[str]) -> Iterator[str]:
    from tests.kafka.apache import running
    from tests.kafka.platforms import apache

    with ExitStack() as stack:
        if named:
            bootstrap = named[0]
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bootstrap = stack.enter_context(running(folder)).bootstrap
        with apache(bootstrap) as platform:
            there = set(platform.admin.list_topics())
            for topic in {*topics.RESULTS} - there:
                platform.create(topic, partitions=PARTITIONS)
        yield bootstrap


def own_events(bootstrap: str, number: int) -> tuple[Measured, int]:
    bus, batch = KafkaBus(KafkaSettings(bootstrap)), uuid4()
    before = bus.ends(topics.RESULTS).model_dump_json()
    size = feed(bootstrap, comparisons(batch, number), batch)
    rounds = [in_child(number, "await", bootstrap, before, batch, number) for _ in range(ROUNDS)]
    return fastest(rounds), size


def foreign_events(bootstrap: str) -> tuple[Measured, Measured]:
    """Skipping them, and polling them bare, in turn."""
    bus, batch = KafkaBus(KafkaSettings(bootstrap)), uuid4()
    before = bus.ends(topics.RESULTS).model_dump_json()
    feed(bootstrap, comparisons(uuid4(), FOREIGN), batch)
    ends = bus.ends(topics.RESULTS).model_dump_json()
    skipped, polled = [], []
    for _ in range(ROUNDS):
        polled.append(in_child(FOREIGN, "poll", bootstrap, before, ends))
        skipped.append(in_child(FOREIGN, "await", bootstrap, before, batch, 0))
    return fastest(skipped), fastest(polled)


def fastest(rounds: Sequence[Measured]) -> Measured:
    """The fastest round, for whatever else the machine does only slows one down; but the most memory of all."""
    best = min(rounds, key=lambda each: each.seconds)
    return replace(best, peak_kib=max(each.peak_kib for each in rounds))


def main(named: Sequence[str]) -> None:
    with broker(named) as bootstrap:
        show(f"floor: orjson, append, flush per {FLUSH_EVERY:,}", fastest([floor(SIZES[-1]) for _ in range(ROUNDS)]))
        print(f"{'replaced runner':46}{REPLACED}")
        taken = []
        for number in SIZES:
            measured, size = own_events(bootstrap, number)
            show(f"{number:,} own events of {size:,} bytes", measured)
            taken.append(measured)
        skipped, polled = foreign_events(bootstrap)
        show(f"{FOREIGN:,} foreign events, skipped", skipped)
        show("the same, polled and dropped", polled)
    first, last = taken[0], taken[-1]
    exponent = math.log(last.seconds / first.seconds) / math.log(last.events / first.events)
    verdict("own events a second at 100,000", last.rate, 20_000, at_least)
    verdict("exponent of the cost", exponent, 1.1, at_most)
    verdict("peak memory, 100,000 over 1,000", last.peak_kib / first.peak_kib, 1.3, at_most)
    verdict("foreign events over bare polling", skipped.rate / polled.rate, 0.7, at_least)


def show(what: str, measured: Measured) -> None:
    print(
        f"{what:46}{measured.rate:8,.0f}/s {measured.seconds:7.2f} s, {measured.cpu_seconds:6.2f} s of the processor, "
        f"{measured.peak_kib / 1024:4.0f} MiB",
        flush=True,
    )


def at_least(value: float, aim: float) -> bool:
    return value >= aim


def at_most(value: float, aim: float) -> bool:
    return value <= aim


def verdict(what: str, value: float, aim: float, met: Callable[[float, float], bool]) -> None:
    bound = "at least" if met is at_least else "at most"
    print(f"{what:34} {value:10,.2f}   aim: {bound} {aim:,}   {'met' if met(value, aim) else 'NOT MET'}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main(sys.argv[1:])
