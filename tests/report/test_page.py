from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eng5_pipeline.report.page.amounts import seconds, usd
from eng5_pipeline.report.page.markup import el, table
from eng5_pipeline.report.page.write import write_page
from tests.support import run_ends
from tests.support.run_ends import ENDS
from tests.support.run_folders import Run, comparison


class Reader(HTMLParser):
    """The page as text, one line a table row or paragraph, and the tags it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += {"tr": "\n", "p": "\n", "dd": "\n", "h1": "\n", "h2": "\n", "td": " "}.get(tag, " ")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def page(run: Run) -> Reader:
    reader = Reader()
    reader.feed(write_page(run.folder).read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def lines(run: Run) -> list[str]:
    return [" ".join(line.split()) for line in page(run).text.splitlines() if line.strip()]


def test_the_page_is_headed_by_label_batch_and_end(tmp_path: Path) -> None:
    told = lines(run_ends.completed(tmp_path))
    assert "role-models-baseline" in told
    assert "d0bc3be6-8143-422b-b35d-a77869d7547a" in told
    assert "Completed" in told


def test_the_ranking_has_essays_with_grades_and_anchors_with_true_ones(tmp_path: Path) -> None:
    told = lines(run_ends.completed(tmp_path))
    assert "1 essays/students/Lars.docx student A 2.511 2 2" in told
    assert "3 anchor 12 anchor D- 0.227 2 1" in told


def test_a_simulated_judge_is_announced(tmp_path: Path) -> None:
    assert "Simulated judge" in lines(run_ends.completed(tmp_path))


def test_a_real_judge_is_not(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]), cost="0.0000004")])
    told = lines(run)
    assert "Simulated judge" not in told
    assert "anthropic claude 1 0 90 10 $0.0000004" in told


def test_what_is_partial_says_so_and_what_to_do(tmp_path: Path) -> None:
    told = lines(run_ends.timed_out(tmp_path))
    assert "Partial: resume can go on with it" in told
    assert told[told.index("Stopped in stage await") + 1 :][:2] == ["no completion in 1800 s", "go on"]


def test_without_a_result_there_is_no_ranking_but_there_are_comparisons(tmp_path: Path) -> None:
    told = lines(run_ends.failed_late(tmp_path))
    assert "There is no result of CJ here, so there is neither a ranking nor a grade." in told
    assert [line for line in told if line.endswith("0 0 1 1")]


def test_how_the_run_went_is_told_stage_by_stage(tmp_path: Path) -> None:
    told = lines(run_ends.published(tmp_path))
    assert "upload finished 0.2 s 1 3 uploaded, 0 reused" in told
    assert "await skipped flags.await_completion is false" in told


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    told = lines(run_ends.timed_out(tmp_path))
    assert "not readable: json_invalid 1" in told
    assert "huleedu.llm_provider.comparison_result.v1 2 5 9" in told


def test_other_jobs_are_told(tmp_path: Path) -> None:
    assert "16 4 $0.00" in lines(run_ends.completed_beside_other_jobs(tmp_path))


def test_the_origin_of_the_run_is_told(tmp_path: Path) -> None:
    told = lines(run_ends.completed(tmp_path))
    assert "Assignment np_2017_vt" in told
    assert "judge.provider mock spec" in told
    assert not [line for line in told if line.startswith("limits.uploads")]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_every_end_has_a_page_that_fetches_and_runs_nothing(end: Callable[[Path], Run], tmp_path: Path) -> None:
    made = page(end(tmp_path))
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & set(made.tags)
    assert not [name for name, _ in made.attributes if name in ("src", "href") or name.startswith("on")]


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    first = write_page(run.folder).read_bytes()
    assert write_page(run.folder).read_bytes() == first


def test_a_hostile_name_is_only_text(tmp_path: Path) -> None:
    name = "essays/<script>alert(1)</script>\x1b[31m\u202egnp.\"'&.txt"
    run = Run(tmp_path, students=(name, "essays/b.txt"), label="<img src=x onerror=alert(1)>").checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))])
    made = page(run)
    assert "essays/<script>alert(1)</script>\\x1b[31m\\u202egnp.\"'&.txt" in made.text
    assert "script" not in made.tags
    assert "img" not in made.tags


def test_no_word_of_an_answer_is_in_it(tmp_path: Path) -> None:
    assert "SECRET" not in write_page(run_ends.timed_out(tmp_path).folder).read_text()


def test_the_style_is_inside(tmp_path: Path) -> None:
    html = write_page(run_ends.completed(tmp_path).folder).read_text()
    assert "@media print" in html
    assert not re.search(r"https?:|url\(|@import", html)


def test_whatever_is_not_markup_is_escaped() -> None:
    assert el("b", "1 < 2 & 3", title='"') == '<b title="&quot;">1 &lt; 2 &amp; 3</b>'
    assert "<td>&lt;i&gt;</td>" in table(["a"], [["<i>"]], "")


@pytest.mark.parametrize(("value", "said"), [(None, ""), (0.25, "0.2 s"), (75.4, "1 min 15 s"), (3600, "60 min 0 s")])
def test_times_are_short(value: float | None, said: str) -> None:
    assert seconds(value) == said


def test_amounts_are_whole() -> None:
    assert [usd(Decimal(text)) for text in ("0", "4E-7", "12.5000", "1E+2")] == [
        "$0.00",
        "$0.0000004",
        "$12.50",
        "$100.00",
    ]
