from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from eng5_pipeline.report.page.names import aliases
from eng5_pipeline.report.page.write import write_page
from tests.support import run_ends
from tests.support.huge_batch import huge_run
from tests.support.judged_run import begun_run, completed_run, essays_of, simulated
from tests.support.page_reader import lines, lines_of, page, read, section
from tests.support.run_ends import ENDS
from tests.support.run_folders import Run, comparison


def judged(path: Path, comparisons: int = 60) -> Run:
    run = begun_run(path)
    return completed_run(run, simulated(run, comparisons, seed=1))


def of_many_essays(path: Path, essays: int) -> Run:
    """Without a result of CJ; each essay meets the next ones."""
    run = begun_run(path, students=[f"essays/{n:03}.txt" for n in range(essays)])
    met = [(run.essay_ids[n % essays], run.essay_ids[(n + 1 + n // essays) % essays]) for n in range(essays * 3 // 2)]
    return run.kept(comparison(run, number, pair) for number, pair in enumerate(met))


# What was found.


def test_the_page_is_headed_by_label_end_and_batch(tmp_path: Path) -> None:
    told = lines(run_ends.completed(tmp_path))
    assert "role-models-baseline" in told
    assert "Completed · begun 2026-11-22 09:45:00 UTC" in told
    assert "d0bc3be6-8143-422b-b35d-a77869d7547a" in told


def test_the_ranking_has_essays_with_grades_and_anchors_with_expert_ones(tmp_path: Path) -> None:
    told = lines(run_ends.completed(tmp_path))
    assert "1 essays/students/Lars.docx A 2.511 2.04 2 2 student" in told
    assert "3 anchor 12 D- 0.227 2.30 2 1 anchor" in told


def test_without_a_result_there_is_no_ranking_but_there_are_comparisons(tmp_path: Path) -> None:
    told = lines(run_ends.failed_late(tmp_path))
    assert "There is no result of CJ here, so there is neither a ranking nor a grade." in told
    assert "No comparison was decided, so nothing can be estimated." in told
    assert [line for line in told if line.endswith("0 0 1 1")]


def test_without_a_result_thetas_are_those_computed_here(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    told = lines(run.kept(comparison(run, n, (a, b)) for n, (a, b, _) in enumerate(simulated(run, 30, seed=2))))
    assert any(line.endswith("Theta and order are computed here.") for line in told)


def test_grades_too_close_to_a_boundary_are_named_the_least_certain_first(tmp_path: Path) -> None:
    told = section(lines(judged(tmp_path)), "Too close to a boundary to call", "How it is computed")
    assert told[3].startswith("essays/students/Noor.docx C- F+ to A")
    likely = [int(line.split()[-2]) for line in told[3:-1]]
    assert likely == sorted(likely)
    assert told[-1] == "0 projected grades are clear of every boundary."


def test_the_reliability_never_stands_without_what_it_depends_on(tmp_path: Path) -> None:
    told = section(lines(judged(tmp_path)), "Reliability", "How it is computed")
    assert [line.split()[0] for line in told[1:6]] == ["SSR", "From", "Judges", "Pairing", "Split"]
    assert told[2] == "From 60 decided comparisons of 11 essays, anchors included"
    assert told[3] == "Judges 1: anthropic claude"
    assert told[5].endswith("internal consistency, not consensus")


def test_every_number_has_its_convention_beside_it(tmp_path: Path) -> None:
    told = lines(judged(tmp_path))
    assert told.count("How it is computed") == 9
    assert any("alpha = 0.01" in line for line in told)


def test_anchors_tell_their_agreement(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    ada, *_ = essays_of(run)
    best, worst = "ANCHOR_1_00000001", "ANCHOR_5_00000005"
    told = lines(completed_run(run, [(worst, best, "Essay A"), (ada, worst, "Essay A"), (best, ada, "Essay A")]))
    assert "E- anchor 5 A anchor 1 1 1 8" not in told
    assert "E- anchor 5 A anchor 1 1 1 7" in told
    assert "Anchors compared 2 of 5" in told


def test_a_big_batch_is_shown_in_part_and_says_so(tmp_path: Path) -> None:
    told = lines(of_many_essays(tmp_path, 305))
    assert "Theta and fit of every essay, as computed here. The first 300 of 305; all are in the artefact." in told


def test_the_matrix_of_a_big_batch_counts_every_comparison_once(tmp_path: Path) -> None:
    told = section(lines(of_many_essays(tmp_path, 60)), "Who was compared with whom", "How it is computed")
    assert told[told.index("Essay Compared with Comparisons Won") - 2].endswith("60 essays are drawn together by rank.")
    rows = told[told.index("Essay Compared with Comparisons Won") + 1 :]
    counts = [re.fullmatch(r"(ranks \d+ to \d+) (ranks \d+ to \d+) (\d+)(?: (\d+))?", row) for row in rows]
    assert sum(int(row[3]) for row in counts if row) == 90
    assert all(bool(row[4]) != (row[1] == row[2]) for row in counts if row)


@pytest.mark.soak
def test_the_page_of_a_huge_batch_is_small_and_has_every_part(tmp_path: Path) -> None:
    run = huge_run(tmp_path, comparisons=100_000, essays=1000)
    whole = lines(run)
    assert run.folder.report.stat().st_size < 3_000_000
    assert "From 100000 decided comparisons of 1000 essays, anchors included" in whole
    assert len([line for line in whole if line.endswith((" student", " anchor"))]) == 1000


# What is to be known first.


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
    assert "Partial" in told
    assert "resume can go on waiting for the rest." in told
    assert told[told.index("Stopped in stage await") + 1 :][:2] == ["no completion in 1800 s", "go on"]


def test_what_makes_a_batch_doubtful_is_said_at_once(tmp_path: Path) -> None:
    told = section(lines(run_ends.completed(tmp_path)), "How far to trust it", "Anchors")
    assert "One model judged everything: agreement within the batch is internal consistency, not consensus." in told
    assert any(line.startswith("The essays fall into 2 groups that never met") for line in told)


# How the run went.


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


# Names.


def test_an_anonymous_page_names_no_file_and_no_anchor(tmp_path: Path) -> None:
    run = judged(tmp_path).warned("validate", "essay-short", "essays/students/Åsa.docx has 3 words")
    html = write_page(run.folder, aliases).read_text()
    assert not re.search("Åsa|Örjan|Lars|Märta|Tova|Noor|/ada/", html)
    told = lines_of(read(html))
    assert "validate essay-short left out: it may name a file" in told
    assert {f"student {number}" for number in range(1, 7)} <= set(told)


def test_an_anonymous_page_says_that_it_is_one(tmp_path: Path) -> None:
    told = lines_of(read(write_page(judged(tmp_path).folder, aliases).read_text()))
    assert "Names of files, labels of anchors and words that may hold them are left out." in told


def test_files_of_one_name_keep_their_folders_in_plots(tmp_path: Path) -> None:
    run = begun_run(tmp_path, students=("one/Åsa.docx", "two/Åsa.docx", "two/Lars.docx"))
    told = lines(completed_run(run, simulated(run, 40, seed=4)))
    assert {"one/Åsa.docx", "two/Åsa.docx", "Lars.docx"} <= set(told)


def test_a_hostile_name_is_only_text(tmp_path: Path) -> None:
    name = "essays/<script>alert(1)</script>\x1b[31m\u202egnp.\"'&.txt"
    run = Run(tmp_path, students=(name, "essays/b.txt"), label="<img src=x onerror=alert(1)>").checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))])
    made = page(run)
    assert "essays/<script>alert(1)</script>\\x1b[31m\\u202egnp.\"'&.txt" in made.text
    assert not {"script", "img"} & set(made.tags)


def test_no_word_of_an_answer_is_in_it(tmp_path: Path) -> None:
    assert "SECRET" not in write_page(judged(tmp_path).folder).read_text()


# The file itself.


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_every_end_has_a_page_that_fetches_and_runs_nothing(end: Callable[[Path], Run], tmp_path: Path) -> None:
    made = page(end(tmp_path))
    assert not {"script", "img", "link", "iframe", "object", "form", "image", "use"} & set(made.tags)
    assert not [name for name, _ in made.attributes if name == "src" or name.startswith("on")]
    assert all(value and value.startswith("#") for name, value in made.attributes if "href" in name)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_every_link_leads_somewhere(end: Callable[[Path], Run], tmp_path: Path) -> None:
    attributes = page(end(tmp_path)).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {(value or "")[1:] for name, value in attributes if name == "href"} <= set(ids)


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    run = judged(tmp_path)
    first = write_page(run.folder).read_bytes()
    assert write_page(run.folder).read_bytes() == first


def test_the_order_of_arrival_does_not_change_a_number(tmp_path: Path) -> None:
    run = begun_run(tmp_path / "a")
    shown = simulated(run, 60, seed=1)
    one = lines(completed_run(run, shown))
    other = lines(completed_run(begun_run(tmp_path / "b"), shown[::-1]))
    assert one == other


def test_the_style_is_inside(tmp_path: Path) -> None:
    html = write_page(run_ends.completed(tmp_path).folder).read_text()
    assert "@media print" in html
    assert not re.search(r"https?:|url\(|@import", html)
