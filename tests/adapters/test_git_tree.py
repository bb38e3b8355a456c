"""Files as they stood at a revision, without touching the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.adapters.git.tree import Revision
from eng5_pipeline.errors import UsageError
from tests.support.git import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "study")
    made.write({"specs/a.yaml": "one", "specs/essays/Åsa B.txt": "ä", "other/big.bin": "x", "top.md": "t"})
    made.commit("first")
    made.write({"specs/a.yaml": "two", "specs/essays/new.txt": "new"})
    made.commit("second")
    return made


def test_a_file_is_read_as_it_was(repository: Repository) -> None:
    before = Revision.find(repository.folder / "specs", "HEAD~1")
    assert before.read(repository.folder / "specs" / "a.yaml") == b"one"


def test_a_file_that_was_not_there_is_none(repository: Repository) -> None:
    before = Revision.find(repository.folder, "HEAD~1")
    assert before.read(repository.folder / "specs/essays/new.txt") is None
    assert before.read(repository.folder.parent / "elsewhere.txt") is None


def test_what_was_there_is_unpacked_as_it_lay(repository: Repository, tmp_path: Path) -> None:
    before, into = Revision.find(repository.folder, "HEAD~1"), tmp_path / "then"
    wanted = [repository.folder / name for name in ("specs/essays", "top.md", "specs/lock", "../../etc")]
    before.unpack(wanted, into)
    assert sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()) == [
        "specs/essays/Åsa B.txt",
        "top.md",
    ]


def test_names_with_wildcards_mean_themselves(repository: Repository, tmp_path: Path) -> None:
    repository.write({"odd/[ab]*.txt": "odd", "odd/a.txt": "even"})
    repository.commit("third")
    Revision.find(repository.folder, "HEAD").unpack([repository.folder / "odd/[ab]*.txt"], tmp_path / "then")
    assert [path.name for path in (tmp_path / "then" / "odd").iterdir()] == ["[ab]*.txt"]


def test_nothing_is_unpacked_of_what_was_not_there(repository: Repository, tmp_path: Path) -> None:
    Revision.find(repository.folder, "HEAD").unpack([repository.folder / "nowhere"], tmp_path / "then")
    assert not (tmp_path / "then").exists()


def test_the_checkout_is_left_alone(repository: Repository, tmp_path: Path) -> None:
    repository.write({"specs/a.yaml": "not committed"})
    Revision.find(repository.folder, "HEAD~1").unpack([repository.folder], tmp_path / "then")
    assert (repository.folder / "specs/a.yaml").read_text() == "not committed"
    assert repository.git("status", "--porcelain").split() == ["M", "specs/a.yaml"]


@pytest.mark.parametrize("name", ["nonsense", "--output=x", "HEAD~9"])
def test_an_unknown_revision_is_refused(repository: Repository, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Revision.find(repository.folder, name)
    assert caught.value.reference == "revision-unknown"


def test_outside_a_checkout_it_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Revision.find(tmp_path, "HEAD")
    assert caught.value.reference == "no-checkout"
