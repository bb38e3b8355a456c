"""How long `--help` and `--version` take, beside their floor: `python -c "import typer"`.

    python benchmarks/startup.py [RUNS]

Prints the median wall time of each and its ratio to the floor; the aim is at most 3.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "import typer (floor)": ["-c", "import typer"],
    "--version": ["-m", "eng5_pipeline", "--version"],
    "--help": ["-m", "eng5_pipeline", "--help"],
}


def seconds(arguments: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main(runs: int) -> None:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):  # in turn, so that a slow moment of the machine hits all alike
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    medians = {name: statistics.median(times[1:]) for name, times in taken.items()}
    floor = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"{name:22} {median * 1000:7.1f} ms   {median / floor:4.2f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
