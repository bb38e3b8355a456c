"""The files of a spec as they stand now, read no further than their digests tell that they must be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.domain.essays import local_id, text_sha256
from eng5_pipeline.ports import EssayFiles, FileChoice
from eng5_pipeline.results import InputFile
from eng5_pipeline.review.lock_lines import LockedEssay
from eng5_pipeline.spec.model import FileSet, RunSpec


def student_choice(spec: RunSpec) -> FileChoice:
    return file_choice(spec.essays.students)


def file_choice(files: FileSet) -> FileChoice:
    return FileChoice(patterns=files.files, exclude=files.exclude, follow_links=files.follow_links)


def input_files(spec: RunSpec) -> tuple[tuple[str, str], ...]:
    """(role, path) of the prompts and tables that a spec names."""
    judge = spec.judge
    named = {} if judge is None else {key: getattr(judge, key) for key in ("system_prompt", "rubric", "prices")}
    return tuple((f"judge.{key}", path) for key, path in named.items() if path is not None)


@dataclass(frozen=True)
class LocalState:
    """`students` and `inputs` (role, path) are what the spec names."""

    files: EssayFiles
    students: FileChoice
    inputs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, spec: RunSpec, files: EssayFiles) -> LocalState:
        return cls(files, student_choice(spec), input_files(spec))

    def essays(self, known: Iterable[LockedEssay]) -> tuple[LockedEssay, ...]:
        """A file that `known` has by its digest, read by what would read it now, is not read as a text again."""
        before = {(essay.local_id, essay.raw_sha256, essay.extractor): essay for essay in known}
        chosen = self.students
        found = self.files.find(chosen.patterns, chosen.exclude, chosen.follow_links)
        for refused in found.refused:
            raise refused
        return tuple(self._essay(path, before) for path in found.paths)

    def _essay(self, path: PurePosixPath, before: dict[tuple[str, str, str], LockedEssay]) -> LockedEssay:
        name, extractor = local_id(path), self.files.extractor(path)
        unchanged = before.get((name, self.files.digest(path), extractor))
        if unchanged is not None:
            return unchanged
        read = self.files.read(path)
        return LockedEssay(
            local_id=name,
            raw_sha256=read.raw_sha256,
            text_sha256=text_sha256(read.text),
            size=len(read.text.encode()),
            words=len(read.text.split()),
            extractor=extractor,
        )

    def input_files(self) -> tuple[InputFile, ...]:
        return tuple(
            InputFile(role=role, path=path, sha256=self.files.digest(PurePosixPath(path))) for role, path in self.inputs
        )
