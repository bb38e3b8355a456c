"""`python -m tests.support.writing FILE …`: the program, with every path that it changes noted in FILE."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from eng5_pipeline.cli.app import main

_CHANGING = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def note_changes(file: Path) -> None:
    noted = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        changed: tuple[Any, ...] = ()
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            changed = arguments[:1]
        elif event in _CHANGING:
            changed = arguments[:2]
        for path in changed:
            if isinstance(path, str | bytes | os.PathLike):
                os.write(noted, os.path.abspath(os.fsdecode(path)).encode() + b"\n")

    sys.addaudithook(note)


if __name__ == "__main__":
    note_changes(Path(sys.argv.pop(1)))
    sys.exit(main())
