"""Lines and files survive a kill."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eng5_pipeline.durable import LineFile, held, replace_file
from eng5_pipeline.errors import MachineFailed


@dataclass
class Disk:
    """A folder whose names and bytes outlive a power cut as they were when last flushed."""

    folder: Path
    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)

    def flush(self, fd: int) -> None:
        flushed = os.fstat(fd).st_ino
        here = {path: path.stat().st_ino for path in self.folder.iterdir()}
        if flushed == self.folder.stat().st_ino:
            self.names = {path.name: inode for path, inode in here.items()}
        self.contents |= {inode: path.read_bytes() for path, inode in here.items() if inode == flushed}

    def after_a_power_cut(self) -> dict[str, bytes]:
        return {name: self.contents.get(inode, b"") for name, inode in self.names.items()}


def test_every_line_that_was_appended_outlives_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with LineFile(tmp_path / "a.jsonl", disk.flush) as file:
        for kept in (b"one\n", b"one\none\n"):
            file.append([b"one"])
            assert disk.after_a_power_cut() == {"a.jsonl": kept}


def test_a_torn_tail_that_was_cut_does_not_come_back_after_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with LineFile(tmp_path / "a.jsonl", disk.flush):
        (tmp_path / "a.jsonl").write_bytes(b"one\ntorn")
    LineFile(tmp_path / "a.jsonl", disk.flush).close()
    assert disk.after_a_power_cut() == {"a.jsonl": b"one\n"}


def test_a_replaced_file_outlives_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    for content in (b"old", b"new"):
        replace_file(tmp_path / "a.json", [content], disk.flush)
        assert disk.after_a_power_cut() == {"a.json": content}


def test_lines_are_there_for_the_next_reader(tmp_path: Path) -> None:
    with LineFile(tmp_path / "a.jsonl") as file:
        file.append([b"one", b"two"])
    with LineFile(tmp_path / "a.jsonl") as file:
        assert list(file.read()) == [b"one", b"two"]


@pytest.mark.parametrize("kept", [b"", b"one\n", b"one\n" + b"x" * 200_000 + b"\n"])
def test_a_torn_tail_is_cut_when_the_file_is_opened(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(kept + b"torn" * 50_000)
    LineFile(path).close()
    assert path.read_bytes() == kept


def test_a_replaced_file_is_whole_or_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_file(path, [b"old"])

    def chunks_that_fail() -> list[bytes]:
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        replace_file(path, (chunk for chunk in [b"new", chunks_that_fail()] if isinstance(chunk, bytes)))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_link_stays_a_link_to_the_new_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    for content in (b"first", b"second"):
        replace_file(tmp_path / "link", [content])
        assert (tmp_path / "file").read_bytes() == content
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace_file(tmp_path / "pipe", [b"one", b"two"])
        assert os.read(reader, 100) == b"onetwo"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_the_name_of_an_open_descriptor_is_written_to() -> None:
    reader, writer = os.pipe()
    try:
        replace_file(Path(f"/proc/self/fd/{writer}"), [b"plan"])
        assert os.read(reader, 100) == b"plan"
    finally:
        os.close(reader)
        os.close(writer)


def test_a_full_disk_leaves_whole_lines_and_is_told_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with LineFile(path) as file:
            file.append([b"one"])
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
            with pytest.raises(MachineFailed):
                file.append([b"x" * 4000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == b"one\n"


def test_a_folder_that_cannot_be_written_is_told_with_a_way_out(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(MachineFailed):
        LineFile(blocked / "a.jsonl")


def test_the_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from eng5_pipeline.durable import held\n"
        "with held(Path(sys.argv[1]), 'it'): print('held', flush=True); sys.stdin.read()"
    )
    lock = tmp_path / ".lock"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(MachineFailed, match=f"pid {other.pid}"), held(lock, "it"):
            pass
        other.kill()
    with held(lock, "it"):
        assert lock.read_text().strip() == f"{os.getpid()}"
