"""What every assignment service does: the fake, and the real adapter against captured answers of CJ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from pytest_httpserver import HTTPServer

from eng5_pipeline.domain.assignment import AnchorToRegister
from eng5_pipeline.errors import Refused, ServiceFailed
from eng5_pipeline.ports import AssignmentService
from tests.support.cj import LIST, asking, assignment_of, captured, renamed, replay, replay_registrations
from tests.support.fakes_cj import FakeAssignmentService, an_anchor, an_assignment

LEGACY = "eng5_np_legacy_9_step"
BARE = "no-anchors-yet"
LONG_ENOUGH = "School uniforms hide what pupils are. " * 5


@dataclass(frozen=True)
class Known:
    """A service, an assignment with anchors on two scales, one without, and one that CJ does not know."""

    service: AssignmentService
    full: str
    unknown: str
    bare: str = BARE


@contextmanager
def fake(_server: HTTPServer, _face: str) -> Iterator[Known]:
    service = FakeAssignmentService()
    service.know(
        an_assignment("full", student_prompt_storage_id=None),
        [an_anchor(6, "A"), an_anchor(7, "B")],
        swedish_8_anchor=1,
    )
    service.know(an_assignment(BARE))
    yield Known(service, "full", "unknown")


@contextmanager
def replayed(server: HTTPServer, face: str) -> Iterator[Known]:
    known, unknown = captured(face, "cj-instr-get-ok-no-student-prompt"), captured(face, "cj-instr-get-404")
    full = assignment_of(known)
    for exchange in (known, unknown, captured(face, "cj-anchors-summary-ok"), captured(face, "cj-anchors-summary-404")):
        replay(server, exchange)
    replay(server, captured(face, "cj-instr-list"), LIST)
    replay(server, renamed(captured(face, "cj-anchors-summary-zero"), full, BARE))
    replay_registrations(server, face, known=full)
    with asking(server.url_for("")) as service:
        yield Known(service, full, assignment_of(unknown))


SERVICES: dict[str, tuple[Callable[[HTTPServer, str], AbstractContextManager[Known]], str]] = {
    "fake": (fake, ""),
    "CJ as it is": (replayed, "as-is"),
    "CJ repaired": (replayed, "repaired"),
}


@pytest.fixture(params=SERVICES)
def known(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Iterator[Known]:
    opened, face = SERVICES[request.param]
    with opened(httpserver, face) as known:
        yield known


def anchor(*, label: str = "B1", grade: str = "B") -> AnchorToRegister:
    path = f"anchors/{label}.docx"
    return AnchorToRegister(local_id=path, path=path, label=label, grade=grade, text_sha256="0" * 64, characters=190)


def test_an_assignment_is_told_as_the_service_knows_it(known: Known) -> None:
    found = known.service.assignment(known.full)
    assert found == an_assignment(known.full, student_prompt_storage_id=None)


@pytest.mark.parametrize("lookup", ["assignment", "anchors"])
def test_an_unknown_assignment_is_refused_with_the_next_command(known: Known, lookup: str) -> None:
    with pytest.raises(Refused, match=known.unknown) as refused:
        getattr(known.service, lookup)(known.unknown)
    assert refused.value.reference == "assignment-unknown"
    assert "pdm run cj-admin instructions create" in refused.value.hint
    assert "pdm run cj-admin instructions list" in refused.value.hint


def test_anchors_are_told_with_registry_id_label_grade_and_text(known: Known) -> None:
    summary = known.service.anchors(known.full)
    assert (summary.assignment_id, summary.grade_scale) == (known.full, LEGACY)
    assert len({anchor.anchor_id for anchor in summary.anchors}) == len(summary.anchors) >= 2
    assert "B" in summary.grades
    assert all(anchor.label and re.fullmatch("[0-9a-f]{32}", anchor.storage_id or "") for anchor in summary.anchors)


def test_anchors_of_another_scale_are_counted_and_not_listed(known: Known) -> None:
    summary = known.service.anchors(known.full)
    assert summary.count_by_scale == {LEGACY: len(summary.anchors), "swedish_8_anchor": 1}


def test_no_anchors_are_an_answer(known: Known) -> None:
    summary = known.service.anchors(known.bare)
    assert (summary.anchors, summary.count_by_scale) == ((), {})


def test_a_registration_is_acknowledged_with_ids_and_scale(known: Known) -> None:
    made = known.service.register_anchor(known.full, anchor(), LONG_ENOUGH)
    assert made.anchor_id > 0
    assert re.fullmatch("[0-9a-f]{32}", made.storage_id or "")
    assert made.grade_scale == LEGACY


def test_a_registration_for_an_unknown_assignment_is_refused_in_the_services_words(known: Known) -> None:
    with pytest.raises(ServiceFailed, match=f"anchor B1: Unknown assignment_id '{known.unknown}'") as refused:
        known.service.register_anchor(known.unknown, anchor(), LONG_ENOUGH)
    assert refused.value.reference == "anchor-refused"


def test_a_short_text_is_refused_and_not_repeated(known: Known) -> None:
    with pytest.raises(ServiceFailed, match=r"anchor B1: .*too short") as refused:
        known.service.register_anchor(known.full, anchor(), "School uniforms hide us.")
    assert refused.value.reference == "anchor-refused"
    assert "uniforms" not in str(refused.value)
