"""What CJ acknowledged is compared with what it shows, for the first anchor at once and for all at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.anchor_holdings import compared
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, AnchorToRegister
from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.engine.journal import Journal, NoDisk
from eng5_pipeline.engine.run import Page, Surroundings
from eng5_pipeline.errors import Differs, OutcomeUnknown, ServiceFailed
from eng5_pipeline.ports import RegisteredAnchor
from eng5_pipeline.results import AnchorsCompared, AnchorsRegistered, ResolvedAssignment
from eng5_pipeline.stages.holdings import Holdings
from eng5_pipeline.stages.register_anchors import RegisterAnchors
from tests.support.clock import FakeClock
from tests.support.fakes_cj import FakeAssignmentService, an_assignment
from tests.support.fakes_essays import FakeContentStore, FakeEssayFiles
from tests.support.observers import Remembering

NAMES = ("a", "b", "c")
Change = Callable[[Anchor], Anchor | None]


def as_it_is(anchor: Anchor) -> Anchor | None:
    return anchor


@dataclass
class Cj(FakeAssignmentService):
    """Puts texts at the Content Service, then does to an anchor of some label what a test wants."""

    store: FakeContentStore = field(default_factory=FakeContentStore)
    wrongs: dict[str, Change] = field(default_factory=dict)
    fails_on: str = ""
    other_scale: str = ""
    down_after: int = 99

    def register_anchor(self, assignment_id: str, anchor: AnchorToRegister, text: str) -> RegisteredAnchor:
        if anchor.label == self.fails_on:
            raise ServiceFailed("anchor-not-registered", "CJ answered 500", hint="see CJ's log")
        self.registered.append(anchor)
        storage_id = self.store.put(text.encode()).storage_id
        made = Anchor(anchor_id=len(self.registered), label=anchor.label, grade=anchor.grade, storage_id=storage_id)
        kept = self.wrongs.get(anchor.label, as_it_is)(made)
        if kept is not None:
            self._keep(assignment_id, kept)
        return RegisteredAnchor(anchor_id=made.anchor_id, storage_id=storage_id, grade_scale=self._scale)

    @property
    def _scale(self) -> str:
        return self.other_scale or self.assignments["role-models"].grade_scale

    def anchors(self, assignment_id: str) -> AnchorSummary:
        if len(self.registered) >= self.down_after:
            raise ServiceFailed("cj-unreachable", "nothing listens there", hint="start it")
        self.asked.append(f"after {len(self.registered)}")
        return super().anchors(assignment_id)


@dataclass
class Registration:
    cj: Cj = field(default_factory=Cj)
    files: FakeEssayFiles = field(default_factory=lambda: FakeEssayFiles({f"{n}.txt": f"{n} " * 100 for n in NAMES}))
    observer: Remembering = field(default_factory=Remembering)

    def __post_init__(self) -> None:
        self.cj.know(an_assignment())

    def go(self) -> AnchorsRegistered:
        ctx = RunContext()
        ctx.put(ResolvedAssignment(assignment=an_assignment()))
        ctx.put(AnchorsCompared(anchors=tuple(compared(self._anchor(name), None, None) for name in NAMES)))
        stage = RegisterAnchors(self.files, Holdings(self.cj, self.cj.store), replace=False, spec="spec.yaml")
        stage.ready(ctx)
        clock = FakeClock()
        around = Surroundings(Journal(NoDisk(), clock.now), self.observer, clock.monotonic, lambda: False)
        return stage.run(ctx, Page(stage.name, around))

    def _anchor(self, name: str) -> AnchorToRegister:
        text = f"{name} " * 100
        path = f"{name}.txt"
        return AnchorToRegister(
            local_id=path, path=path, label=name, grade="A", text_sha256=text_sha256(text), characters=len(text)
        )

    @property
    def kept_so_far(self) -> str:
        return next(what for _, reference, what in self.observer.warnings if reference == "anchors-kept-so-far")


def is_lost(_anchor: Anchor) -> None:
    return None


def with_another_grade(anchor: Anchor) -> Anchor:
    return anchor.model_copy(update={"grade": "B"})


def with_another_id(anchor: Anchor) -> Anchor:
    return anchor.model_copy(update={"anchor_id": 99})


def with_an_older_text(anchor: Anchor) -> Anchor:
    return anchor.model_copy(update={"storage_id": "f" * 32})


WRONGS = (is_lost, with_another_grade, with_another_id, with_an_older_text)


def test_all_that_are_kept_are_told_with_cjs_ids() -> None:
    registration = Registration()
    assert [(anchor.label, anchor.anchor_id) for anchor in registration.go().anchors] == [("a", 1), ("b", 2), ("c", 3)]
    assert registration.observer.warnings == []


def test_the_first_is_read_back_before_the_second_is_sent() -> None:
    registration = Registration()
    registration.go()
    assert [asked for asked in registration.cj.asked if asked.startswith("after")] == ["after 1", "after 3"]


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_first_anchor_that_is_not_kept_as_sent_is_the_last_one_sent(wrong: Change) -> None:
    registration = Registration(Cj(wrongs={"a": wrong}))
    with pytest.raises(OutcomeUnknown, match="did not keep: a") as lost:
        registration.go()
    assert (lost.value.reference, len(registration.cj.registered)) == ("anchors-not-kept", 1)
    assert registration.kept_so_far == "CJ keeps 0 of 3 anchors: none"


def test_a_first_anchor_that_is_acknowledged_on_another_scale_is_the_last_one_sent() -> None:
    registration = Registration(Cj(other_scale="swedish_8_anchor"))
    with pytest.raises(OutcomeUnknown, match="did not keep: a"):
        registration.go()
    assert [anchor.label for anchor in registration.cj.registered] == ["a"]


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_later_anchor_that_is_not_kept_as_sent_is_found_at_the_end(wrong: Change) -> None:
    registration = Registration(Cj(wrongs={"b": wrong}))
    with pytest.raises(OutcomeUnknown, match="did not keep: b"):
        registration.go()
    assert registration.kept_so_far == "CJ keeps 2 of 3 anchors: a, c"


def test_a_text_that_the_content_service_does_not_have_is_not_kept() -> None:
    registration = Registration()

    def without_its_text(anchor: Anchor) -> Anchor:
        registration.cj.store.stored.clear()
        return anchor

    registration.cj.wrongs["a"] = without_its_text
    with pytest.raises(OutcomeUnknown, match="did not keep: a"):
        registration.go()


def test_what_cannot_be_read_back_after_a_failure_is_said_to_be_acknowledged() -> None:
    registration = Registration(Cj(fails_on="c", down_after=2))
    with pytest.raises(ServiceFailed, match="CJ answered 500"):
        registration.go()
    assert registration.kept_so_far == "CJ acknowledged a, b; what it keeps cannot be read back: nothing listens there"


def test_an_anchor_that_changes_on_disk_meanwhile_is_not_sent() -> None:
    registration = Registration()

    def while_another_file_changes(anchor: Anchor) -> Anchor:
        registration.files.files["b.txt"] = "other " * 50
        return anchor

    registration.cj.wrongs["a"] = while_another_file_changes
    with pytest.raises(Differs, match=r"b\.txt has changed"):
        registration.go()
    assert registration.kept_so_far == "CJ keeps 1 of 3 anchors: a"
