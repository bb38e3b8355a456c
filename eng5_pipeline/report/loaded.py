"""A run as a notebook wants it: records, or data frames where pandas is installed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from uuid import UUID

from eng5_pipeline.report.account import Account, read_account
from eng5_pipeline.report.rows import ComparisonRow, EssayRow, comparison_rows, essay_rows
from eng5_pipeline.run_folder import find_run

if TYPE_CHECKING:
    from pandas import DataFrame

R = TypeVar("R", bound=NamedTuple)


class Records(tuple[R, ...], Generic[R]):
    """Named tuples, one for each row."""

    def frame(self) -> DataFrame:
        """The same as a data frame, amounts of money as floats. Raises ModuleNotFoundError without pandas."""
        import pandas

        rows = [tuple(map(_number, row)) for row in self]
        return pandas.DataFrame(rows, columns=list(self[0]._fields) if self else None)


@dataclass(frozen=True)
class LoadedRun:
    """`account` holds all that the report is made of, the statistics under `account.diagnosis`."""

    path: Path
    account: Account
    essays: Records[EssayRow]
    comparisons: Records[ComparisonRow]

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


def load_run(path: str | Path) -> LoadedRun:
    """A run by its folder, or by a name that the command line would find below the current folder.

    Raises UsageError where there is none, MachineFailed where it is damaged.
    """
    folder = find_run(str(path), None, Path.cwd())
    account = read_account(folder)
    return LoadedRun(folder.path, account, Records(essay_rows(account)), Records(comparison_rows(account)))


def _number(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value
