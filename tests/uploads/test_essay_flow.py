"""One batch of eight students in five formats, followed from the files through every place that names them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.engine.journal import read_entries
from eng5_pipeline.run_folder import RunFolder
from tests.support.batch_world import essay
from tests.support.documents import open_text, paragraph, pdf, pdf_page, word
from tests.support.project import Project, artefact, stack

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "essay-flow.md"
ROW = re.compile(r"\| (?P<name>[a-z ]+) \| `(?P<file>[^`]+)` \| `(?P<field>[^`]+)` \|")
MARK = "Quixotic marmalade of"
"""Stands in every essay, and nowhere else."""

NAMES = ("Åke.txt", "Öke.md", "Anna-Lee.docx", "ANNA LEE.odt", "Lars.docx", "Lars.pdf", "lars.TXT", "Ake.txt")


def document(name: str, text: str) -> bytes:
    match Path(name).suffix.lower():
        case ".docx":
            return word(paragraph(text[:20], text[20:]))
        case ".odt":
            return open_text(f"<text:p>{text}</text:p>")
        case ".pdf":
            return pdf(pdf_page(text))
        case _:
            return text.encode()


def text_of(number: int) -> str:
    return f"{MARK} {number}. {essay(number + 1)}"


@dataclass(frozen=True)
class Flow:
    """A run that came to its end."""

    folder: Path
    run: RunFolder
    changed: tuple[Path, ...]
    content_url: str

    @cached_property
    def files(self) -> dict[str, list[Any]]:
        """What each file of the page holds, as a list of JSON values."""
        output = self.run.path.parent
        results = {
            entry.stage: entry.data["result"] for entry in read_entries(self.run.journal) if entry.kind == "finished"
        }
        return {
            "content_upload_cache.jsonl": json_lines(output / "content_upload_cache.jsonl"),
            "extracted_texts.jsonl": json_lines(output / "extracted_texts.jsonl"),
            "journal.jsonl": [results],
            "request.<batch_uuid>.json": [json.loads(self.run.request.read_bytes())],
            "assessment_run.<batch_uuid>.json": [artefact(self.run)],
        }

    def values(self, file: str, field: str) -> list[str]:
        return [value for document in self.files[file] for value in at(document, field.split("."))]


def json_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def at(value: Any, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from at(item, path)
    elif path:
        yield from at(value[path[0]], path[1:])
    else:
        yield value


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    place = tmp_path_factory.mktemp("flow")
    with stack(place) as embedded:
        made = Project(place / "project", embedded, {"essays.students": {"files": ["essays/**/*"]}})
        (made.folder / "essays" / "9b").mkdir(parents=True)
        for number, name in enumerate(NAMES):
            path = made.folder / "essays" / ("9b" if number % 2 else ".") / name
            path.write_bytes(document(name, text_of(number)))
        said = place / "changed.txt"
        done = subprocess.run(
            [sys.executable, "-B", "-m", "tests.support.writing", str(said), "run", "spec.yaml", "-v"],
            cwd=made.folder,
            env=made.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        [run] = made.runs
        changed = tuple(map(Path, said.read_text(encoding="utf-8").splitlines()))
        yield Flow(made.folder, run, changed, embedded.variables["CONTENT_SERVICE_URL"])


def test_the_page_follows_five_names() -> None:
    rows = [match for match in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines()) if match]
    assert {match["name"] for match in rows} == {"local id", "raw digest", "text digest", "storage id", "essay id"}


def test_a_name_is_the_same_wherever_the_page_says_it_stands(flow: Flow) -> None:
    places: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for match in filter(None, map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines())):
        found = sorted(flow.values(match["file"], match["field"]))
        places[match["name"]][f"{match['file']} {match['field']}"] = found
    for name, found_at in places.items():
        [first, *others] = found_at.values()
        assert len(set(first)) == 8, name
        assert all(found == first for found in others), (name, found_at)


def test_eight_names_that_look_alike_are_eight_students(flow: Flow) -> None:
    students = artefact(flow.run)["inputs"]["students"]
    assert {Path(student["local_id"]).name for student in students} == {normalize("NFC", name) for name in NAMES}
    assert len({student["essay_id"] for student in students}) == 8


def test_request_and_artefact_pair_the_same_ids(flow: Flow) -> None:
    sent = json.loads(flow.run.request.read_bytes())["data"]["essays_for_cj"]
    students = artefact(flow.run)["inputs"]["students"]
    assert [(each["essay_id"], each["text_storage_id"]) for each in sent] == [
        (each["essay_id"], each["storage_id"]) for each in students
    ]


def test_what_cj_reads_under_a_storage_id_is_the_text_of_that_student(flow: Flow) -> None:
    wanted = {name: text_sha256(text_of(number)) for number, name in enumerate(NAMES)}
    for student in artefact(flow.run)["inputs"]["students"]:
        with urllib.request.urlopen(f"{flow.content_url}/{student['storage_id']}") as answer:
            assert text_sha256(answer.read().decode()) == wanted[Path(student["local_id"]).name]


def test_every_judged_student_is_one_that_was_sent(flow: Flow) -> None:
    written = artefact(flow.run)
    sent = {student["essay_id"]: student["local_id"] for student in written["inputs"]["students"]}
    judged = {row["essay_id"]: row["local_id"] for row in written["bt_summary"] if not row["is_anchor"]}
    assert judged == sent


def test_nothing_is_written_outside_the_output_folder(flow: Flow) -> None:
    output = flow.run.path.parent
    outside = {path for path in flow.changed if path != output and not path.is_relative_to(output)}
    assert outside - {Path("/dev/null")} == set()
    assert any(path.name == "content_upload_cache.jsonl" for path in flow.changed)


def test_no_file_that_was_written_holds_a_word_of_an_essay(flow: Flow) -> None:
    written = [path for path in flow.run.path.parent.rglob("*") if path.is_file()]
    assert len(written) > 8
    assert [path for path in written if MARK.encode() in path.read_bytes()] == []
