"""Which files are essays, how they are found, and what is refused by name."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path, PurePosixPath

import pytest

from eng5_pipeline.adapters.essays.files import LARGEST_FILE, EssayFolder
from eng5_pipeline.domain.essays import local_id
from eng5_pipeline.errors import Refused
from tests.support.documents import paragraph, pdf, pdf_page, word


def put(folder: Path, *names: str, content: bytes = b"Text.") -> EssayFolder:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return EssayFolder(folder)


def found(essays: EssayFolder, *patterns: str, exclude: tuple[str, ...] = (), follow_links: bool = False) -> list[str]:
    return [str(path) for path in essays.find(patterns, exclude, follow_links).paths]


def refusal(essays: EssayFolder, *patterns: str) -> Refused:
    [why] = essays.find(patterns, [], False).refused
    return why


def unread(essays: EssayFolder, name: str) -> Refused:
    with pytest.raises(Refused) as why:
        essays.read(PurePosixPath(name))
    return why.value


def test_every_format_is_found_in_any_letter_case(tmp_path: Path) -> None:
    essays = put(tmp_path, "e/a.TXT", "e/b.Md", "e/c.docx", "e/d.PDF", "e/f.odt")
    assert found(essays, "e/*") == ["e/a.TXT", "e/b.Md", "e/c.docx", "e/d.PDF", "e/f.odt"]


def test_a_pattern_names_an_extension_in_any_letter_case(tmp_path: Path) -> None:
    assert found(put(tmp_path, "a.DOCX", "b.docx", "c.txt"), "*.Docx") == ["a.DOCX", "b.docx"]


def test_names_that_look_alike_stay_apart(tmp_path: Path) -> None:
    names = ["ANNA LEE.docx", "Anna-Lee.docx", "Lars.docx", "Lars.pdf", "Åke.docx", "Öke.docx", "Ake.docx", "åke.docx"]
    assert len({local_id(PurePosixPath(name)) for name in found(put(tmp_path, *names), "*")}) == 8


def test_what_is_no_essay_is_passed_over_and_counted_by_reason(tmp_path: Path) -> None:
    files = ("~$anna.docx", ".~lock.a.odt#", ".DS_Store", ".anna.docx", "~WRL0001.tmp", "old.docx~", "x.xlsx", "x.exe")
    essays = put(tmp_path, "anna.docx", *files)
    assert essays.find(["*"], [], False).passed_over == {
        "hidden file": 2,
        "lock file": 2,
        "not an essay format (.exe)": 1,
        "not an essay format (.xlsx)": 1,
        "temporary file": 2,
    }


def test_a_file_of_two_patterns_is_counted_once(tmp_path: Path) -> None:
    result = put(tmp_path, "a.txt", "~$b.txt").find(["*.txt", "*"], [], False)
    assert (len(result.paths), result.passed_over) == (1, {"lock file": 1})


def test_excluded_files_are_counted(tmp_path: Path) -> None:
    result = put(tmp_path, "e/a.txt", "e/draft-b.txt").find(["e/*"], ["e/draft-*"], False)
    assert (len(result.paths), result.passed_over) == (1, {"excluded": 1})


def test_folders_of_any_depth_are_searched_but_not_hidden_ones(tmp_path: Path) -> None:
    essays = put(tmp_path, "a.txt", "x/b.txt", "x/y/c.txt", ".git/d.txt")
    assert found(essays, "**/*.txt") == ["a.txt", "x/b.txt", "x/y/c.txt"]


def test_a_folder_in_the_middle_may_be_any(tmp_path: Path) -> None:
    essays = put(tmp_path, "9a/final/a.txt", "9b/final/b.txt", "9b/draft/c.txt")
    assert found(essays, "*/final/*.txt") == ["9a/final/a.txt", "9b/final/b.txt"]


def test_a_folder_beside_the_specs_is_reached(tmp_path: Path) -> None:
    put(tmp_path, "data/essays/a.txt", "specs/run.yaml")
    essays = EssayFolder(tmp_path / "specs")
    assert found(essays, "../data/essays/*.txt") == ["../data/essays/a.txt"]
    assert essays.read(PurePosixPath("../data/essays/a.txt")).text == "Text."


def test_a_name_kept_decomposed_is_found_by_a_composed_pattern(tmp_path: Path) -> None:
    essays = put(tmp_path, unicodedata.normalize("NFD", "elever/Åsa.txt"), unicodedata.normalize("NFD", "två/b.txt"))
    assert local_id(PurePosixPath(found(essays, "elever/Å*.txt")[0])) == "elever/Åsa.txt"
    assert len(found(essays, "två/*.txt")) == 1


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    why = refusal(put(tmp_path, "a.txt"), "essays/students/*.docx")
    assert why.reference == "essays-not-found"
    assert why.what == "there is no folder essays/students, which essays/students/*.docx names"


def test_a_pattern_that_finds_only_what_is_passed_over_says_so(tmp_path: Path) -> None:
    why = refusal(put(tmp_path, "e/a.xlsx", "e/~$a.docx"), "e/*")
    assert why.what == "no essay matches e/*; passed over: 1 lock file, 1 not an essay format (.xlsx)"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    put(tmp_path, "elsewhere/secret.txt", "spec/essays/a.txt")
    return tmp_path / "elsewhere"


def test_a_link_that_leaves_the_specs_folder_is_refused(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "spec/essays/b.txt").symlink_to(outside / "secret.txt")
    why = refusal(EssayFolder(tmp_path / "spec"), "essays/*.txt")
    assert (why.reference, why.what) == (
        "essay-outside-folder",
        "essays/b.txt is a link that leaves the spec's folder",
    )


@pytest.mark.parametrize("pattern", ["essays/linked/*.txt", "essays/**/*.txt", "essays/*/*.txt"])
def test_a_folder_link_that_leaves_is_refused(tmp_path: Path, outside: Path, pattern: str) -> None:
    (tmp_path / "spec/essays/linked").symlink_to(outside)
    assert refusal(EssayFolder(tmp_path / "spec"), pattern).reference == "essay-outside-folder"


@pytest.mark.parametrize("pattern", ["essays/linked/*.txt", "essays/**/*.txt"])
def test_links_are_followed_where_the_spec_says_so(tmp_path: Path, outside: Path, pattern: str) -> None:
    (tmp_path / "spec/essays/linked").symlink_to(outside)
    assert "essays/linked/secret.txt" in found(EssayFolder(tmp_path / "spec"), pattern, follow_links=True)


def test_a_link_that_leaves_is_no_matter_when_it_is_excluded(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "spec/essays/b.txt").symlink_to(outside / "secret.txt")
    assert found(EssayFolder(tmp_path / "spec"), "essays/*", exclude=("essays/b.*",)) == ["essays/a.txt"]


def test_a_link_within_the_folder_is_an_essay(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "spec/essays/b.txt").symlink_to("a.txt")
    assert found(EssayFolder(tmp_path / "spec"), "essays/*.txt") == ["essays/a.txt", "essays/b.txt"]


def test_links_that_lead_round_end(tmp_path: Path) -> None:
    essays = put(tmp_path, "x/a.txt", "y/b.txt")
    (tmp_path / "x/to_y").symlink_to(tmp_path / "y")
    (tmp_path / "y/to_x").symlink_to(tmp_path / "x")
    (tmp_path / "x/itself").symlink_to("itself")
    assert found(essays, "x/**/*.txt", follow_links=True) == ["x/a.txt", "x/to_y/b.txt"]


def test_a_link_to_nothing_is_passed_over(tmp_path: Path) -> None:
    essays = put(tmp_path, "a.txt")
    (tmp_path / "b.txt").symlink_to("gone.txt")
    assert essays.find(["*.txt"], [], False).passed_over == {"not a regular file": 1}


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    essays = put(tmp_path, "a.txt", b"\xc5ke.txt".decode("utf-8", "surrogateescape"))
    assert refusal(essays, "*.txt").what == r"the name \udcc5ke.txt is not UTF-8"


def test_a_text_comes_with_the_digest_of_the_files_bytes(tmp_path: Path) -> None:
    data = "\ufeffÅsa".encode()
    read = put(tmp_path, "a.txt", content=data).read(PurePosixPath("a.txt"))
    assert (read.text, read.raw_sha256) == ("Åsa", hashlib.sha256(data).hexdigest())


def test_every_kind_of_document_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.DOCX", content=word(paragraph("One ", "essay.")))
    essays = put(tmp_path, "b.pdf", content=pdf(pdf_page("One essay.")))
    assert {essays.read(PurePosixPath(name)).text for name in ("a.DOCX", "b.pdf")} == {"One essay."}


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    essays = put(tmp_path, "a.txt", content=b"Before.")
    assert essays.read(PurePosixPath("a.txt")).text == "Before."
    put(tmp_path, "a.txt", content=b"After.")
    assert essays.read(PurePosixPath("a.txt")).text == "After."


@pytest.mark.parametrize(
    ("name", "content", "reference"),
    [
        ("a.txt", b" \n", "essay-blank"),
        ("a.txt", b"MZ\x00\x01\x02", "essay-undecodable"),
        ("a.docx", b"MZ\x00\x01\x02", "essay-unreadable"),
        ("a.txt", b"x" * (LARGEST_FILE + 1), "essay-too-large"),
    ],
)
def test_what_cannot_be_an_essay_is_refused_by_name(tmp_path: Path, name: str, content: bytes, reference: str) -> None:
    why = unread(put(tmp_path, name, content=content), name)
    assert why.reference == reference
    assert why.what.startswith(f"{name} ")
    assert why.hint


def test_a_refusal_says_nothing_of_the_text(tmp_path: Path) -> None:
    essays = put(tmp_path, "a.docx", content=b"My name is Anna")
    why = unread(essays, "a.docx")
    assert "Anna" not in why.what + why.hint


def test_a_prompt_is_kept_as_written_but_for_its_mark(tmp_path: Path) -> None:
    essays = put(tmp_path, "p.md", content="\ufeffCompare.\r\n ".encode())
    assert essays.text(PurePosixPath("p.md")) == "Compare.\r\n "


def test_a_prompt_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    essays = put(tmp_path, "p.md", content=b"J\xe4mf\xf6r")
    with pytest.raises(Refused, match=r"p\.md is not UTF-8 at byte 1"):
        essays.text(PurePosixPath("p.md"))
