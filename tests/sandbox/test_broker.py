"""The embedded broker, asked through kafka-python with the pipeline's settings."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import OffsetOutOfRangeError, TopicAuthorizationFailedError

from eng5_pipeline import sandbox
from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, RESULT
from eng5_pipeline.sandbox.batch.feed_settings import Cut, Down, Errors, RoundTrip, Trim
from tests.support.kafka_talk import Listener, consumer, on, send

pytestmark = pytest.mark.slow

TOPIC_AUTHORIZATION_FAILED = 29
NOT_LEADER = 6


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Stack]:
    with sandbox.start(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def bootstrap(stack: sandbox.Stack) -> str:
    return stack.addresses.kafka_bootstrap


def _port(bootstrap: str) -> int:
    return int(bootstrap.rpartition(":")[2])


def _poll_ten_seconds(reader: Any) -> None:
    for _ in range(50):
        reader.poll(200)


def test_what_one_program_sends_several_others_read(bootstrap: str) -> None:
    sent = send(bootstrap, COMPLETED, "batch", b"done")
    with consumer(bootstrap) as one, consumer(bootstrap) as other:
        for reader in (one, other):
            (heard,) = Listener(reader, [COMPLETED]).until(on(COMPLETED))
            assert (heard.partition, heard.offset) == (sent.partition, sent.offset)
            assert (heard.key, heard.value) == ("batch", b"done")


def test_the_cluster_has_an_id_and_offsets_grow(bootstrap: str) -> None:
    partition = TopicPartition(FAILED, send(bootstrap, FAILED, "batch", b"one").partition)
    with consumer(bootstrap) as reader:
        before = reader.end_offsets([partition])[partition]
        send(bootstrap, FAILED, "batch", b"two")
        assert reader.end_offsets([partition])[partition] == before + 1
        assert reader.beginning_offsets([partition])[partition] == 0
        assert reader._client.cluster.cluster_id


def test_a_broker_that_is_down_refuses_and_comes_back_on_the_same_port(stack: sandbox.Stack, bootstrap: str) -> None:
    stack.command_broker(Down(seconds=0.3))
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", _port(bootstrap))) != 0
    assert send(bootstrap, COMPARISON, None, b"after the pause").topic == COMPARISON


def test_a_reader_survives_its_connection_being_cut(stack: sandbox.Stack, bootstrap: str) -> None:
    with consumer(bootstrap) as reader:
        listener = Listener(reader, [RESULT])
        send(bootstrap, RESULT, "1", b"before")
        listener.until(on(RESULT))
        stack.command_broker(Cut())
        send(bootstrap, RESULT, "1", b"after")
        assert [heard.value for heard in listener.until(on(RESULT, 2))] == [b"before", b"after"]


def test_however_often_its_connections_are_cut_it_accepts_new_ones(stack: sandbox.Stack, bootstrap: str) -> None:
    for _ in range(40):
        stack.command_broker(Cut())
    assert send(bootstrap, COMPARISON, None, b"after all").topic == COMPARISON


def test_errors_are_called_off(stack: sandbox.Stack, bootstrap: str) -> None:
    stack.command_broker(Errors(api="produce", codes=(TOPIC_AUTHORIZATION_FAILED,) * 3))
    stack.command_broker(Errors(api="produce", codes=()))
    assert send(bootstrap, COMPARISON, None, b"accepted").topic == COMPARISON


def test_a_final_error_reaches_the_sender_and_a_passing_one_does_not(stack: sandbox.Stack, bootstrap: str) -> None:
    stack.command_broker(Errors(api="produce", codes=(TOPIC_AUTHORIZATION_FAILED,)))
    with pytest.raises(TopicAuthorizationFailedError):
        send(bootstrap, COMPARISON, None, b"refused")
    stack.command_broker(Errors(api="produce", codes=(NOT_LEADER,)))
    assert send(bootstrap, COMPARISON, None, b"accepted").topic == COMPARISON


def test_a_round_trip_takes_as_long_as_it_is_told_to(stack: sandbox.Stack, bootstrap: str) -> None:
    with consumer(bootstrap) as reader:
        partition = TopicPartition(COMPARISON, 0)
        reader.end_offsets([partition])
        stack.command_broker(RoundTrip(ms=200))
        begun = time.monotonic()
        reader.end_offsets([partition])
        stack.command_broker(RoundTrip(ms=0))
        assert time.monotonic() - begun > 0.19


def test_deleted_records_are_out_of_range(stack: sandbox.Stack, bootstrap: str) -> None:
    partition = send(bootstrap, COMPLETED, "trimmed", b"one").partition
    last = send(bootstrap, COMPLETED, "trimmed", b"two").offset
    stack.command_broker(Trim(topic=COMPLETED, partition=partition, before_offset=last))
    assigned = TopicPartition(COMPLETED, partition)
    with consumer(bootstrap) as reader:
        assert reader.beginning_offsets([assigned])[assigned] == last
        reader.assign([assigned])
        reader.seek(assigned, 0)
        with pytest.raises(OffsetOutOfRangeError):
            _poll_ten_seconds(reader)


def test_a_command_that_cannot_be_carried_out_is_refused(stack: sandbox.Stack) -> None:
    with pytest.raises(ValueError, match="partition_delete_records"):
        stack.command_broker(Trim(topic="no such topic", before_offset=1))
