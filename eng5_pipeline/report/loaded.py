"""A run as a notebook wants it: records, or data frames where pandas is installed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

from eng5_pipeline.report.account import Account, read_account
from eng5_pipeline.report.rows import ComparisonRow, EssayRow, comparison_rows, essay_rows
from eng5_pipeline.run_folder import find_run

if TYPE_CHECKING:
    from pandas import DataFrame

R = TypeVar("R", bound=NamedTuple)


class Records(tuple[R, ...], Generic[R]):
    """Named tuples, one for each row."""

    columns: ClassVar[tuple[str, ...]]

    def frame(self) -> DataFrame:
        """The same as a data frame, amounts of money as floats. Raises ModuleNotFoundError without pandas."""
        import pandas

        return pandas.DataFrame(map(_numbers, self), columns=list(self.columns))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} rows of {', '.join(self.columns)}>"


class Essays(Records[EssayRow]):
    columns = EssayRow._fields


class Comparisons(Records[ComparisonRow]):
    columns = ComparisonRow._fields


@dataclass(frozen=True, repr=False)
class LoadedRun:
    """`account` holds all that the report is made of, the statistics under `account.diagnosis`."""

    path: Path
    account: Account
    essays: Essays
    comparisons: Comparisons

    @property
    def batch_uuid(self) -> UUID:
        return self.account.record.batch_uuid

    @property
    def label(self) -> str:
        return self.account.record.label

    @property
    def status(self) -> str | None:
        """As the artefact has it; None where the run has no end."""
        ending = self.account.record.ending
        return ending.status if ending else None

    def __repr__(self) -> str:
        held = f"{len(self.essays)} essays, {len(self.comparisons)} comparisons"
        return f"<{type(self).__name__} {self.batch_uuid} {self.label!r}: {self.status}, {held}>"


def load_run(path: str | Path) -> LoadedRun:
    """A run by its folder, or by a name that the command line would find below the current folder.

    Raises UsageError where there is none, MachineFailed where it is damaged.
    """
    folder = find_run(str(path), None, Path.cwd())
    account = read_account(folder)
    return LoadedRun(folder.path, account, Essays(essay_rows(account)), Comparisons(comparison_rows(account)))


def _numbers(row: NamedTuple) -> tuple[object, ...]:
    return tuple(float(value) if isinstance(value, Decimal) else value for value in row)
