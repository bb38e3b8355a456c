"""A spec's lock held against what is there: its files by anybody, CJ's part by who asks CJ anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eng5_pipeline.domain.assignment import AnchorSummary
from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.essays import Essay
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.errors import Differs, typed
from eng5_pipeline.ports import TextEntry, TextIndex
from eng5_pipeline.results import AnchorsVerified, InputFile, ResolvedAssignment, Validated
from eng5_pipeline.review import differences
from eng5_pipeline.review.lock_lines import Lock, LockedEssay, parse


def lock_path(spec: Path) -> Path:
    return spec.with_name(f"{spec.name}.lock")


@dataclass(frozen=True)
class LockReview:
    """`path` need not be there: then nothing is locked. `spec` is how a person names the spec."""

    path: Path
    spec: str

    def read(self) -> Lock | None:
        if not self.path.exists():
            return None
        with told_as_unreadable(self.path):
            raw = self.path.read_bytes()
        return parse(raw, self.path.name)

    def inputs(self, validated: Validated) -> None:
        """Raises Differs, naming every essay, prompt and table that is not as it was locked."""
        lock = self.read()
        if lock is not None:
            self.hold(inputs_differ(lock, validated.essays, validated.inputs))

    def review(
        self, validated: Validated, assignment: ResolvedAssignment, anchors: AnchorsVerified
    ) -> Iterator[Caution]:
        """The same, and of CJ's grade scale and anchors."""
        lock = self.read()
        if lock is not None:
            local = inputs_differ(lock, validated.essays, validated.inputs)
            self.hold([*local, *cj_differs(lock, anchors.summary)])
        return iter(())

    def hold(self, found: Iterable[str]) -> None:
        hint = f"have the change reviewed, then lock it:  eng5-pipeline lock {typed(self.spec)}"
        differences.differs("lock-differs", self.path.name, found, hint)


@dataclass(frozen=True)
class LockedTexts:
    """What an earlier lock knows of texts, beside what is remembered anyway.

    A lock is so written anew without reading documents that did not change.
    """

    remembered: TextIndex
    lock: LockReview

    def entries(self) -> Mapping[tuple[str, str], TextEntry]:
        return {(entry.raw_sha256, entry.extractor): entry for entry in self._locked()} | {**self.remembered.entries()}

    def add(self, entries: Sequence[TextEntry]) -> None:
        self.remembered.add(entries)

    def _locked(self) -> Iterator[TextEntry]:
        try:
            lock = self.lock.read()
        except Differs:  # a lock that cannot be read is about to be replaced
            return
        for essay in lock.essays if lock else ():
            yield TextEntry(**essay.model_dump(exclude={"local_id"}), left_out=())


def inputs_differ(lock: Lock, essays: Iterable[Essay | LockedEssay], inputs: Iterable[InputFile]) -> Iterator[str]:
    yield from differences.inputs_differ(lock.inputs, inputs)
    yield from differences.essays_differ(lock.essays, essays)


def cj_differs(lock: Lock, summary: AnchorSummary) -> Iterator[str]:
    if lock.grade_scale != summary.grade_scale:
        yield f"grade scale: {lock.grade_scale} -> {summary.grade_scale}"
    yield from differences.anchors_differ(lock.anchors, summary.anchors)
