"""Lines and files that survive a kill: the only place that flushes to the disk.

A line counts as written when `append` has returned. A kill in the middle of it leaves a torn tail, which is cut when
the file is opened again. Whole files are written beside and then put in place.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from eng5_pipeline.errors import MachineFailed

Flush = Callable[[int], None]
"""Returns when all that was written to a descriptor is on the disk."""

HOLDER_WIDTH = 10  # a process id, padded: overwriting in place spares a truncation


class LineFile:
    """An append-only file of lines; one writer at a time."""

    def __init__(self, path: Path, flush: Flush = os.fsync) -> None:
        self.path = path
        self._flush = flush
        with told_as_machine_failure(path):
            created = not path.exists()
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._cut_torn_tail()
            except BaseException:
                os.close(self._fd)
                raise
            if created:
                sync_folder(path.parent, flush)

    def append(self, lines: Iterable[bytes]) -> None:
        """Put whole lines, given without their newline, on the disk; all of them or a tail that is cut later."""
        data = b"".join(line + b"\n" for line in lines)
        if not data:
            return
        with told_as_machine_failure(self.path):
            start = os.lseek(self._fd, 0, os.SEEK_END)
            try:
                self._write(data)
                self._flush(self._fd)
            except OSError:
                # A full disk may have taken a part: leave only whole lines behind.
                os.ftruncate(self._fd, start)
                raise

    def read(self) -> Iterator[bytes]:
        """Every line so far, without its newline, in flat memory."""
        with told_as_unreadable(self.path), self.path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")

    def close(self) -> None:
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def _cut_torn_tail(self) -> None:
        size = os.fstat(self._fd).st_size
        keep = size
        while keep:
            start = max(0, keep - 65536)
            newline = os.pread(self._fd, keep - start, start).rfind(b"\n")
            if newline >= 0:
                keep = start + newline + 1
                break
            keep = start
        if keep != size:
            os.ftruncate(self._fd, keep)
            self._flush(self._fd)


def replace_file(path: Path, chunks: Iterable[bytes], flush: Flush = os.fsync) -> None:
    """Readers see the old file or the whole new one, never a part; a link stays a link, to the new one.

    A device or a pipe is never replaced: it is written to.
    """
    with told_as_machine_failure(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                stream.writelines(chunks)
            return
        file = Path(os.path.realpath(path))
        beside = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            with beside.open("wb") as part:
                part.writelines(chunks)
                part.flush()
                flush(part.fileno())
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(file.parent, flush)


def make_folder(path: Path) -> None:
    with told_as_machine_failure(path):
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path, flush: Flush = os.fsync) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush(fd)
    finally:
        os.close(fd)


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold `path` against other processes; the kernel lets go of it however this one ends."""
    with told_as_machine_failure(path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(fd, path, what)
        with told_as_machine_failure(path):
            os.pwrite(fd, f"{os.getpid():<{HOLDER_WIDTH}}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, path: Path, what: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise MachineFailed(
            "held-elsewhere",
            f"{what} is held by another process (pid {holder})",
            hint=f"wait for it to end, or stop it:  kill -INT {holder}",
        ) from None
    except OSError as error:
        raise machine_failure(path, error) from error


@contextmanager
def told_as_machine_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise machine_failure(path, error) from error


@contextmanager
def told_as_unreadable(path: Path) -> Iterator[None]:
    """For who only reads: another output folder is no help there."""
    try:
        yield
    except OSError as error:
        raise read_failure(path, error) from error


def read_failure(path: Path, error: OSError) -> MachineFailed:
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = f"make {path} readable for this user, then go on"
        return MachineFailed("no-permission", f"cannot read {path}: {error.strerror}", hint=hint)
    return machine_failure(path, error)


def machine_failure(path: Path, error: OSError) -> MachineFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineFailed("disk-full", f"no space left for {path}", hint="free some space, then go on")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return MachineFailed("no-permission", f"cannot write {path}: {error.strerror}", hint="choose --output-dir")
    no_folder = error.errno in (errno.ENOTDIR, errno.EEXIST)
    hint = "choose a folder:  --output-dir" if no_folder else "see to this file, then go on"
    return MachineFailed("file-failed", f"{path}: {error.strerror or error}", hint=hint)
