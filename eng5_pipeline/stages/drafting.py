"""The request before there is a batch: with the texts of its prompts, and blanks for what only a run can know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.domain.request import Draft, RequestTerms, draft
from eng5_pipeline.errors import Differs
from eng5_pipeline.ports import CacheEntry, EssayFiles, UploadCache
from eng5_pipeline.results import InputFile, Validated

PROMPT_ROLES = ("judge.system_prompt", "judge.rubric")


def with_prompt_texts(terms: RequestTerms, inputs: Iterable[InputFile], files: EssayFiles) -> RequestTerms:
    """The terms with the texts that the spec names; Differs where one is no longer as it was validated."""
    texts = {found.role: _text(found, files) for found in inputs if found.role in PROMPT_ROLES}
    return terms.with_prompts(*(texts.get(role) for role in PROMPT_ROLES))


def _text(found: InputFile, files: EssayFiles) -> str:
    path = PurePosixPath(found.path)
    if files.digest(path) != found.sha256:
        raise Differs("input-changed", f"{path} has changed since it was validated", hint="start a new run")
    return files.text(path)


@dataclass(frozen=True)
class Drafting:
    """`reusable` says which cache lines count as there."""

    terms: RequestTerms
    files: EssayFiles
    cache: UploadCache
    reusable: Callable[[CacheEntry], bool]

    def draft(self, validated: Validated) -> Draft:
        """Storage ids are final for texts that would not be uploaded again."""
        entries = self.cache.entries()
        known = {sha: entry.storage_id for sha, entry in entries.items() if self.reusable(entry)}
        essays = [(essay.local_id, known.get(essay.text_sha256)) for essay in validated.essays]
        return draft(with_prompt_texts(self.terms, validated.inputs, self.files), essays)
