"""Content Service, CJ and CJ's worker in one process."""

from __future__ import annotations

import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random

from eng5_pipeline.sandbox.batch.batch_rows import BatchRows
from eng5_pipeline.sandbox.batch.batch_run import Batches
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction
from eng5_pipeline.sandbox.batch.foreign import foreign_records, throng
from eng5_pipeline.sandbox.batch.gathering import Gathering
from eng5_pipeline.sandbox.batch.kafka_ends import Publisher, Requests
from eng5_pipeline.sandbox.batch.records import Pen
from eng5_pipeline.sandbox.batch.worker import Worker, playing
from eng5_pipeline.sandbox.broker.faults import BrokerFaults
from eng5_pipeline.sandbox.channel import Channel, Closed
from eng5_pipeline.sandbox.child import Channels
from eng5_pipeline.sandbox.http.faults import FaultPlan
from eng5_pipeline.sandbox.http.front import cj_app, content_app
from eng5_pipeline.sandbox.http.server import HttpServer
from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.kept.seed import load_seed, plant
from eng5_pipeline.sandbox.kept.store import Store, utc_now
from eng5_pipeline.sandbox.messages import BrokerAnswer, BrokerCommand, Ready, ServicesPlan


def serve(channels: Channels) -> None:
    """Returns when the parent is gone or has had enough."""
    plan = channels.parent.receive(ServicesPlan)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(plan.database))
        if plan.options.seed is not None:
            plant(store, load_seed(plan.options.seed))
        _serve_http(plan, store, stack)
        stack.enter_context(_working(plan, store, channels.sibling))
        channels.parent.send(Ready())
        _wait_for_the_end(channels.parent)


def _serve_http(plan: ServicesPlan, store: Store, stack: ExitStack) -> None:
    options = plan.options
    settings = HttpSettings(face=options.face, dates=options.dates, jwt_secret=plan.jwt_secret, faults=options.http)
    faults = FaultPlan(options.http)
    stack.enter_context(HttpServer(content_app(store, settings, faults), plan.content_port))
    stack.enter_context(HttpServer(cj_app(store, settings, faults), plan.cj_port))


@contextmanager
def _working(plan: ServicesPlan, store: Store, broker: Channel) -> Iterator[None]:
    """The worker with its threads; they are daemons and end with the process if not before."""
    options, stopping = plan.options, threading.Event()
    pen = Pen(utc_now, lambda: str(uuid.uuid4()))
    rows = BatchRows.open(store)
    batches = Batches(rows, Gathering.of(store), pen, options.judge, options.batches)
    publisher = Publisher(plan.kafka_bootstrap)
    faults = BrokerFaults(options.broker.faults, BrokerLine(broker).command)
    worker = Worker(playing(batches, options), rows.first_seen, publisher.publish, faults.notice, stopping)
    _thread("requests", _take_all, Requests(plan.kafka_bootstrap), worker)
    if options.feed.foreign_per_s:
        others = foreign_records(pen, Random(options.feed.seed))
        crowd = Publisher(plan.kafka_bootstrap, "gzip")
        _thread("foreign", throng, others, options.feed.foreign_per_s, crowd.publish, stopping)
    faults.notice("start")
    try:
        yield
    finally:
        stopping.set()
        publisher.close()


def _thread(name: str, work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, name=name, daemon=True).start()


def _take_all(requests: Requests, worker: Worker) -> None:
    while True:
        request = requests.next()
        if request is not None:
            worker.take(*request)


class BrokerLine:
    """Commands to the broker; what it refuses is noted in this process's log."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def command(self, action: BrokerAction) -> None:
        with suppress(Closed):
            answer = self._channel.ask(BrokerCommand(do=action), BrokerAnswer)
            if answer.error is not None:
                sys.stderr.write(f"the broker did not carry out {action}: {answer.error}\n")


def _wait_for_the_end(parent: Channel) -> None:
    with suppress(Closed):
        parent.receive(Ready)
