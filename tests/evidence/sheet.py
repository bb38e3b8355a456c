"""A page of evidence while it is made: commands are given, and what they did is written down."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import yaml

from eng5_pipeline.run_folder import RunFolder, runs_in
from eng5_pipeline.sandbox.http.tokens import AUDIENCE, ISSUER
from eng5_pipeline.wiring.world import World
from tests.docs.console import Console
from tests.docs.markdown import ROOT
from tests.evidence.marks import replaced
from tests.evidence.platform import Platform
from tests.support.batch_world import ASSIGNMENT, essay

Choice = Callable[[str], bool]

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NEVER = NOW + timedelta(days=36500)
STUDENTS = (2, 5, 8)


def everything(_line: str) -> bool:
    return True


class StandingClock:
    """The time of day never moves; waits are real."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def uuids(page: int) -> Callable[[], UUID]:
    """Version 4 by form: the page's number, then 1, 2, 3."""
    numbers = count(1)
    return lambda: UUID(f"{page:08d}-0000-4000-8000-{next(numbers):012d}")


def token(secret: str, **changed: object) -> str:
    """An administrator's, for a hundred years, but for what is changed."""
    claims = {"sub": "evidence", "roles": ["admin"], "iss": ISSUER, "aud": AUDIENCE, "exp": NEVER, **changed}
    return jwt.encode(claims, secret, algorithm="HS256")


@dataclass
class Sheet:
    """`number` makes the ids of this page its own; `lines` is the page."""

    number: int
    platform: Platform
    folder: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._new_uuid = uuids(self.number)
        self._secret = self.platform.world.environment["JWT_SECRET_KEY"]
        self._token = token(self._secret)
        self.folder.mkdir()
        students = self.folder / "students"
        students.mkdir()
        for strength in STUDENTS:
            (students / f"student-{strength}.txt").write_text(essay(strength), encoding="utf-8")
        self._seen = (self.platform.requests(), self.platform.texts.received)

    def spec(self, name: str = "spec.yaml", **changes: Any) -> None:
        """A spec of the page's folder with dotted keys set."""
        spec: dict[str, Any] = {
            "spec": "eng5-pipeline/v1",
            "assignment": {"id": ASSIGNMENT},
            "essays": {"students": {"files": ["students/*.txt"]}},
            "limits": {"max_comparisons": 15, "completion_timeout": "20s", "grace": "500ms"},
        }
        for key, value in changes.items():
            *sections, last = key.split("__")
            place = spec
            for section in sections:
                place = place.setdefault(section, {})
            place[last] = value
        (self.folder / name).write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")

    def use_token(self, secret: str = "", **changed: object) -> None:
        self._token = token(secret or self._secret, **changed)

    @property
    def runs(self) -> list[RunFolder]:
        return runs_in(self.folder / "artefacts")

    def world(self, of: World) -> World:
        environment = {**of.environment, "HULEEDU_ADMIN_TOKEN": self._token}
        return replace(of, here=self.folder, environment=environment, clock=StandingClock(), new_uuid=self._new_uuid)

    def heading(self, text: str) -> None:
        self.lines += ["", f"## {text}"]

    def say(self, *lines: str) -> None:
        self.lines += ["", *lines]

    def does(
        self, line: str, code: int = 0, *, where: World | None = None, only: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Give a command; it must end with this code. `only` chooses the lines of output that are shown."""
        did = Console(self.world(where or self.platform.world)).perform(line.split()[1:])
        self.platform.name_texts_by_digest()
        if did.code != code:
            raise AssertionError(f"{line} ended with {did.code} instead of {code}:\n{did.out}")
        shown = [text.rstrip() for text in did.out.splitlines() if only(text)]
        self._block("text", [f"$ {line}", *shown, f"[exit code {did.code}]"])

    def outside(self, line: str, only: Choice = everything) -> None:
        """Give a command that is not the program's, in the folder of the project; it must end with 0."""
        name, *words = shlex.split(line)
        command = [sys.executable, "-m", name] if name == "pytest" else [name]
        did = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        if did.returncode != 0:
            raise AssertionError(f"{line} ended with {did.returncode}:\n{did.stdout}{did.stderr}")
        self._block("text", [f"$ {line}", *filter(only, did.stdout.splitlines()), "[exit code 0]"])

    def shows(self, name: str, value: object) -> None:
        """A part of a file, as JSON."""
        self.say(f"{name}:")
        self._block("json", json.dumps(value, indent=2, ensure_ascii=False).splitlines())

    def lists(self, name: str, lines: Iterator[str] | list[str]) -> None:
        self.say(f"{name}:")
        self._block("text", list(lines))

    def at_the_platform(self) -> None:
        """What reached it since the last time it was asked."""
        before, now = self._seen, (self.platform.requests(), self.platform.texts.received)
        self._seen = now
        requests, texts = now[0] - before[0], now[1] - before[1]
        self.say(f"Reached the platform meanwhile: requests on Kafka {requests}, texts at the Content Service {texts}.")

    def _block(self, kind: str, lines: list[str]) -> None:
        self.lines += ["", f"```{kind}", *(replaced(line, self.folder) for line in lines), "```"]


def artefact(run: RunFolder) -> Mapping[str, Any]:
    value: Mapping[str, Any] = json.loads(run.artefact.read_text(encoding="utf-8"))
    return value


def part(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named members, in this order."""
    return {name: value[name] for name in names}
