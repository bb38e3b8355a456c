"""Starting and ending an embedded stack, and who outlives whom."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from eng5_pipeline import sandbox
from eng5_pipeline.contracts.topics import REQUEST
from eng5_pipeline.sandbox.batch.feed_settings import Cut
from eng5_pipeline.sandbox.messages import PARTITIONS, TOPICS
from eng5_pipeline.sandbox.state import REAL_PORTS, held, settle
from tests.support import web
from tests.support.http_stack import admin_claims, bearer
from tests.support.kafka_talk import consumer

PATIENCE_S = 10.0
A_TOKEN = "a token of the platform"
ROOT = Path(__file__).parents[2]
HOLDER = """
import signal, sys, time
from pathlib import Path
from eng5_pipeline import sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
stack = sandbox.start(Path(sys.argv[1]))
print("up", flush=True)
time.sleep(600)
"""


def _processes_of(folder: Path) -> list[int]:
    """Child processes that write their complaints into this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "fd/2").readlink().parent == folder:
                found.append(int(process.name))
        except OSError:
            continue
    return found


@contextmanager
def _watched(processes: list[int]) -> Iterator[Callable[[], bool]]:
    """A question that waits for the end of these processes: whether they have all ended."""
    with ExitStack() as stack:
        descriptors = [os.pidfd_open(process) for process in processes]
        for descriptor in descriptors:
            stack.callback(os.close, descriptor)
        yield lambda: all(select.select([d], [], [], PATIENCE_S)[0] for d in descriptors)


def _refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Stack]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HULEEDU_SERVICE_ACCOUNT_TOKEN", A_TOKEN)
        running = sandbox.start(tmp_path_factory.mktemp("stack"))
    with running:
        yield running


def _folder(stack: sandbox.Stack) -> Path:
    return Path(stack.addresses.database_url.removeprefix("sqlite:///")).parent


def _ports(addresses: sandbox.Addresses) -> list[int]:
    return [httpx.URL(url).port or 0 for url in (addresses.content_url, addresses.cj_url)] + [
        int(addresses.kafka_bootstrap.rpartition(":")[2])
    ]


def test_a_started_stack_answers_everywhere(stack: sandbox.Stack) -> None:
    addresses = stack.addresses
    assert web.post(addresses.content_url, content=b"An essay.").status_code == 201
    assert web.get(f"{addresses.cj_url}/healthz").status_code == 200
    with consumer(addresses.kafka_bootstrap) as reader:
        assert reader.topics() == set(TOPICS)
        assert len(reader.partitions_for_topic(REQUEST)) == PARTITIONS


def test_no_token_of_the_platform_comes_to_its_processes(stack: sandbox.Stack) -> None:
    environments = [Path(f"/proc/{process}/environ").read_bytes() for process in _processes_of(_folder(stack))]
    assert len(environments) == 2
    assert not any(A_TOKEN.encode() in environment for environment in environments)


def test_a_stack_never_takes_the_real_services_ports(stack: sandbox.Stack) -> None:
    assert not REAL_PORTS & set(_ports(stack.addresses))


def test_a_folder_is_one_process_s_at_a_time(stack: sandbox.Stack) -> None:
    with pytest.raises(sandbox.Held) as held:
        sandbox.start(_folder(stack))
    assert held.value.pid == os.getpid()


def test_a_second_start_keeps_what_was_stored_and_says_which_port_it_could_not_keep(tmp_path: Path) -> None:
    with sandbox.start(tmp_path) as first:
        stored = web.post(first.addresses.content_url, content=b"An essay.").json()["storage_id"]
        content, *others = _ports(first.addresses)
    with socket.create_server(("127.0.0.1", content)), sandbox.start(tmp_path) as second:
        new, *kept = _ports(second.addresses)
        assert second.addresses.notes == (f"port {content} was taken: Content Service now on {new}",)
        assert kept == others
        assert second.addresses.jwt_secret == first.addresses.jwt_secret
        assert web.get(f"{second.addresses.content_url}/{stored}").content == b"An essay."


def test_the_key_of_the_tokens_is_for_its_owner_alone(stack: sandbox.Stack) -> None:
    assert (_folder(stack) / "state.json").stat().st_mode & 0o077 == 0


def test_stopping_ends_the_children_and_frees_the_folder(tmp_path: Path) -> None:
    stack = sandbox.start(tmp_path)
    assert stack.alive()
    assert len(_processes_of(tmp_path)) == 2
    stack.stop()
    assert not stack.alive()
    assert _processes_of(tmp_path) == []
    assert all(_refused(port) for port in _ports(stack.addresses))
    with held(tmp_path):
        assert settle(tmp_path)[1] == ()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a stack on tmp_path."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_its_parent(holder: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    children = _processes_of(tmp_path)
    assert len(children) == 2
    with _watched(children) as have_ended:
        holder.send_signal(number)
        assert have_ended()
    with held(tmp_path):
        assert settle(tmp_path)[1] == ()


def test_an_interrupt_at_the_keyboard_is_the_parent_s_to_decide_about(stack: sandbox.Stack) -> None:
    children = _processes_of(_folder(stack))
    assert [os.getpgid(child) == os.getpgid(0) for child in children] == [False, False]
    for child in children:
        os.kill(child, signal.SIGINT)
    assert web.get(f"{stack.addresses.cj_url}/healthz").status_code == 200
    stack.command_broker(Cut())
    assert stack.alive()


def test_a_dead_child_is_noticed(tmp_path: Path) -> None:
    with sandbox.start(tmp_path) as stack, _watched(_processes_of(tmp_path)[:1]) as has_ended:
        os.kill(_processes_of(tmp_path)[0], signal.SIGKILL)
        assert has_ended()
        assert not stack.alive()


def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite3").write_bytes(b"This is no database, and long enough to be seen as none." * 100)
    with pytest.raises(sandbox.StartFailed) as failed:
        sandbox.start(tmp_path)
    assert failed.value.role == "services"
    assert "file is not a database" in failed.value.last_lines[-1]
    assert _processes_of(tmp_path) == []


def test_a_seed_file_puts_assignments_in_place(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    anchor = {"label": "A1", "grade": "A", "text": "An anchor essay, long enough to be one. " * 5}
    entry = {"id": "seeded", "instructions": "Compare the essays.", "grade_scale": "swedish_8_anchor"}
    seed.write_text(json.dumps({"assignments": [{**entry, "anchors": [anchor]}]}))
    with sandbox.start(tmp_path / "state", sandbox.SandboxOptions(seed=seed)) as stack:
        url = f"{stack.addresses.cj_url}/admin/v1/anchors/assignment/seeded"
        answer = web.get(url, headers=bearer(admin_claims(), stack.addresses.jwt_secret))
        assert answer.json()["anchor_count"] == 1


def test_a_mistaken_seed_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("assignments: [{id: seeded}]")
    with pytest.raises(sandbox.SandboxFileInvalid, match=r"seed\.yaml"):
        sandbox.start(tmp_path / "state", sandbox.SandboxOptions(seed=seed))
    assert not (tmp_path / "state").exists()


def test_without_the_extra_the_modules_that_are_missing_are_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None; sys.modules['confluent_kafka'] = None\n"
        "from eng5_pipeline import sandbox; from pathlib import Path\n"
        "try: sandbox.start(Path(sys.argv[1]))\n"
        "except sandbox.NotInstalled as error: print(*error.missing)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "unused")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["confluent_kafka", "uvicorn"]
    assert not (tmp_path / "unused").exists()
