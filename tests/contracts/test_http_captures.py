"""One body of cases, the captured exchanges, held against whatever claims to be the services.

`Recorded` answers from the captures themselves, which shows that the comparison is sound; `Embedded` sends
every request over HTTP to the embedded stack, in the order of the captures, with its own ids put in place;
`Client` is the other end: the client's adapters are answered as captured, and what they make of it is compared.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest

from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.kept.registry import (
    ANCHORS,
    INSTRUCTIONS,
    Anchors,
    Instructions,
    NewAnchor,
    NewInstruction,
)
from tests.support import web
from tests.support.client_captures import ERRORS, WITHOUT_A_CALL, client
from tests.support.http_captures import Answer, Exchange, Ids, Target, disagreements, read_set
from tests.support.http_stack import SECRET, HttpStack, admin_claims, bearer, http_stack

FACES = ("as-is", "repaired")
NAMES = [exchange.name for exchange in read_set("as-is")]

# Places of a body that are not compared beyond their type, each with the reason.
TRACE = {"error.stack_trace": "the captures have it cut out"}
EXCEPTED: Mapping[tuple[str, str], Mapping[str, str]] = {
    **{
        (face, name): TRACE
        for face in FACES
        for name in (
            "content-post-empty-body",
            "content-get-ok-uppercase-id",
            "content-get-missing",
            "content-get-malformed-id",
            "content-get-dashed-uuid",
        )
    },
    ("repaired", "cj-prompt-get-none-configured"): {
        "error.details.error_text": "500 characters of an error of the content service, stack trace included"
    },
}

# Request bodies that the captures describe or cannot show as text.
BODIES = {
    "content-post-17MiB": b"a" * (17 * 1024 * 1024),
    "content-post-binary": b"\xff\xfe\x00A",
}


# What was changed in CJ's database between two captured exchanges, for CJ does not keep what it is told.


@dataclass(frozen=True)
class Prepared:
    stack: HttpStack
    exchanges: Mapping[str, Exchange]
    ids: Ids

    def before(self, face: str, name: str) -> None:
        {
            ("as-is", "cj-instr-get-ok-no-student-prompt"): self._first_assignment,
            ("as-is", "cj-rubric-get-ok"): self._rubric,
            ("as-is", "cj-anchors-summary-ok"): self._three_anchors,
            ("repaired", "cj-instr-create"): self._fifteen_older_assignments,
            ("repaired", "cj-anchors-summary-ok"): self._anchor_on_another_scale,
            ("as-is", "cj-instr-get-ok-with-student-prompt"): self._second_assignment,
            ("repaired", "cj-instr-get-ok-with-student-prompt"): self._second_assignment,
        }.get((face, name), lambda: None)()

    def _assignment_of(self, name: str) -> str:
        return self.exchanges[name].path.rsplit("/", 1)[1]

    def _first_text(self) -> str:
        captured = self.exchanges["content-post-ok"].answer.json
        assert isinstance(captured, dict)
        return self.ids.ours[captured["storage_id"]]

    def _add(self, assignment_id: str, prompt: str | None = None) -> None:
        store = self.stack.store
        new = NewInstruction(
            assignment_id=assignment_id,
            course_id=None,
            instructions_text="Compare the essays on overall quality of argument.",
            grade_scale="eng5_np_legacy_9_step",
            context_origin="research_experiment",
            student_prompt_storage_id=prompt,
        )
        new_id = store.next_id(INSTRUCTIONS)
        with store.committed() as unit:
            Instructions(store).add(unit, new_id, new)

    def _anchor(self, label: str, scale: str) -> None:
        store = self.stack.store
        assignment = self._assignment_of("cj-anchors-summary-ok")
        new_id = store.next_id(ANCHORS)
        with store.committed() as unit:
            Anchors(store).put(unit, new_id, NewAnchor(assignment, label, label[0], scale, self._first_text()))

    def _first_assignment(self) -> None:
        self._add(self._assignment_of("cj-instr-get-ok-no-student-prompt"))

    def _second_assignment(self) -> None:
        self._add(self._assignment_of("cj-instr-get-ok-with-student-prompt"), self._first_text())

    def _fifteen_older_assignments(self) -> None:
        for n in range(15):
            self._add(f"older-{n}")

    def _rubric(self) -> None:
        store = self.stack.store
        with store.committed() as unit:
            Instructions(store).name_rubric(unit, self._assignment_of("cj-rubric-get-ok"), self._first_text())

    def _three_anchors(self) -> None:
        for label, scale in (
            ("A1", "eng5_np_legacy_9_step"),
            ("B1", "eng5_np_legacy_9_step"),
            ("B1", "swedish_8_anchor"),
        ):
            self._anchor(label, scale)

    def _anchor_on_another_scale(self) -> None:
        self._anchor("B1", "swedish_8_anchor")


@dataclass(frozen=True)
class Recorded:
    def ask(self, exchange: Exchange, ids: Ids) -> Answer:
        return exchange.answer


@dataclass(frozen=True)
class Embedded:
    face: str
    stack: HttpStack
    exchanges: Mapping[str, Exchange]
    client: httpx.Client

    def ask(self, exchange: Exchange, ids: Ids) -> Answer:
        Prepared(self.stack, self.exchanges, ids).before(self.face, exchange.name)
        server = self.stack.content if exchange.service == "content_service" else self.stack.cj
        answered = self.client.request(
            exchange.method,
            server.url + ids.translate(exchange.path),
            headers=_headers(exchange),
            content=BODIES.get(exchange.name, ids.translate(exchange.body).encode()),
        )
        return Answer(answered.status_code, dict(answered.headers), answered.content.decode())


def _headers(exchange: Exchange) -> dict[str, str]:
    sent = dict(exchange.headers)
    if sent.get("Authorization") == "Bearer <jwt>":
        sent |= bearer(_claims(exchange.name))
    return sent


def _claims(name: str) -> dict[str, object]:
    claims = admin_claims()
    if name == "cj-instr-get-no-roles":
        del claims["roles"]
    changed: Mapping[str, dict[str, object]] = {
        "cj-instr-get-wrong-role": {"roles": ["teacher"]},
        "cj-instr-get-expired-token": {"exp": int(time.time()) - 60},
        "cj-instr-get-wrong-audience": {"aud": "another-platform"},
    }
    return claims | changed.get(name, {})


@contextmanager
def embedded(face: str, folder: Path) -> Iterator[Target]:
    settings = HttpSettings.model_validate({"face": face, "jwt_secret": SECRET})
    exchanges = {exchange.name: exchange for exchange in read_set(face)}
    with http_stack(folder, settings) as stack, web.client() as client:
        yield Embedded(face, stack, exchanges, client)


Differ = Callable[[Exchange], list[str]]
"""What is not as it was captured, a line each."""


def _answered(face: str, target: Target) -> Differ:
    ids = Ids()

    def differ(exchange: Exchange) -> list[str]:
        ours = target.ask(exchange, ids)
        return disagreements(exchange.answer, ours, ids, EXCEPTED.get((face, exchange.name), {}))

    return differ


@contextmanager
def of_recorded(face: str, _folder: Path) -> Iterator[Differ]:
    yield _answered(face, Recorded())


@contextmanager
def of_embedded(face: str, folder: Path) -> Iterator[Differ]:
    with embedded(face, folder) as target:
        yield _answered(face, target)


@contextmanager
def of_client(face: str, _folder: Path) -> Iterator[Differ]:
    with client(face) as adapters:
        yield adapters.differ


TARGETS: Mapping[str, Callable[[str, Path], AbstractContextManager[Differ]]] = {
    "recorded": of_recorded,
    "embedded": of_embedded,
    "client": of_client,
}
CASES = [
    (face, target, name)
    for face in FACES
    for target in TARGETS
    for name in NAMES
    if target != "client" or name not in WITHOUT_A_CALL
]

Held = Callable[[str, str], Mapping[str, list[str]]]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Every exchange of a face, asked once and in order of a target, with what differs."""

    @cache
    def hold(face: str, target: str) -> Mapping[str, list[str]]:
        with TARGETS[target](face, tmp_path_factory.mktemp(face)) as differ:
            called = [exchange for exchange in read_set(face) if (face, target, exchange.name) in CASES]
            return {exchange.name: differ(exchange) for exchange in called}

    return hold


@pytest.mark.parametrize(("face", "target", "name"), CASES)
def test_an_exchange_agrees_with_its_capture(held: Held, face: str, target: str, name: str) -> None:
    assert held(face, target)[name] == []


def test_every_exchange_of_both_sets_is_held() -> None:
    assert len(NAMES) == 76
    assert [exchange.name for exchange in read_set("repaired")] == NAMES


def test_what_the_client_has_no_call_for_is_named_with_its_reason() -> None:
    assert set(WITHOUT_A_CALL) < set(NAMES)
    assert all(WITHOUT_A_CALL.values())
    assert set(ERRORS) < set(NAMES) - set(WITHOUT_A_CALL)


@pytest.mark.parametrize("face", FACES)
def test_captured_json_is_compact_ascii_with_sorted_keys_and_a_newline(face: str) -> None:
    announced = {
        exchange.name: (int(exchange.answer.headers["content-length"]), _written(exchange.answer.json))
        for exchange in read_set(face)
        if exchange.answer.is_json and (face, exchange.name) not in EXCEPTED
    }
    assert {name for name, (length, text) in announced.items() if length != len(text)} == set()


@pytest.mark.parametrize("face", FACES)
def test_embedded_json_is_compact_ascii_with_sorted_keys_and_a_newline(face: str, tmp_path: Path) -> None:
    with embedded(face, tmp_path) as answering:
        ids = Ids()
        for exchange in read_set(face)[:17]:
            ours = answering.ask(exchange, ids)
            disagreements(exchange.answer, ours, ids, {})
            assert not ours.is_json or ours.text == _written(ours.json)


def _written(body: object) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":")) + "\n"


CHANGED: Mapping[str, Callable[[Answer], Answer]] = {
    "status": lambda answer: dataclasses.replace(answer, status=418),
    "header name": lambda answer: dataclasses.replace(answer, headers={**answer.headers, "x-new": "1"}),
    "server": lambda answer: dataclasses.replace(answer, headers={**answer.headers, "server": "other"}),
    "key": lambda answer: _edited(answer, "anchor_count_total", "total"),
    "type": lambda answer: _edited(answer, '"anchor_count": 2', '"anchor_count": "2"'),
    "value": lambda answer: _edited(answer, '"grade": "A"', '"grade": "B"'),
    "form of a date": lambda answer: _edited(answer, "Sun, 22 Nov 2026 09:43:17 GMT", "2026-11-22T09:43:17"),
    "form of an id": lambda answer: _edited(answer, "c52a788c874f49079084512d364b8a76", "c52a788c"),
    "one id for two": lambda answer: _edited(answer, '"id": 7', '"id": 6'),
}


def _edited(answer: Answer, old: str, new: str) -> Answer:
    assert old in answer.text
    return dataclasses.replace(answer, text=answer.text.replace(old, new))


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_fact_is_noticed(change: str) -> None:
    captured = next(e.answer for e in read_set("as-is") if e.name == "cj-anchors-summary-ok")
    assert disagreements(captured, CHANGED[change](captured), Ids(), {})


def test_an_exception_still_asks_for_the_type() -> None:
    captured = next(e.answer for e in read_set("as-is") if e.name == "content-get-missing")
    changed = _edited(captured, '"<stack trace removed>"', "null")
    assert disagreements(captured, changed, Ids(), TRACE) == ["error.stack_trace: captured str, ours NoneType"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("cj-anchors-summary-ok", '"anchor_count_by_scale"', '"by_scale"'),
        ("cj-anchor-register-ok-no-auth", '"anchor_id"', '"id"'),
        ("cj-instr-get-404", '"code"', '"error_kind"'),
        ("content-post-ok", '"storage_id"', '"id"'),
    ],
)
def test_a_changed_answer_is_noticed_by_the_client(name: str, old: str, new: str) -> None:
    exchange = next(e for e in read_set("repaired") if e.name == name)
    with client("repaired") as adapters:
        assert adapters.differ(dataclasses.replace(exchange, answer=_edited(exchange.answer, old, new)))
