"""`python -m tests.support.watched FILE …`: the program, with every process that it starts noted in FILE."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from eng5_pipeline.cli.app import main


def watch(file: Path) -> None:
    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            with file.open("a", encoding="utf-8") as started:
                started.write(f"{arguments[1]}\n")

    sys.addaudithook(note)


if __name__ == "__main__":
    watch(Path(sys.argv.pop(1)))
    sys.exit(main())
