"""5,000 broken specs: each is a list of located mistakes, never a traceback; which took longest.

    python benchmarks/broken_specs.py [SPECS]

The texts are those of the everyday test, more of them. Prints the median and the slowest with its beginning.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.spec.test_fuzz import broken_texts, check

SHOWN = 5


def main(count: int) -> None:
    taken: list[tuple[float, bytes]] = []

    @seed(20261122)
    @given(broken_texts())
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(raw: bytes) -> None:
        begun = time.perf_counter()
        whole = check(raw)
        taken.append((time.perf_counter() - begun, raw))
        assume(not whole)

    each()
    taken.sort(key=lambda timed: timed[0])
    print(f"{len(taken)} texts, {count} of them broken specs; none with a traceback, every mistake located")
    print(f"median {statistics.median(seconds for seconds, _ in taken) * 1000:.1f} ms; the slowest:")
    for seconds, raw in reversed(taken[-SHOWN:]):
        print(f"{seconds * 1000:8.1f} ms  {len(raw):5} bytes  {_first_change(raw)!r}")


def _first_change(raw: bytes) -> bytes:
    """The line that is the first not to stand in a spec that was not broken."""
    from tests.support.run_specs import FULL, MINIMAL

    whole = set(f"{FULL}{MINIMAL}".encode().splitlines())
    return next((line for line in raw.splitlines() if line not in whole), b"")[:80]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
