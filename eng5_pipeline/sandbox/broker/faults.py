"""When the broker misbehaves: each fault once, so long after the nth thing of its kind."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction, BrokerFault, Moment

Command = Callable[[BrokerAction], None]


class BrokerFaults:
    """Counts what happens and commands what is due; `notice` is called from many threads."""

    def __init__(self, faults: Sequence[BrokerFault], command: Command) -> None:
        self._faults = faults
        self._command = command
        self._counts: Counter[Moment] = Counter()
        self._lock = threading.Lock()

    def notice(self, moment: Moment) -> None:
        with self._lock:
            self._counts[moment] += 1
            count = self._counts[moment]
        for fault in self._faults:
            if (fault.when, fault.nth) == (moment, count):
                self._schedule(fault)

    def _schedule(self, fault: BrokerFault) -> None:
        if fault.after_s == 0:
            self._command(fault.do)
            return
        timer = threading.Timer(fault.after_s, self._command, (fault.do,))
        timer.daemon = True
        timer.start()
