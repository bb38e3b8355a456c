"""Puts assignments and anchors in place straight in the store, past CJ's own routes.

The as-is face needs it, for it keeps nothing it is told; the repaired face takes it as well. A file says:

    assignments:
      - id: 00000000-0000-0000-0000-000000000001
        instructions: Compare the essays on overall quality.
        grade_scale: eng5_np_legacy_9_step
        context_origin: research_experiment             # [research_experiment]
        student_prompt: Write about a role model.       # or student_prompt_file: prompt.md   [none]
        rubric: Judge content and language.             # or rubric_file: rubric.md           [none]
        anchors:
          - {label: A1, grade: A, file: anchors/a1.txt} # or text: …; the label is the grade if absent

Paths are relative to the file; texts are UTF-8. To plant the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, Field

from eng5_pipeline.sandbox.cj.texts import TEXT_TYPE
from eng5_pipeline.sandbox.http.answers import new_storage_id
from eng5_pipeline.sandbox.http.settings import SandboxFileInvalid, Setting, read_setting
from eng5_pipeline.sandbox.kept.registry import (
    ANCHORS,
    INSTRUCTIONS,
    Anchor,
    Anchors,
    Instruction,
    Instructions,
    NewAnchor,
    NewInstruction,
)
from eng5_pipeline.sandbox.kept.scales import SCALES
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store


class AnchorEntry(Setting):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    grade: str
    label: str | None = None
    text: str | None = None
    file: str | None = None

    @property
    def name(self) -> str:
        return self.label or self.grade


class AssignmentEntry(Setting):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(min_length=1, max_length=100)
    instructions: str = Field(min_length=10)
    grade_scale: str
    context_origin: str = "research_experiment"
    student_prompt: str | None = None
    student_prompt_file: str | None = None
    rubric: str | None = None
    rubric_file: str | None = None
    anchors: tuple[AnchorEntry, ...] = ()


class SeedFile(Setting):
    assignments: tuple[AssignmentEntry, ...]


@dataclass(frozen=True)
class SeedAnchor:
    label: str
    grade: str
    text: str


@dataclass(frozen=True)
class SeedAssignment:
    id: str
    instructions: str
    grade_scale: str
    context_origin: str
    student_prompt: str | None
    rubric: str | None
    anchors: tuple[SeedAnchor, ...]


@dataclass(frozen=True)
class Planted:
    """How many stand in the store for the seed, new or old."""

    assignments: int
    anchors: int


def load_seed(path: Path) -> tuple[SeedAssignment, ...]:
    """The file with the texts it names. Raises SandboxFileInvalid with every mistake."""
    entries = read_setting(path, SeedFile).assignments
    reading = _Reading(path.parent, [])
    seed = tuple(reading.assignment(entry) for entry in entries)
    mistakes = [*reading.mistakes, *_mistakes(entries)]
    if mistakes:
        raise SandboxFileInvalid("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    return seed


def _mistakes(entries: tuple[AssignmentEntry, ...]) -> Iterator[str]:
    for entry in entries:
        scale = SCALES.get(entry.grade_scale)
        if scale is None:
            yield f"{entry.id}: no scale {entry.grade_scale}; there are {', '.join(SCALES)}"
        else:
            wrong = [anchor for anchor in entry.anchors if not scale.holds(anchor.grade)]
            yield from (f"{entry.id}: {each.name}: no grade {each.grade} on this scale" for each in wrong)
        names = [anchor.name for anchor in entry.anchors]
        twice = sorted({name for name in names if names.count(name) > 1})
        yield from (f"{entry.id}: label {name} stands twice" for name in twice)


@dataclass(frozen=True)
class _Reading:
    folder: Path
    mistakes: list[str]

    def assignment(self, entry: AssignmentEntry) -> SeedAssignment:
        return SeedAssignment(
            id=entry.id,
            instructions=entry.instructions,
            grade_scale=entry.grade_scale,
            context_origin=entry.context_origin,
            student_prompt=self._text(f"{entry.id}: student_prompt", entry.student_prompt, entry.student_prompt_file),
            rubric=self._text(f"{entry.id}: rubric", entry.rubric, entry.rubric_file),
            anchors=tuple(self._anchor(entry.id, anchor) for anchor in entry.anchors),
        )

    def _anchor(self, where: str, entry: AnchorEntry) -> SeedAnchor:
        text = self._text(f"{where}: {entry.name}", entry.text, entry.file)
        if text is None or not text.strip():
            self.mistakes.append(f"{where}: {entry.name}: no text")
        return SeedAnchor(entry.name, entry.grade, text or "")

    def _text(self, where: str, text: str | None, file: str | None) -> str | None:
        if text is not None and file is not None:
            self.mistakes.append(f"{where}: either a text or a file")
        if file is None:
            return text
        try:
            return (self.folder / file).read_text(encoding="utf-8-sig")
        except OSError as error:
            self.mistakes.append(f"{where}: {file}: {error.strerror}")
        except UnicodeDecodeError:
            self.mistakes.append(f"{where}: {file}: not UTF-8 text")
        return ""


def plant(store: Store, seed: tuple[SeedAssignment, ...]) -> Planted:
    """Raises SandboxFileInvalid where an assignment stands already on another scale or of another origin."""
    planting = _Planting(store)
    for assignment in seed:
        planting.assignment(assignment)
    return Planted(len(seed), sum(len(assignment.anchors) for assignment in seed))


@dataclass(frozen=True)
class _Planting:
    store: Store

    def assignment(self, seed: SeedAssignment) -> None:
        standing = Instructions(self.store).of_assignment(seed.id)
        if standing is None:
            new_id = self.store.next_id(INSTRUCTIONS)
            with self.store.committed() as unit:
                Instructions(self.store).add(unit, new_id, _new(seed))
        else:
            _refuse_change(standing, seed)
            with self.store.committed() as unit:
                Instructions(self.store).change(unit, standing.id, _new(seed))
        self._texts(seed, standing)
        self._anchors(seed)

    def _texts(self, seed: SeedAssignment, standing: Instruction | None) -> None:
        instructions = Instructions(self.store)
        if seed.student_prompt is not None:
            prompt = self._keep(standing.student_prompt_storage_id if standing else None, seed.student_prompt)
            with self.store.committed() as unit:
                instructions.name_prompt(unit, seed.id, prompt)
        if seed.rubric is not None:
            rubric = self._keep(standing.judge_rubric_storage_id if standing else None, seed.rubric)
            with self.store.committed() as unit:
                instructions.name_rubric(unit, seed.id, rubric)

    def _anchors(self, seed: SeedAssignment) -> None:
        anchors = Anchors(self.store).of_assignment(seed.id)
        standing = {each.anchor_label: each for each in anchors if each.grade_scale == seed.grade_scale}
        for anchor in seed.anchors:
            self._anchor(seed, anchor, standing.get(anchor.label))

    def _anchor(self, seed: SeedAssignment, anchor: SeedAnchor, standing: Anchor | None) -> None:
        storage_id = self._keep(standing.text_storage_id if standing else None, anchor.text)
        new_id = standing.id if standing else self.store.next_id(ANCHORS)
        new = NewAnchor(seed.id, anchor.label, anchor.grade, seed.grade_scale, storage_id)
        with self.store.committed() as unit:
            Anchors(self.store).put(unit, new_id, new)

    def _keep(self, standing: str | None, text: str) -> str:
        """The storage id of a text: the one that stands where it holds the same text."""
        contents = Contents(self.store)
        content = Content(TEXT_TYPE, text.encode())
        if standing is not None and contents.get(standing) == content:
            return standing
        storage_id = new_storage_id()
        contents.put(storage_id, content)
        return storage_id


def _new(seed: SeedAssignment) -> NewInstruction:
    return NewInstruction(
        assignment_id=seed.id,
        course_id=None,
        instructions_text=seed.instructions,
        grade_scale=seed.grade_scale,
        context_origin=seed.context_origin,
        student_prompt_storage_id=None,
    )


def _refuse_change(standing: Instruction, seed: SeedAssignment) -> None:
    for name in ("grade_scale", "context_origin"):
        old, new = getattr(standing, name), getattr(seed, name)
        if old != new:
            raise SandboxFileInvalid(f"{seed.id}: {name} is {old} in the store already, {new} in the seed")
