"""What happens when nobody reads, or nothing can be written."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys

from eng5_pipeline.cli.streams import Stream


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_reader_that_goes_away_stops_nothing() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    with open(writable, "w", encoding="utf-8") as pipe:
        stream = Stream(pipe)
        stream.line("nobody hears this")
        stream.line("nor this")
        assert stream.failure is None


def test_a_full_disk_is_remembered_for_the_end_of_the_command() -> None:
    stream = Stream(Full())
    stream.line("lost")
    stream.line("lost as well")
    assert stream.failure is not None
    assert stream.failure.errno == errno.ENOSPC


def test_letters_that_an_output_does_not_know_are_escaped() -> None:
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding="ascii")
    Stream(text).line("Åke · 1")
    assert raw.getvalue() == b"\\xc5ke \\xb7 1\n"


def test_lines_that_belong_together_are_written_at_once() -> None:
    writes: list[str] = []

    class Noting(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    Stream(Noting()).lines(["a", "b"])
    assert writes == ["a\nb\n"]


def test_no_file_gets_the_number_of_a_stream_that_was_closed() -> None:
    take = "from eng5_pipeline.cli.streams import take_closed_descriptors as take; take()"
    script = f"{take}; print(open('/dev/null').fileno())"
    command = ["bash", "-c", '"$0" -c "$1" 0<&- 2>&-', sys.executable, script]
    assert int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) > 2
