"""Everything that can stop an extraction, and its exit code.

    Failure             what happened, what to do next, a stable reference
    |- Misused        2    the arguments, or the address of the database in the environment
    |- NoSuchBatch    3    no job of this id, none of this batch_uuid
    |- SeveralJobs    4    one batch_uuid, several jobs
    |- OutOfReach     5    no server, no file
    |- Denied         6    password, database name, rights
    |- Unreadable     7    not CJ's database, or it broke off
    `- OnThisMachine  9    the output cannot be written, the driver is not installed

None holds a password. Anything else is a mistake in this program and ends with 1.
"""

from __future__ import annotations

from typing import ClassVar


class Failure(Exception):
    """`what` and `hint` are one line each."""

    code: ClassVar[int] = 1

    def __init__(self, reference: str, what: str, *, hint: str) -> None:
        super().__init__(what)
        self.reference = reference
        self.what = what
        self.hint = hint


class Misused(Failure):
    code = 2


class NoSuchBatch(Failure):
    code = 3


class SeveralJobs(Failure):
    code = 4


class OutOfReach(Failure):
    code = 5


class Denied(Failure):
    code = 6


class Unreadable(Failure):
    code = 7


class OnThisMachine(Failure):
    code = 9
