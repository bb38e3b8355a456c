"""Reads documents in a child process, so that none can hang, crash or exhaust the run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import IO

import eng5_pipeline
from eng5_pipeline.adapters.essays.document_worker import read_frame, write_frame
from eng5_pipeline.adapters.essays.unreadable import Extracted, Unreadable, damaged

LONGEST = 10.0
"""Seconds that one document may take."""

_WORKER = "eng5_pipeline.adapters.essays.document_worker"


class DocumentReader:
    """One child for all documents, begun with the first and ended with this object. Threads take turns."""

    def __init__(self, seconds: float = LONGEST) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._ending: weakref.finalize[[subprocess.Popen[bytes]], DocumentReader] | None = None

    def read(self, extension: str, data: bytes) -> Extracted:
        """Raises Unreadable."""
        with self._turn:
            child = self._child or self._start()
            try:
                answer = _asked(child, extension, data)
            except BaseException:
                # What is still in the pipes answers nobody.
                self.close()
                raise
            if answer is None:
                self.close()
                raise self._died(child.returncode)
        return _read_answer(answer)

    def close(self) -> None:
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            # -P and an environment of its own: a folder of essays must not be able to name modules.
            [sys.executable, "-P", "-m", _WORKER, str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(Path(eng5_pipeline.__file__).parents[1])},
            # Ctrl-C is the parent's affair: the document at hand is finished.
            start_new_session=True,
        )
        self._child = child
        self._ending = weakref.finalize(self, _end, child)
        return child

    def _died(self, exit_code: int | None) -> Unreadable:
        if exit_code == -signal.SIGALRM:
            what = f"takes more than {self._seconds:g} s to read"
            return Unreadable("essay-too-slow", what, "save it as plain text")
        return damaged("cannot be read: it breaks the program that opens it", "save it as plain text")


def _asked(child: subprocess.Popen[bytes], extension: str, data: bytes) -> bytes | None:
    """The answer, None where the child ended without one."""
    requests, answers = _pipes(child)
    try:
        write_frame(requests, extension.encode())
        write_frame(requests, data)
    except BrokenPipeError:
        child.wait()
        return None
    answer = read_frame(answers)
    if answer is None:
        child.wait()
    return answer


def _read_answer(answer: bytes) -> Extracted:
    fields = json.loads(answer)
    if "text" in fields:
        return Extracted(fields["text"], tuple(fields["left_out"]))
    raise Unreadable(fields["reference"], fields["what"], fields["hint"])


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None
    assert child.stdout is not None
    return child.stdin, child.stdout


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()  # it keeps nothing
    child.communicate()
