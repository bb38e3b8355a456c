"""Files as they stood at a revision of a git repository; the checkout is left alone."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from eng5_pipeline.errors import UsageError

SECONDS = 60


@dataclass(frozen=True)
class Revision:
    """One commit; `root` is the checkout's top folder, without links."""

    root: Path
    commit: str

    @classmethod
    def find(cls, folder: Path, name: str) -> Revision:
        """What git takes `name` for in the checkout that `folder` is in; UsageError where there is none."""
        root = _git(folder, "rev-parse", "--show-toplevel")
        if root is None:
            raise UsageError(
                "no-checkout", f"{folder} is in no git checkout", hint="compare two files:  eng5-pipeline diff A B"
            )
        commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if commit is None:
            raise UsageError(
                "revision-unknown",
                f"git knows no commit {name} here",
                hint="fetch it, in a shallow clone with its history:  git fetch --unshallow",
            )
        return cls(Path(os.path.realpath(root.decode().strip())), commit.decode().strip())

    def inside(self, path: Path) -> PurePosixPath | None:
        """The path in the repository; None outside of it."""
        real = Path(os.path.realpath(path.parent)) / path.name
        return PurePosixPath(real.relative_to(self.root)) if real.is_relative_to(self.root) else None

    def read(self, path: Path) -> bytes | None:
        """None where it was not there."""
        inside = self.inside(path)
        return None if inside is None else _git(self.root, "cat-file", "blob", f"{self.commit}:{inside}")

    def unpack(self, paths: Iterable[Path], into: Path) -> None:
        """What of these files and folders was there, below `into` as it lay below `root`."""
        inside = [str(place) for path in paths if (place := self.inside(path)) is not None]
        there = [place for place in dict.fromkeys(inside) if self._has(place)]
        if not there:
            return
        packed = _git(self.root, "archive", "--format=tar", self.commit, "--", *(f":(literal){p}" for p in there))
        if packed is None:
            raise UsageError("revision-unreadable", f"git cannot read {self.commit} here", hint="try:  git fsck")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for member in archive:
                _put(archive, member, into)

    def _has(self, place: str) -> bool:
        return place == "." or _git(self.root, "cat-file", "-e", f"{self.commit}:{place}") is not None


def _put(archive: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    """Regular files, and links as git keeps them; git keeps no path that leads out."""
    place = into / member.name
    if member.isfile() and (content := archive.extractfile(member)) is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.read())
    elif member.issym() and not Path(member.linkname).is_absolute():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(member.linkname)


def _git(folder: Path, *words: str) -> bytes | None:
    """What git writes; None where it fails."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        raise UsageError(
            "git-missing", "git is not installed", hint="install git, or compare two files:  eng5-pipeline diff A B"
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            "git-slow", f"git took more than {SECONDS} s", hint="compare two files:  eng5-pipeline diff A B"
        ) from None
    return done.stdout if done.returncode == 0 else None
