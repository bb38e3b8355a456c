"""The embedded broker in a process of its own: a mock cluster and the commands it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import assert_never

from eng5_pipeline.sandbox.batch.feed_settings import Api, BrokerAction, Cut, Down, Errors, RoundTrip, Trim
from eng5_pipeline.sandbox.broker.mock_cluster import MockCluster, NoCluster
from eng5_pipeline.sandbox.channel import Channel, Closed
from eng5_pipeline.sandbox.child import Channels
from eng5_pipeline.sandbox.messages import BrokerAnswer, BrokerCommand, BrokerPlan, Ready

API_KEYS: dict[Api, int] = {"produce": 0, "fetch": 1, "list_offsets": 2, "metadata": 3}


class Broker:
    """Carries out commands from several threads, one at a time."""

    def __init__(self, cluster: MockCluster) -> None:
        self._cluster = cluster
        self._lock = threading.Lock()
        self._downs = 0

    def carry_out(self, action: BrokerAction) -> None:
        """Raises NoCluster where librdkafka refuses, OSError where the port was taken meanwhile."""
        with self._lock:
            match action:
                case Down():
                    self._go_down(action.seconds)
                case Cut():
                    self._cut(action)
                case Errors():
                    self._cluster.fail_requests(API_KEYS[action.api], action.codes)
                case RoundTrip():
                    self._cluster.round_trip(action.ms)
                case Trim():
                    self._cluster.trim(action.topic, action.partition, action.before_offset)
                case _:
                    assert_never(action)

    def _go_down(self, seconds: float) -> None:
        self._downs += 1
        self._cluster.go_down()
        _after(seconds, self._end_of_down)

    def _cut(self, action: Cut) -> None:
        self._cluster.go_down()
        self._come_up_unless_down()
        if action.times > 1:
            _after(action.every_s, self.carry_out, action.model_copy(update={"times": action.times - 1}))

    def _end_of_down(self) -> None:
        with self._lock:
            self._downs -= 1
            self._come_up_unless_down()

    def _come_up_unless_down(self) -> None:
        if not self._downs:
            self._cluster.come_up()


def _after(seconds: float, do: Callable[..., None], *arguments: object) -> None:
    timer = threading.Timer(seconds, do, arguments)
    timer.daemon = True
    timer.start()


def serve(channels: Channels) -> None:
    """Returns when the parent is gone."""
    plan = channels.parent.receive(BrokerPlan)
    cluster = MockCluster(plan.port)
    for topic in plan.topics:
        cluster.create_topic(topic, plan.partitions)
    cluster.round_trip(plan.rtt_ms)
    broker = Broker(cluster)
    threading.Thread(target=_obey, args=(broker, channels.sibling), daemon=True).start()
    channels.parent.send(Ready())
    _obey(broker, channels.parent)


def _obey(broker: Broker, channel: Channel) -> None:
    """Takes commands until the other end is gone."""
    try:
        while True:
            channel.send(_answer(broker, channel.receive(BrokerCommand)))
    except Closed:
        return


def _answer(broker: Broker, command: BrokerCommand) -> BrokerAnswer:
    try:
        broker.carry_out(command.do)
    except (NoCluster, OSError) as error:
        return BrokerAnswer(error=str(error))
    return BrokerAnswer()
