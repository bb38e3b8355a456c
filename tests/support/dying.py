"""`python -m tests.support.dying LINE run|resume NAME [BATCH_UUID]`: killed when about to write its nth journal line.

Every journal line asks the clock for its time, and the clock is passed in: no name of the program is touched. With
line 0 it lives until somebody else kills it.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.run_folder import find_run
from eng5_pipeline.wiring.world import real_world
from tests.support.observers import Remembering


class DyingClock(SystemClock):
    def __init__(self, left: int) -> None:
        self.left = left

    def now(self) -> datetime:
        caller = sys._getframe(1).f_code
        if caller.co_name == "append" and caller.co_filename.endswith("journal.py"):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().now()


def main(line: int, verb: str, name: str, batch_uuid: str | None = None) -> int:
    world = replace(real_world(), clock=DyingClock(line))
    if batch_uuid is not None:
        world = replace(world, new_uuid=lambda: UUID(batch_uuid))
    if verb == "run":
        session = run_session(Path(name), {}, world)
    else:
        session = resume_session(find_run(name, None, world.here), {}, world)
    with session:
        return session.execute(Remembering(), lambda: False).exit_code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
