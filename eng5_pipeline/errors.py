"""Everything that can stop a command, and its exit code.

    Eng5Error               what happened, the next command, a stable reference
    |- UsageError           2    the command line, or what the spec's text says, is invalid
    |  `- SpecInvalid       2    ... with every located problem
    |- Refused              3    files or services say that no valid batch can come of this
    |  `- AllRefused        3    ... with every refusal
    |- ServiceFailed        3    a service, topic or credential cannot be used (4 after the first effect)
    |  `- OutcomeUnknown    4    an effect was asked for and nobody knows whether it happened
    |- ToolMissing          3    a program that a later stage needs is not here (9 after the first effect)
    |- BatchFailed          5    CJ reported the batch failed
    |- BatchPartial         6    timed out, result missing, or essays vanished
    |- ExtractionFailed     7    the batch completed, its extraction did not
    |- Differs              8    what was reviewed, locked or recorded is not what is there
    |- MachineFailed        9    disk full, no permission, held by another process
    `- Interrupted        130    stopped by the user

Anything that is not an Eng5Error is a bug and ends with 1. An effect is an upload, a registration or a publish; a
refusal after the first effect contradicts what the same checks said before it, and so is a difference (8).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar


def typed(path: PurePath | str) -> str:
    """A path as a shell takes it, for the next command: quoted, and never an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


class Eng5Error(Exception):
    """A failure that a person can act on.

    `reference` is stable and documented, `what` is one line, `hint` names the next command.
    """

    before_effects: ClassVar[int] = 1
    after_effects: ClassVar[int] = 1

    def __init__(self, reference: str, what: str, *, hint: str) -> None:
        super().__init__(what)
        self.reference = reference
        self.what = what
        self.hint = hint

    def exit_code(self, *, effects: bool) -> int:
        return self.after_effects if effects else self.before_effects


class UsageError(Eng5Error):
    before_effects = after_effects = 2


@dataclass(frozen=True)
class Problem:
    """One mistake in a text file: 1-based line and column, the line itself, what to type instead, its kind."""

    file: str
    line: int
    column: int
    where: str
    what: str
    instead: str
    text: str
    reference: str = "spec-invalid"


class SpecInvalid(UsageError):
    """Every mistake of one or more run specs, in the order of the text."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        files = sorted({p.file for p in problems})
        count = len(self.problems)
        super().__init__(
            "spec-invalid",
            f"{', '.join(files)}: {count} mistake{'s' if count != 1 else ''}",
            hint=f"mend the lines named above, then:  eng5-pipeline validate {' '.join(map(typed, files))}",
        )


class Refused(Eng5Error):
    before_effects, after_effects = 3, 8


class AllRefused(Refused):
    """Every refusal that was found, at least one; the first speaks for them."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        self.refusals = tuple(refusals)
        first = self.refusals[0]
        super().__init__(first.reference, first.what, hint=first.hint)


class ServiceFailed(Eng5Error):
    before_effects, after_effects = 3, 4


class OutcomeUnknown(ServiceFailed):
    before_effects = after_effects = 4


class ToolMissing(Eng5Error):
    before_effects, after_effects = 3, 9


class BatchFailed(Eng5Error):
    before_effects = after_effects = 5


class BatchPartial(Eng5Error):
    """Half a result. `final` where nothing more can come, so that `resume` is not offered."""

    before_effects = after_effects = 6

    def __init__(self, reference: str, what: str, *, hint: str, final: bool) -> None:
        super().__init__(reference, what, hint=hint)
        self.final = final


class ExtractionFailed(Eng5Error):
    before_effects = after_effects = 7


class Differs(Eng5Error):
    before_effects = after_effects = 8


class MachineFailed(Eng5Error):
    before_effects = after_effects = 9


class Interrupted(Eng5Error):
    before_effects = after_effects = 130
