"""Read every input once: what cannot be read, or is too little for a batch, stops the run here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.essays import Essay, local_id, same_text, text_sha256
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import EssayFiles, ExtractedText, FileChoice
from eng5_pipeline.results import InputFile, Validated

FEWEST_STUDENTS = 2
SHORT_ESSAY_WORDS = 50
NAMES_TOLD = 5


@dataclass(frozen=True)
class Validate(AlwaysReady):
    """`inputs` are (role, path) of the prompts and tables that the spec names."""

    files: EssayFiles
    students: FileChoice
    inputs: tuple[tuple[str, str], ...]

    name = "validate"
    needs = ()
    gives = Validated
    touches = Touches.DISK

    def run(self, ctx: RunContext, log: StageLog) -> Validated:
        chosen = self.students
        found = self.files.find(chosen.patterns, chosen.exclude, chosen.follow_links)
        if len(found.paths) < FEWEST_STUDENTS:
            raise Refused(
                "students-too-few",
                f"{len(found.paths)} student essay, and CJ never answers a batch of fewer than {FEWEST_STUDENTS}",
                hint=f"add student essays: {len(found.paths)} found by {', '.join(chosen.patterns)}",
            )
        left_out: dict[str, list[str]] = defaultdict(list)
        essays = tuple(self._essay(path, left_out, log) for path in found.paths)
        _refuse_same_names(essays)
        for what, names in left_out.items():
            log.warn("essay-part-left-out", f"{what}: {_first_few(names)}")
        self._warn_of_doubles(essays, log)
        for reason, count in sorted(found.passed_over.items()):
            log.warn("files-passed-over", f"{count} passed over: {reason}")
        return Validated(essays=essays, inputs=tuple(self._inputs()), passed_over=found.passed_over)

    def _essay(self, path: PurePosixPath, left_out: dict[str, list[str]], log: StageLog) -> Essay:
        log.safe_point()
        extracted = self.files.read(path)
        essay = describe(path, extracted)
        for what in extracted.left_out:
            left_out[what].append(essay.local_id)
        if essay.words < SHORT_ESSAY_WORDS:
            log.warn("essay-short", f"{essay.local_id} has {essay.words} words")
        return essay

    def _warn_of_doubles(self, essays: tuple[Essay, ...], log: StageLog) -> None:
        for group in same_text(essays):
            log.warn("essays-same-text", f"{' and '.join(group)} have the same text; it is uploaded once")

    def _inputs(self) -> list[InputFile]:
        return [
            InputFile(role=role, path=path, sha256=self.files.digest(PurePosixPath(path))) for role, path in self.inputs
        ]


def _first_few(names: list[str]) -> str:
    more = len(names) - NAMES_TOLD
    return ", ".join(names[:NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


def _refuse_same_names(essays: tuple[Essay, ...]) -> None:
    names = [essay.local_id for essay in essays]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise Refused(
            "essays-same-name",
            f"{twice[0]} names two files that differ only in how their accents are encoded",
            hint="rename one of them",
        )


def describe(path: PurePosixPath, extracted: ExtractedText) -> Essay:
    return Essay(
        local_id=local_id(path),
        path=str(path),
        raw_sha256=extracted.raw_sha256,
        text_sha256=text_sha256(extracted.text),
        size=len(extracted.text.encode()),
        words=len(extracted.text.split()),
    )
