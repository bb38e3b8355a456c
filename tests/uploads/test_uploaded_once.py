"""500 essays, the real cache and a service that counts: nothing acknowledged is lost, nothing is sent twice."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.errors import Interrupted, ServiceFailed
from eng5_pipeline.stages.upload import STANDING_BY
from tests.support.fast_content import FastContent, fast_content
from tests.support.uploading import AT_ONCE, Uploading, start, write_essays

pytestmark = pytest.mark.slow

COUNT = 500
EVERYDAY_KILLS = (7, 163, 481)
SOAK_KILLS = 30
UNSETTLED = AT_ONCE + STANDING_BY
"""The most that a killed process can have sent without having kept it."""
SLACK = 3  # a thread that the machine holds up is overtaken by the others of its process


@pytest.fixture
def service() -> Iterator[FastContent]:
    with fast_content(milliseconds=4) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_essays(tmp_path, COUNT)
    return tmp_path


def kept(folder: Path, service: FastContent) -> set[str]:
    """Digests of what the cache vouches for."""
    return set(Uploading(folder, service.url).cache.entries())


def overtaken(folder: Path) -> list[int]:
    """Of each text that two runs sent: lines that the later one wrote between the earlier one's line and its own."""
    lines = (folder / "artefacts" / "content_upload_cache.jsonl").read_bytes().splitlines()
    sent = [(entry["sha256"], entry["batch_uuid"]) for entry in map(json.loads, lines)]
    first: dict[str, int] = {}
    found = []
    for at, (text, run) in enumerate(sent):
        if (before := first.setdefault(text, at)) != at:
            found.append(sum(other == run for _, other in sent[before:at]))
    return found


def sent_twice(service: FastContent) -> int:
    return sum(times - 1 for times in service.counts().values())


def test_a_first_run_sends_all_and_a_second_one_nothing(folder: Path, service: FastContent) -> None:
    first = Uploading(folder, service.url).go()
    second = Uploading(folder, service.url).go()
    assert (first.uploaded, first.reused, second.uploaded, second.reused) == (COUNT, 0, 0, COUNT)
    assert service.counts() == dict.fromkeys(kept(folder, service), 1)
    assert service.most_at_once() <= AT_ONCE


def test_as_many_are_under_way_at_a_time_as_allowed(tmp_path: Path) -> None:
    write_essays(tmp_path, 3 * AT_ONCE)
    with fast_content(milliseconds=4, gathered=AT_ONCE) as service:  # fewer get no answer, and are tried again
        done = Uploading(tmp_path, service.url).go()
        assert (done.uploaded, done.retries, service.most_at_once()) == (3 * AT_ONCE, 0, AT_ONCE)


def test_forced_all_are_sent_and_their_entries_replaced(folder: Path, service: FastContent) -> None:
    first = Uploading(folder, service.url).go()
    mine = uuid4()
    forced = Uploading(folder, service.url, mine, lambda entry: entry.batch_uuid == mine).go()
    after = Uploading(folder, service.url).go()
    assert (first.uploaded, forced.uploaded, after.uploaded) == (COUNT, COUNT, 0)
    assert [essay.storage_id for essay in after.essays] == [essay.storage_id for essay in forced.essays]


def test_after_a_failure_at_the_301st_upload_200_are_left(folder: Path, service: FastContent) -> None:
    service.fail_from(301)
    with pytest.raises(ServiceFailed, match="answered 400"):
        Uploading(folder, service.url).go()
    service.heal()
    again = Uploading(folder, service.url).go()
    assert (again.uploaded, again.reused, sent_twice(service)) == (200, 300, 0)


def test_after_a_stop_only_what_is_missing_is_sent(folder: Path, service: FastContent) -> None:
    with pytest.raises(Interrupted):
        Uploading(folder, service.url).go(stop=lambda: len(kept(folder, service)) >= 100)
    before = len(kept(folder, service))
    again = Uploading(folder, service.url).go()
    assert (again.uploaded, again.reused, sent_twice(service)) == (COUNT - before, before, 0)


def killed_at(folder: Path, service: FastContent, uploads: int, batch: UUID) -> None:
    """A process that is killed when the service has acknowledged so many uploads; those under way are stored."""
    with start(folder, service.url, batch) as process:
        while sum(service.counts().values()) < uploads and process.poll() is None:
            time.sleep(0.001)
        process.kill()
    service.at_once()  # by the next look it has taken whatever had been sent by now
    while service.at_once():
        time.sleep(0.001)


def assert_goes_on(folder: Path, service: FastContent) -> None:
    """Every line of the cache is used, and no text was sent twice but those that were under way."""
    lines, sent = kept(folder, service), sum(service.counts().values())
    again = Uploading(folder, service.url, uuid4()).go()
    assert (again.uploaded, again.reused) == (COUNT - len(lines), len(lines))
    assert sent_twice(service) == sent - len(lines) <= UNSETTLED
    assert kept(folder, service) == set(service.counts())


@pytest.mark.parametrize("uploads", EVERYDAY_KILLS)
def test_killed_it_uploads_only_what_is_missing(folder: Path, service: FastContent, uploads: int) -> None:
    killed_at(folder, service, uploads, uuid4())
    assert_goes_on(folder, service)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SOAK_KILLS))
def test_killed_at_any_moment_it_uploads_only_what_is_missing(folder: Path, service: FastContent, seed: int) -> None:
    killed_at(folder, service, random.Random(seed).randrange(1, COUNT), uuid4())
    assert_goes_on(folder, service)


def test_two_runs_at_once_lose_no_line_and_share_the_work(folder: Path, service: FastContent) -> None:
    runs = [start(folder, service.url, UUID(int=number)) for number in (1, 2)]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert len(kept(folder, service)) == len(service.counts()) == COUNT
    assert sent_twice(service) == len(overtaken(folder))
    assert max(overtaken(folder), default=0) <= SLACK * UNSETTLED  # each was on its way in both at the same time
    lines = (folder / "artefacts" / "content_upload_cache.jsonl").read_bytes().splitlines()
    assert len(lines) == sum(service.counts().values())


def test_no_file_that_is_kept_holds_a_word_of_an_essay(folder: Path, service: FastContent) -> None:
    Uploading(folder, service.url).go()
    written = [path for path in (folder / "artefacts").iterdir() if path.is_file()]
    assert {path.name for path in written} >= {"content_upload_cache.jsonl", "extracted_texts.jsonl"}
    assert not any(b"Essay 7. word" in path.read_bytes() for path in written)
    assert text_sha256(f"Essay 7. {'word ' * 50}") in kept(folder, service)
