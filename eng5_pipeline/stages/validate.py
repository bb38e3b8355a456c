"""Read every input once: what cannot be read, or is too little for a batch, stops the run here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.essays import Essay, local_id, same_text, text_sha256
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import EssayFiles, FileChoice, TextEntry, TextIndex
from eng5_pipeline.results import InputFile, Validated
from eng5_pipeline.stages.refusing import added_to, refuse_all

FEWEST_STUDENTS = 2
SHORT_ESSAY_WORDS = 50
NAMES_TOLD = 5
MOST_REFUSED = 20
"""Files that cannot be used, after which no further one is read: each may take its time."""


@dataclass(frozen=True)
class Validate(AlwaysReady):
    """`inputs` are (role, path) of the prompts and tables that the spec names; a review raises what it finds."""

    files: EssayFiles
    index: TextIndex
    students: FileChoice
    inputs: tuple[tuple[str, str], ...]
    reviews: tuple[Callable[[Validated], None], ...]

    name = "validate"
    needs = ()
    gives = Validated
    touches = Touches.DISK

    def run(self, ctx: RunContext, log: StageLog) -> Validated:
        chosen = self.students
        found = self.files.find(chosen.patterns, chosen.exclude, chosen.follow_links)
        refusals = list(found.refused)
        if not refusals and len(found.paths) < FEWEST_STUDENTS:
            refusals.append(_too_few(len(found.paths), chosen.patterns))
        texts = self._texts(found.paths, refusals, log)
        inputs = self._inputs(refusals)
        refuse_all(refusals, log)
        essays = tuple(_essay(path, text) for path, text in texts.items())
        _refuse_same_names(essays)
        _warn_of_left_out(texts, log)
        _warn_of_short(essays, log)
        _warn_of_doubles(essays, log)
        for reason, count in sorted(found.passed_over.items()):
            log.warn("files-passed-over", f"{count} passed over: {reason}")
        validated = Validated(essays=essays, inputs=inputs, passed_over=found.passed_over)
        for review in self.reviews:
            review(validated)
        return validated

    def _texts(
        self, paths: tuple[PurePosixPath, ...], refusals: list[Refused], log: StageLog
    ) -> dict[PurePosixPath, TextEntry]:
        """Only a file whose text the index does not know is read as a document."""
        known = self.index.entries()
        new: list[TextEntry] = []
        texts: dict[PurePosixPath, TextEntry] = {}
        try:
            for number, path in enumerate(paths):
                log.safe_point()
                if len(refusals) >= MOST_REFUSED:
                    log.warn("essays-unread", f"{len(paths) - number} more essays were not read")
                    break
                with added_to(refusals):
                    text = known.get((self.files.digest(path), self.files.extractor(path)))
                    if text is None:
                        text = self._extracted(path)
                        new.append(text)
                    texts[path] = text
        finally:
            if new:
                self.index.add(new)
        return texts

    def _extracted(self, path: PurePosixPath) -> TextEntry:
        extracted = self.files.read(path)
        return TextEntry(
            raw_sha256=extracted.raw_sha256,
            extractor=self.files.extractor(path),
            text_sha256=text_sha256(extracted.text),
            size=len(extracted.text.encode()),
            words=len(extracted.text.split()),
            left_out=extracted.left_out,
        )

    def _inputs(self, refusals: list[Refused]) -> tuple[InputFile, ...]:
        inputs: list[InputFile] = []
        for role, path in self.inputs:
            with added_to(refusals):
                inputs.append(InputFile(role=role, path=path, sha256=self.files.digest(PurePosixPath(path))))
        return tuple(inputs)


def _first_few(names: list[str]) -> str:
    more = len(names) - NAMES_TOLD
    return ", ".join(names[:NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


def _too_few(count: int, patterns: tuple[str, ...]) -> Refused:
    found = "1 student essay" if count == 1 else "no student essays"
    return Refused(
        "students-too-few",
        f"{found}, and CJ never answers a batch of fewer than {FEWEST_STUDENTS}",
        hint=f"add student essays: {count} found by {', '.join(patterns)}",
    )


def _refuse_same_names(essays: tuple[Essay, ...]) -> None:
    names = [essay.local_id for essay in essays]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise Refused(
            "essays-same-name",
            f"{twice[0]} names two files that differ only in how their accents are encoded",
            hint="rename one of them",
        )


def _essay(path: PurePosixPath, text: TextEntry) -> Essay:
    return Essay(
        local_id=local_id(path),
        path=str(path),
        raw_sha256=text.raw_sha256,
        text_sha256=text.text_sha256,
        size=text.size,
        words=text.words,
    )


def _warn_of_left_out(texts: Mapping[PurePosixPath, TextEntry], log: StageLog) -> None:
    names: dict[str, list[str]] = defaultdict(list)
    for path, text in texts.items():
        for what in text.left_out:
            names[what].append(local_id(path))
    for what, of in names.items():
        log.warn("essay-part-left-out", f"{what}: {_first_few(of)}")


def _warn_of_short(essays: tuple[Essay, ...], log: StageLog) -> None:
    for essay in essays:
        if essay.words < SHORT_ESSAY_WORDS:
            log.warn("essay-short", f"{essay.local_id} has {essay.words} words")


def _warn_of_doubles(essays: tuple[Essay, ...], log: StageLog) -> None:
    for group in same_text(essays):
        log.warn("essays-same-text", f"{' and '.join(group)} have the same text; it is uploaded once")
