"""`cache ls`, `cache explain` and `cache prune`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.ports import CacheEntry
from eng5_pipeline.run_folder import RunFolder, upload_cache
from tests.cli.fakes import FakeSessions, Told, tell
from tests.support.clock import FakeClock
from tests.support.run_folders import BATCH, Run

URL = "http://localhost:8001/v1/content"
ELSEWHERE = "http://elsewhere.test/v1/content"
OTHER = UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e")
TEXT = "An essay of five words."
ESSAY = "essays/students/Åsa.txt"


def entry(text: str = TEXT, *, name: str = ESSAY, url: str = URL, batch: UUID = BATCH) -> CacheEntry:
    return CacheEntry(
        url=url,
        sha256=text_sha256(text),
        storage_id=text_sha256(text + url + str(batch))[:32],
        local_id=name,
        size=len(text.encode()),
        at=datetime(2026, 11, 22, 9, 45, tzinfo=UTC),
        batch_uuid=batch,
    )


def cached(here: Path, *entries: CacheEntry) -> Path:
    path = upload_cache(here / "artefacts")
    FileUploadCache(path, URL, FakeClock(), print).add(entries)
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    essay = tmp_path / ESSAY
    essay.parent.mkdir(parents=True)
    essay.write_text(TEXT, encoding="utf-8")
    return tmp_path


def said(here: Path, *words: str, url: str = "") -> Told:
    told = tell(FakeSessions(here, environment={"CONTENT_SERVICE_URL": url} if url else {}), "cache", *words)
    assert told.code == 0, told.err
    return told


def as_json(here: Path, *words: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(said(here, *words, "--json").out)
    return value


def lines(path: Path) -> Sequence[bytes]:
    return path.read_bytes().splitlines()


def run_of(here: Path) -> RunFolder:
    """A run whose spec stands in `here`."""
    run = Run(here / "artefacts", BATCH).opened()
    journal = run.folder.journal
    journal.write_text(journal.read_text().replace("/home/ada/runspecs", str(here)))
    return run.folder


# --- ls


def test_what_counts_is_listed_by_service(here: Path) -> None:
    cached(here, entry(), entry("Another."), entry(url=ELSEWHERE), entry(batch=OTHER))
    out = said(here, "ls").out
    assert f"{URL}: 2 texts" in out
    assert f"{ELSEWHERE}: 1 text" in out
    assert "1 line replaced by newer ones" in out
    assert f"2026-11-22 09:45     23  {ESSAY}" in out


def test_of_one_run_only_what_it_uploaded_is_listed(here: Path) -> None:
    cached(here, entry(), entry("Another.", batch=OTHER))
    run_of(here)
    out = said(here, "ls", "--run", "latest").out
    assert f"{URL}: 1 text" in out
    assert str(OTHER)[:8] not in out


def test_a_list_for_programs_has_every_line(here: Path) -> None:
    path = cached(here, entry(), entry(batch=OTHER))
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    told = as_json(here, "ls")
    [cache] = told["caches"]
    assert [(each["line"], each["counts"]) for each in cache["uploads"]] == [(1, False), (2, True)]
    assert (told["v"], cache["unreadable_lines"]) == (1, [3])


def test_where_there_is_no_cache_it_says_so(here: Path) -> None:
    assert said(here, "ls").out.startswith("no upload cache here")


def test_a_hostile_name_does_no_harm_in_a_list(here: Path) -> None:
    cached(here, entry(name="\x1b[31m.txt"))
    assert "\\x1b[31m.txt" in said(here, "ls").out


# --- explain


def test_a_text_that_the_service_has_is_reused(here: Path) -> None:
    cached(here, entry())
    out = said(here, "explain", ESSAY).out
    assert "reused    the service has this text" in out
    assert f"storage id {entry().storage_id}" in out
    assert f"sha256 {text_sha256(TEXT)}, 23 bytes, 5 words" in out
    assert f"{URL} (the default)" in out


def test_a_text_that_was_sent_to_another_address(here: Path) -> None:
    cached(here, entry(url=ELSEWHERE))
    out = said(here, "explain", ESSAY).out
    assert "uploaded  the service's address differs: this text was sent elsewhere" in out
    assert f"to {ELSEWHERE}" in out


def test_the_address_is_taken_from_the_environment_as_a_run_does(here: Path) -> None:
    cached(here, entry(url=ELSEWHERE))
    assert "reused" in said(here, "explain", ESSAY, url=ELSEWHERE).out


def test_an_option_comes_before_the_environment(here: Path) -> None:
    cached(here, entry())
    assert "reused" in said(here, "explain", ESSAY, "--content-service-url", URL, url=ELSEWHERE).out


def test_a_file_that_was_changed_since(here: Path) -> None:
    cached(here, entry("Before."))
    out = said(here, "explain", ESSAY).out
    assert "uploaded  the text differs: this file was sent with another" in out
    assert f"sha256 {text_sha256('Before.')}" in out


def test_a_file_that_was_changed_since_it_was_sent_to_another_address(here: Path) -> None:
    cached(here, entry("Before.", url=ELSEWHERE))
    out = said(here, "explain", ESSAY).out
    assert "uploaded  text and service's address differ: this file was sent elsewhere with another text" in out
    assert f"to {ELSEWHERE}" in out
    assert f"sha256 {text_sha256('Before.')}" in out
    [cache] = as_json(here, "explain", ESSAY)["caches"]
    assert (cache["differs"], cache["same_file_before"]["url"]) == (["service", "text"], ELSEWHERE)


def test_a_file_that_was_never_sent(here: Path) -> None:
    cached(here, entry("Another's.", name="essays/students/Bo.txt"))
    assert "neither this text nor this file was ever sent" in said(here, "explain", ESSAY).out


def test_as_one_run_sees_it_address_and_name_are_that_runs(here: Path) -> None:
    cached(here, entry("Before."), entry("Of another spec.", name="students/Åsa.txt"))
    run_of(here)
    out = said(here, "explain", ESSAY, "--run", "latest", url=ELSEWHERE).out
    assert f"{URL} (run latest)" in out
    assert text_sha256("Before.") in out


def test_an_explanation_for_programs(here: Path) -> None:
    cached(here, entry(url=ELSEWHERE), entry("Before."))
    told = as_json(here, "explain", ESSAY)
    [cache] = told["caches"]
    assert (told["v"], told["sha256"], told["extractor"]) == (1, text_sha256(TEXT), "txt 1")
    assert (cache["reused"], cache["differs"]) == (None, ["service", "text"])


@pytest.mark.parametrize(
    ("name", "reference"), [("essays/none.txt", "essay-not-there"), ("essays/list.xlsx", "not-an-essay")]
)
def test_what_is_no_essay_is_refused(here: Path, name: str, reference: str) -> None:
    told = tell(FakeSessions(here), "cache", "explain", name)
    assert (told.code, f"error[{reference}]" in told.err) == (2, True)


def test_no_explanation_holds_the_text(here: Path) -> None:
    cached(here, entry("Before."))
    told = said(here, "explain", ESSAY)
    assert TEXT not in told.out + told.err


# --- prune


def test_without_an_option_only_what_does_not_count_goes(here: Path) -> None:
    path = cached(here, entry(), entry(batch=OTHER), entry(url=ELSEWHERE))
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    assert said(here, "prune").out == "artefacts/content_upload_cache.jsonl: 2 lines removed, 2 kept\n"
    assert lines(path) == [e.model_dump_json().encode() for e in (entry(batch=OTHER), entry(url=ELSEWHERE))]


def test_what_one_run_uploaded_goes_and_nothing_older_comes_back(here: Path) -> None:
    path = cached(here, entry(batch=OTHER), entry(), entry("Another.", batch=OTHER))
    run_of(here)
    said(here, "prune", "--run", "latest")
    assert lines(path) == [entry("Another.", batch=OTHER).model_dump_json().encode()]


@pytest.mark.parametrize("spelled", [str(OTHER), f"artefacts/{OTHER}"])
def test_what_a_deleted_run_uploaded_is_shown_and_goes_by_its_batch_uuid(here: Path, spelled: str) -> None:
    path = cached(here, entry("Theirs.", name="essays/Bo.txt", batch=OTHER), entry())
    assert "essays/Bo.txt" in said(here, "ls", "--run", spelled).out
    assert "1 line removed, 1 kept" in said(here, "prune", "--run", spelled).out
    assert lines(path) == [entry().model_dump_json().encode()]


@pytest.mark.parametrize("verb", ["ls", "prune"])
def test_a_run_that_left_nothing_is_not_found(here: Path, verb: str) -> None:
    path = cached(here, entry())
    told = tell(FakeSessions(here), "cache", verb, "--run", str(OTHER))
    assert (told.code, len(lines(path))) == (2, 1)
    assert f"no run {OTHER}" in told.err


def test_what_went_to_other_services_goes(here: Path) -> None:
    path = cached(here, entry(), entry(url=ELSEWHERE))
    said(here, "prune", "--other-than", f"{URL}/")
    assert lines(path) == [entry().model_dump_json().encode()]


@pytest.mark.parametrize("url", ["foo", "http://localhost:8001", ""])
def test_an_address_that_no_line_has_empties_no_cache(here: Path, url: str) -> None:
    path = cached(here, entry(), entry(url=ELSEWHERE))
    told = tell(FakeSessions(here), "cache", "prune", "--other-than", url)
    assert (told.code, len(lines(path))) == (2, 2)
    assert "error[option-invalid]: --other-than" in told.err
    assert f"name one of {ELSEWHERE}, {URL}" in told.err


def test_essays_that_are_gone_go_where_their_run_is_known(here: Path) -> None:
    gone, unknown = entry("Gone.", name="essays/students/Bo.txt"), entry("?", name="x.txt", batch=OTHER)
    path = cached(here, entry(), gone, unknown)
    run_of(here)
    said(here, "prune", "--missing")
    assert lines(path) == [e.model_dump_json().encode() for e in (entry(), unknown)]


def test_a_run_that_goes_on_meanwhile_sees_what_was_kept(here: Path) -> None:
    path = cached(here, entry(), entry(batch=OTHER))
    running = FileUploadCache(path, URL, FakeClock(), print)
    assert len(running.entries()) == 1
    said(here, "prune")
    running.add([entry("Another.")])
    assert len(running.entries()) == len(lines(path)) == 2


def test_where_nothing_is_to_go_the_file_stays_as_it_is(here: Path) -> None:
    path = cached(here, entry())
    before = path.stat()
    assert "0 lines removed, 1 kept" in said(here, "prune").out
    assert path.stat().st_ino == before.st_ino
