"""`python -m eng5_pipeline`, and the console script: hears signals before it imports what takes time."""

from __future__ import annotations

import sys

from eng5_pipeline.cli.signals import EXIT_CODE, leave_when_asked


def main() -> int:
    """The entry point: the exit code."""
    leave_when_asked()
    from eng5_pipeline.cli.app import main as command

    try:
        return command()
    except KeyboardInterrupt:  # while its end was being told
        return EXIT_CODE


if __name__ == "__main__":
    sys.exit(main())
