"""The jars of Apache Kafka: resolved by Maven once, kept outside the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
FOLDER_VARIABLE = "ENG5_KAFKA_JARS"


class Unavailable(Exception):
    """A real broker cannot be started here; the text says why."""


def jars() -> Path:
    """The folder of the jars. Raises Unavailable."""
    for tool in ("java", "keytool"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed (Java 17 is needed)")
    folder = _cache() / _version()
    if not folder.is_dir():
        _resolve(folder)
    return folder


def _cache() -> Path:
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "eng5-pipeline-kafka"


def _version() -> str:
    found = re.search(r"<kafka.version>(.+)</kafka.version>", POM.read_text(encoding="utf-8"))
    assert found
    return found[1]


def _resolve(folder: Path) -> None:
    """Beside, then in place: a folder that is there is whole."""
    if shutil.which("mvn") is None:
        raise Unavailable("Maven is not installed, and there are no jars in " + str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        made = Path(beside) / "jars"
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={made}", "-DincludeScope=runtime")
        done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
        if done.returncode or not made.is_dir():
            raise Unavailable(f"Maven could not resolve Apache Kafka: {done.stdout[-500:]}{done.stderr[-500:]}")
        if not folder.is_dir():
            made.rename(folder)
