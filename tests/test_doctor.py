"""A line for everything a run needs, with a remedy for what is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.doctor import Finding, examined, patient
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.engine.stage import AlwaysReady
from eng5_pipeline.spec.effective import OptionValue
from eng5_pipeline.wiring.world import World
from tests.support.cj import signed_with
from tests.support.preflights import command, footprint, project, standing, world_of
from tests.support.raw_server import says, serving, unused_port

NAMES = ["token", "cj", "content", "kafka", "extraction", "clock", "disk"]
EXTRACT: Mapping[str, OptionValue] = {"--auto-extract-eng5-db": True}
HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


@pytest.fixture
def world(stack: Embedded, tmp_path: Path) -> World:
    return world_of(project(tmp_path, stack))


def findings(world: World, options: Mapping[str, OptionValue] | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in examined(patient(None, options or {}, world))}


def changed(world: World, **variables: str) -> World:
    return replace(world, environment={**world.environment, **variables})


@dataclass(frozen=True)
class OffClock(SystemClock):
    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def test_a_stack_that_stands_has_nothing_wrong(world: World) -> None:
    ran = command(world, "doctor")
    assert ran.code == 0, ran.out
    assert [line.split()[0] for line in ran.out.splitlines()] == NAMES
    assert [line.split()[1] for line in ran.out.splitlines()] == ["ok", "ok", "ok", "ok", "not", "ok", "ok"]


def test_it_changes_nothing_and_leaves_no_folder(stack: Embedded, world: World) -> None:
    before = footprint(stack)
    command(world, "doctor", "spec.yaml")
    assert footprint(stack) == before
    assert not (world.here / "artefacts").exists()


def test_a_spec_says_what_is_asked(stack: Embedded, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}/v1/content"
    made = project(tmp_path, stack, **{"services.content": nobody, "flags.auto_extract_eng5_db": True})
    made.write_spec(**{**made.changes, "extraction.command": ["no-such-program"]})
    ran = command(world_of(made, CONTENT_SERVICE_URL=""), "doctor", "spec.yaml", "--json")
    failed = [found["name"] for found in json.loads(ran.out)["findings"] if found["state"] == "failed"]
    assert (ran.code, failed) == (3, ["content", "extraction"])


def test_an_invalid_spec_is_told_as_such(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack, **{"limits.max_comparisons": 1})
    assert command(world_of(made), "doctor", "spec.yaml").code == 2


def nowhere(_world: World) -> str:
    return f"127.0.0.1:{unused_port()}"


FAILURES: Mapping[str, tuple[str, Callable[[World], Mapping[str, str]], str, str]] = {
    "no token": ("token", lambda w: {"JWT_SECRET_KEY": ""}, "cj-token-missing", "pdm run cj-admin login"),
    "an expired token": (
        "token",
        lambda w: {"CJ_ADMIN_TOKEN": signed_with(w.environment["JWT_SECRET_KEY"], exp=1_000_000_000)},
        "cj-token-expired",
        "pdm run cj-admin token issue",
    ),
    "a token CJ does not take": (
        "cj",
        lambda w: {"CJ_ADMIN_TOKEN": signed_with("quite another secret of thirty-two bytes")},
        "cj-token-refused",
        "pdm run cj-admin token issue",
    ),
    "no CJ": ("cj", lambda w: {"CJ_SERVICE_URL": f"http://{nowhere(w)}"}, "cj-unreachable", "CJ_SERVICE_URL"),
    "another service for CJ": (
        "cj",
        lambda w: {"CJ_SERVICE_URL": w.environment["CONTENT_SERVICE_URL"].removesuffix("/v1/content")},
        "cj-wrong-service",
        "CJ_SERVICE_URL",
    ),
    "no Content Service": (
        "content",
        lambda w: {"CONTENT_SERVICE_URL": f"http://{nowhere(w)}/v1/content"},
        "content-unreachable",
        "CONTENT_SERVICE_URL",
    ),
    "no Kafka": (
        "kafka",
        lambda w: {"KAFKA_BOOTSTRAP_SERVERS": nowhere(w)},
        "kafka-refused",
        "KAFKA_BOOTSTRAP_SERVERS",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_fails_is_told_with_its_remedy(world: World, case: str) -> None:
    name, variables, reference, remedy = FAILURES[case]
    found = findings(changed(world, **variables(world)))
    assert (found[name].state, found[name].told.partition(":")[0]) == ("failed", reference)
    assert remedy in found[name].hint
    fine = {finding.name for finding in found.values() if finding.state != "failed"}
    assert {"content", "kafka", "disk"} - {name} <= fine


def test_a_failure_ends_with_three_and_its_line_holds_the_remedy(world: World) -> None:
    ran = command(changed(world, KAFKA_BOOTSTRAP_SERVERS=nowhere(world)), "doctor")
    (line,) = [line for line in ran.out.splitlines() if line.startswith("kafka")]
    assert ran.code == 3
    assert line.startswith("kafka       failed     kafka-refused: nothing listens at 127.0.0.1:")
    assert " · hint: start the broker" in line


def test_the_extraction_command_is_asked_for_where_it_is_wanted(world: World) -> None:
    assert findings(world)["extraction"].state == "not asked"
    assert findings(world, EXTRACT)["extraction"].state in ("ok", "failed")


@pytest.mark.parametrize(("minutes", "side"), [(5, "ahead of"), (-5, "behind")])
def test_a_clock_that_is_off_is_told(stack: Embedded, world: World, minutes: int, side: str) -> None:
    token = signed_with(stack.variables["JWT_SECRET_KEY"])
    off = replace(changed(world, CJ_ADMIN_TOKEN=token), clock=OffClock(timedelta(minutes=minutes)))
    clock = findings(off)["clock"]
    found = re.match(rf"clock-off: this machine's clock is (\d+) s {side} that of ", clock.told)
    assert found is not None
    assert abs(int(found[1]) - abs(minutes) * 60) <= 2
    assert (clock.state, "timedatectl" in clock.hint) == ("failed", True)


def test_half_a_minute_is_no_trouble(world: World) -> None:
    assert findings(replace(world, clock=OffClock(timedelta(seconds=30))))["clock"].state == "ok"


def test_services_that_tell_no_time_are_not_asked_for_it(world: World) -> None:
    with serving(says(HEALTHY)) as url:
        root = url.removesuffix("/v1/content")
        clock = findings(changed(world, CONTENT_SERVICE_URL=url, CJ_SERVICE_URL=root))["clock"]
    assert clock == Finding("clock", "not asked", "no service told its time")


def test_a_token_that_ends_soon_is_warned_of(stack: Embedded, world: World) -> None:
    token = signed_with(stack.variables["JWT_SECRET_KEY"], exp=datetime.now(UTC) + timedelta(minutes=10))
    found = findings(changed(world, CJ_ADMIN_TOKEN=token))["token"]
    assert (found.state, "warning: the token for CJ (CJ_ADMIN_TOKEN) expires at" in found.told) == ("ok", True)
    assert token not in found.told


def test_an_output_folder_that_cannot_be_is_told(world: World) -> None:
    (world.here / "artefacts").write_text("a file", encoding="utf-8")
    disk = findings(world)["disk"]
    assert (disk.state, "output-not-writable" in disk.told, "--output-dir" in disk.hint) == ("failed", True, True)


def test_every_ready_check_of_a_run_has_a_line(world: World) -> None:
    """What the publish asks for, the wait needs as well."""
    wiring = patient(None, EXTRACT, world)
    with wiring.attempt.closing:
        own = [stage.name for stage in wiring.pipeline("run").stages if not isinstance(stage, AlwaysReady)]
    assert own == ["upload", "publish", "await", "extract"]


def test_it_tries_a_stack_of_its_own(tmp_path: Path, world: World) -> None:
    ran = command(replace(world, here=tmp_path), "doctor", "--sandbox")
    assert ran.code == 0, ran.out
