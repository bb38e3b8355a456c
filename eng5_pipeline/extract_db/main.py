"""The command line of eng5-extract-db: arguments and environment in, one file out, an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

from eng5_pipeline.extract_db.address import Address, SqliteFile, address_in
from eng5_pipeline.extract_db.compose import compose
from eng5_pipeline.extract_db.failures import Failure, Misused, OnThisMachine
from eng5_pipeline.extract_db.forms import FORMS, visible
from eng5_pipeline.extract_db.postgres import postgres_snapshot
from eng5_pipeline.extract_db.rows import Snapshot, read_job
from eng5_pipeline.extract_db.sqlite import sqlite_snapshot

INTERRUPTED = 130
EPILOGUE = """\
environment:
  ENG5_CJ_DATABASE_URL   postgresql://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:///FILE, else
  HULEEDU_DB_HOST [localhost], HULEEDU_CJ_DB_PORT [5434], HULEEDU_DB_USER, HULEEDU_DB_PASSWORD

exit codes:
  0 written           3 no such batch        5 no server answers        7 not CJ's database
  2 bad usage         4 several jobs         6 the server refuses       9 the file cannot be written
"""


@dataclass(frozen=True)
class Wanted:
    name: str
    output: Path
    form: str


def main() -> int:
    return perform(sys.argv[1:], os.environ, sys.stderr)


def perform(arguments: Sequence[str], environment: Mapping[str, str], err: TextIO) -> int:
    """The exit code. Whatever goes wrong is told in two lines."""
    try:
        wanted = _wanted(arguments)
        with _snapshot(address_in(environment)) as tables:
            job = read_job(tables, wanted.name)
        replace_file(wanted.output, FORMS[wanted.form](compose(job)))
    except Failure as failure:
        print(f"error[{failure.reference}]: {visible(failure.what)}\n  hint: {visible(failure.hint)}", file=err)
        return failure.code
    except KeyboardInterrupt:
        print("error[interrupted]: stopped by the user\n  hint: start it again; nothing was written", file=err)
        return INTERRUPTED
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Misused("usage", message, hint=f"see:  {self.prog} --help")


def _wanted(arguments: Sequence[str]) -> Wanted:
    parser = _Parser(
        prog="eng5-extract-db",
        description="Write what CJ's database holds of one batch, read-only, to one file.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="JOB_ID|BATCH_UUID", help="CJ's job id, or a batch_uuid that has one job")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, required=True, help="where to write; replaced as a whole"
    )
    parser.add_argument("--format", dest="form", choices=sorted(FORMS), default="json", help="[json]")
    given = parser.parse_args(arguments)
    return Wanted(given.name, given.output, given.form)


def _snapshot(address: Address) -> AbstractContextManager[Snapshot]:
    return sqlite_snapshot(address) if isinstance(address, SqliteFile) else postgres_snapshot(address)


def replace_file(path: Path, text: str) -> None:
    """Readers see the old file or the whole new one; a link stays a link. A device or a pipe is written to."""
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="")
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        raise OnThisMachine(
            "output-unwritable", f"{path} cannot be written: {error.strerror}", hint="name another file with --output"
        ) from error


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
