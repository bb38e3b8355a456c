"""A plan against a CJ that hangs, breaks off, or is not itself: an error with its cause, exit code 3, nothing left."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.embedded import Embedded
from tests.support import web
from tests.support.misbehaving import IMPATIENT
from tests.support.preflights import command, project, standing, world_of
from tests.support.project import Ran
from tests.support.raw_server import says, serving

EVERYWHERE, ADMIN = "*", "/admin/*"
TEN_MEGABYTES = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n" + b"[" + b" " * 9_999_999
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


def plan(folder: Path, stack: Embedded, **variables: str) -> Ran:
    made = project(folder, stack)
    ran = command(replace(world_of(made, **variables), patience=IMPATIENT), "plan", "spec.yaml", "-q")
    assert not (made.folder / "artefacts").exists()
    return ran


def assert_told(ran: Ran, reference: str) -> None:
    error, *rest = ran.err.splitlines()
    assert (ran.code, error.partition(":")[0]) == (3, f"error[{reference}]")
    assert [line.partition(":")[0] for line in rest] == ["  stage", "  hint"]
    assert "stage: resolve_assignment · nothing was uploaded or published" in rest[0]


MISBEHAVIOUR: Mapping[str, tuple[str, Mapping[str, object], str]] = {
    "hangs": (EVERYWHERE, {"kind": "hang"}, "cj-timeout"),
    "hangs on every lookup": (ADMIN, {"kind": "hang"}, "cj-timeout"),
    "drips": (EVERYWHERE, {"kind": "drip", "seconds": 0.2}, "cj-timeout"),
    "resets": (EVERYWHERE, {"kind": "reset"}, "cj-unreachable"),
    "resets every lookup": (ADMIN, {"kind": "reset"}, "cj-broken"),
    "sends half a body": (EVERYWHERE, {"kind": "half-body"}, "cj-unreachable"),
    "sends half a body to every lookup": (ADMIN, {"kind": "half-body"}, "cj-broken"),
    "does not speak HTTP": (EVERYWHERE, {"kind": "not-http"}, "cj-unreachable"),
    "sends garbage": (EVERYWHERE, {"kind": "garbage"}, "cj-wrong-service"),
    "sends garbage to every lookup": (ADMIN, {"kind": "garbage"}, "cj-broken"),
    "sends a page": (EVERYWHERE, {"kind": "html"}, "cj-wrong-service"),
    "sends elsewhere": (EVERYWHERE, {"kind": "redirect"}, "cj-wrong-service"),
    "is busy": (EVERYWHERE, {"kind": "status", "status": 503}, "cj-broken"),
    "fails every lookup": (ADMIN, {"kind": "status", "status": 500}, "cj-broken"),
}


@pytest.mark.parametrize("case", MISBEHAVIOUR)
def test_a_plan_ends_with_the_cause(stack: Embedded, tmp_path: Path, case: str) -> None:
    path, do, reference = MISBEHAVIOUR[case]
    rules = {"faults": [{"service": "cj", "path": path, "do": do}]}
    web.put(f"{stack.variables['CJ_SERVICE_URL']}/_sandbox/faults", json=rules).raise_for_status()
    assert_told(plan(tmp_path, stack), reference)


def sends_ten_megabytes(connection: socket.socket) -> None:
    with suppress(ConnectionError):  # it is left in the middle
        says(TEN_MEGABYTES)(connection)


def test_ten_megabytes_are_not_read(stack: Embedded, tmp_path: Path) -> None:
    with serving(sends_ten_megabytes) as url:
        assert_told(plan(tmp_path, stack, CJ_SERVICE_URL=url.removesuffix("/v1/content")), "cj-wrong-service")
