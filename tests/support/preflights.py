"""An embedded stack with an assignment for every refusal, sessions on it, and what they left at the services."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.cli.app import perform
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.real import RealSessions
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.contracts import topics
from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.kept.registry import ANCHORS, Anchors, NewAnchor
from eng5_pipeline.sandbox.kept.seed import load_seed, plant
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store
from eng5_pipeline.session import Outcome, Session
from eng5_pipeline.wiring.world import World, real_world
from tests.support import web
from tests.support.batch_world import essay
from tests.support.observers import Remembering
from tests.support.project import Project, Ran

LEGACY, SWEDISH, NUMERIC = "eng5_np_legacy_9_step", "swedish_8_anchor", "eng5_np_national_9_step"

READY, UNPROMPTED, BARE, ELSEWHERE = "ready", "without-prompt", "without-anchors", "anchors-elsewhere"
ONE_GRADE, CANONICAL, NUMBERS = "one-grade", "canonical", "numbers"

OPTIONS = SandboxOptions()


def _assignment(name: str, scale: str = LEGACY, grades: str = "A C+ F+", **more: str | None) -> dict[str, object]:
    anchors = [
        {"label": f"{grade}-{number}", "grade": grade, "text": essay(9 - number)}
        for number, grade in enumerate(grades.split())
    ]
    told = {"student_prompt": "Write about a role model of yours.", **more}
    return {
        "id": name,
        "instructions": "Which essay fulfils the task better?",
        "grade_scale": scale,
        "anchors": anchors,
        **{key: value for key, value in told.items() if value is not None},
    }


ASSIGNMENTS = (
    _assignment(READY),
    _assignment(UNPROMPTED, student_prompt=None),
    _assignment(BARE, grades=""),
    _assignment(ELSEWHERE, grades=""),
    _assignment(ONE_GRADE, grades="A A"),
    _assignment(CANONICAL, context_origin="canonical_national"),
    _assignment(NUMBERS, scale=NUMERIC, grades="9 5 1"),
)


@contextmanager
def standing(output: Path, options: SandboxOptions = OPTIONS) -> Iterator[Embedded]:
    """The services up, whatever their face: everything is in their store before they start."""
    seed = output / "seed.yaml"
    seed.write_text(yaml.safe_dump({"assignments": list(ASSIGNMENTS)}), encoding="utf-8")
    state = output / ".sandbox"
    state.mkdir()
    with Store.open(state / "sandbox.sqlite3") as store:
        plant(store, load_seed(seed))
        _anchors_on_another_scale(store)
    with embedded_stack(output, replace(real_world(), here=output), options) as embedded:
        yield embedded


def _anchors_on_another_scale(store: Store) -> None:
    """As they are where an assignment was given another scale by hand; CJ's own routes never do it."""
    Contents(store).put("e" * 32, Content("text/plain", essay(5).encode()))
    for grade in ("A", "B"):
        number = store.next_id(ANCHORS)
        with store.committed() as unit:
            Anchors(store).put(unit, number, NewAnchor(ELSEWHERE, grade, grade, SWEDISH, "e" * 32))


@dataclass(frozen=True)
class Footprint:
    """What was ever asked of the services that changes something: by route, and the records on the request topic."""

    writes: Mapping[str, int]
    requests: int


def footprint(stack: Embedded) -> Footprint:
    content = stack.variables["CONTENT_SERVICE_URL"].removesuffix("/v1/content")
    writes: dict[str, int] = {}
    for url in (content, stack.variables["CJ_SERVICE_URL"]):
        counts: dict[str, dict[str, int]] = web.get(f"{url}/_sandbox/requests").json()
        writes |= {route: count["received"] for route, count in counts.items() if not route.startswith("GET ")}
    bus = KafkaBus(KafkaSettings.from_environment(stack.variables["KAFKA_BOOTSTRAP_SERVERS"], stack.variables))
    ends = bus.ends([topics.REQUEST]).next[topics.REQUEST]
    return Footprint(writes, sum(ends.values()))


def lookups(stack: Embedded) -> int:
    """Requests that CJ has got in all."""
    counts: dict[str, dict[str, int]] = web.get(f"{stack.variables['CJ_SERVICE_URL']}/_sandbox/requests").json()
    return sum(count["received"] for count in counts.values())


@dataclass(frozen=True)
class Attempt:
    """How a session ended; without an outcome it was never opened."""

    error: Eng5Error | None
    outcome: Outcome | None
    session: Session | None
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        if self.outcome is not None:
            return self.outcome.exit_code
        return self.error.exit_code(effects=False) if self.error else 0


def attempt(opened: Callable[[], Session]) -> Attempt:
    """Raises what is a bug."""
    try:
        session = opened()
    except Eng5Error as error:
        return Attempt(error, None, None)
    observer = Remembering()
    with session:
        outcome = session.execute(observer, lambda: False)
    if outcome.bug is not None:
        raise outcome.bug
    return Attempt(outcome.error, outcome, session, tuple(reference for _, reference, _ in observer.warnings))


def project(folder: Path, stack: Embedded, **changes: Any) -> Project:
    return Project(folder, stack, {"assignment.id": READY, **changes})


def world_of(made: Project, **variables: str) -> World:
    """The stack's world seen from the project's folder; a variable that is empty is taken out."""
    environment = {**made.stack.world.environment, **variables}
    return replace(
        made.stack.world,
        here=made.folder,
        home=made.folder,
        environment={name: value for name, value in environment.items() if value},
    )


def command(world: World, *words: str) -> Ran:
    """The command line, in this process; `spec.yaml` is the one in the world's folder."""
    told = [str(world.here / word) if word == "spec.yaml" else word for word in words]
    out, err = io.StringIO(), io.StringIO()
    code = perform(told, Program(Stream(out), Stream(err), lambda: RealSessions(world)))
    return Ran(code, out.getvalue(), err.getvalue())
