"""What is sent, awaited, kept and extracted: R2, R5, R7, and a whole run."""

from __future__ import annotations

import json

from tests.evidence.choosing import after, between, with_any
from tests.evidence.sheet import Sheet, artefact, part
from tests.support.batch_world import essay


def r2(sheet: Sheet) -> None:
    sheet.spec(label="from-the-spec")
    sheet.heading("A run with a label")
    sheet.does("eng5-pipeline run spec.yaml --batch-id pilot-2026")
    run = sheet.runs[0]
    sheet.at_the_platform()
    sheet.heading("Files are named by the batch_uuid")
    sheet.lists("`artefacts/`", sorted(path.name for path in run.path.parent.iterdir()))
    sheet.lists(
        f"`artefacts/{run.path.name}/`", sorted(path.name for path in run.path.iterdir() if path.name[0] != ".")
    )
    sheet.heading("In the request the batch_uuid is the identifier, the label a word beside it")
    request = json.loads(run.request.read_text(encoding="utf-8"))
    sheet.shows("The envelope", part(request, "event_id", "correlation_id"))
    sheet.shows("`data`, essays left out", {k: v for k, v in request["data"].items() if k != "essays_for_cj"})
    sheet.shows("`metadata`", request["metadata"])
    sheet.heading("In the artefact")
    sheet.shows(
        "`metadata`", part(artefact(run)["metadata"], "batch_uuid", "batch_label", "assignment_id", "grade_scale")
    )
    sheet.heading("In the log of the run, on every line about a stage")
    lines = [json.loads(line) for line in run.log.read_text(encoding="utf-8").splitlines()]
    sheet.lists("`batch_uuid` of these lines", sorted({line["batch_uuid"] for line in lines if "stage" in line}))
    sheet.heading("The same label again is another batch")
    sheet.does(
        "eng5-pipeline run spec.yaml --batch-id pilot-2026 --no-await-completion", only=with_any("batch", "status")
    )


def r5(sheet: Sheet) -> None:
    tool = sheet.folder / "tools" / "extract"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\nprintf \'{"job": "%s"}\\n\' "$1" > "$2"\necho "job $1 written"\n', encoding="utf-8")
    tool.chmod(0o755)
    sheet.spec(extraction__command=["tools/extract", "{job_id}", "{output_dir}/cj_results.json"])
    sheet.heading("Without the flag no command runs")
    sheet.does("eng5-pipeline run spec.yaml", only=with_any("Z extract", "status"))
    first = sheet.runs[-1]
    sheet.say(f"`extraction/` is there: {str(first.extraction.exists()).lower()}. In the artefact:")
    sheet.shows("`extraction`", artefact(first)["extraction"])
    sheet.heading("With it, once, after the batch has completed")
    sheet.does("eng5-pipeline run spec.yaml --auto-extract-eng5-db", only=with_any("Z await", "Z extract", "status"))
    second = sheet.runs[-1]
    sheet.lists("`extraction/stdout.txt`", second.extraction.joinpath("stdout.txt").read_text().splitlines())
    sheet.shows("The artefact's `status` and `exit_code`", part(artefact(second), "status", "exit_code"))
    sheet.shows("The artefact's `extraction`", artefact(second)["extraction"])
    sheet.heading("It fails: the batch stays completed, the exit code is 7")
    tool.write_text('#!/bin/sh\necho "the database is not there" >&2\nexit 3\n', encoding="utf-8")
    sheet.does("eng5-pipeline run spec.yaml --auto-extract-eng5-db", 7, only=after("Z extract"))
    third = sheet.runs[-1]
    sheet.shows("The artefact's `status` and `exit_code`", part(artefact(third), "status", "final", "exit_code"))
    sheet.shows("The artefact's `extraction`", artefact(third)["extraction"])
    sheet.heading("Run again by hand, when the database is back")
    tool.write_text('#!/bin/sh\nprintf \'{"job": "%s"}\\n\' "$1" > "$2"\n', encoding="utf-8")
    sheet.does(f"eng5-pipeline extract {third.path.name}", only=with_any("Z extract", "status"))
    sheet.heading("It needs somebody who sees the batch complete")
    sheet.does("eng5-pipeline run spec.yaml --auto-extract-eng5-db --no-await-completion", 2)
    sheet.heading("A command that is not there is told before anything is uploaded")
    tool.unlink()
    sheet.at_the_platform()
    sheet.does("eng5-pipeline run spec.yaml --auto-extract-eng5-db --force-reupload", 3, only=after("error"))
    sheet.at_the_platform()


def r7(sheet: Sheet) -> None:
    sheet.spec(flags__await_completion=False, limits__uploads=1)
    sheet.heading("Before the first run: three to upload")
    sheet.does("eng5-pipeline plan spec.yaml", only=between("upload", "cost"))
    sheet.heading("First run: no cache, all are uploaded, the cache is written")
    sheet.does("eng5-pipeline run spec.yaml", only=with_any("Z upload"))
    sheet.at_the_platform()
    cache = sheet.folder / "artefacts" / "content_upload_cache.jsonl"
    sheet.shows(
        "A line of `content_upload_cache.jsonl`", _line(cache.read_text(encoding="utf-8").splitlines(), "-2.txt")
    )
    sheet.heading("Second run: nothing is uploaded, the same storage ids are sent")
    sheet.does("eng5-pipeline run spec.yaml", only=with_any("Z upload"))
    sheet.at_the_platform()
    first, second = (_storage_ids(sheet, number) for number in (0, 1))
    sheet.say(f"Storage ids in both requests are the same: {str(first == second).lower()}.")
    sheet.heading("One essay changed, one renamed: one is uploaded")
    students = sheet.folder / "students"
    (students / "student-5.txt").write_text(essay(6), encoding="utf-8")
    (students / "student-8.txt").rename(students / "renamed.txt")
    sheet.does("eng5-pipeline run spec.yaml", only=with_any("Z upload"))
    sheet.at_the_platform()
    sheet.does("eng5-pipeline cache explain students/renamed.txt")
    sheet.heading("Forced: all are uploaded, the entries are replaced")
    sheet.does("eng5-pipeline run spec.yaml --force-reupload", only=with_any("Z upload"))
    sheet.at_the_platform()
    sheet.does("eng5-pipeline cache ls")
    sheet.heading("Another Content Service: the entries do not apply")
    other = sheet.platform.stack_world
    sheet.does("eng5-pipeline plan spec.yaml", where=other, only=between("upload", "cost"))


def end_to_end(sheet: Sheet) -> None:
    sheet.spec(label="end-to-end")
    sheet.heading("What would be done")
    sheet.does("eng5-pipeline plan spec.yaml")
    sheet.heading("Done")
    sheet.does("eng5-pipeline run spec.yaml")
    run = sheet.runs[-1]
    found = artefact(run)
    sheet.at_the_platform()
    sheet.heading("What the artefact says")
    sheet.shows("The head", part(found, "schema_version", "status", "final", "exit_code", "simulated"))
    stages = [part(stage, "name", "state", "attempts", "reference") for stage in found["stages"]]
    sheet.shows("`stages`", stages)
    grades = [part(essay, "local_id", "grade_scale", "grade") for essay in found["grade_projections"]]
    sheet.shows("`grade_projections`", grades)
    sheet.shows("Nothing lost", part(found, "vanished", "gaps", "quarantine", "other_jobs"))
    sheet.say(f"Comparisons in it: {len(found['llm_comparisons'])}.")
    sheet.heading("Resumed, a run that is over stays as it is")
    sheet.does(f"eng5-pipeline resume {run.path.name}", only=with_any("status", "error", "over"))
    sheet.at_the_platform()


def _line(lines: list[str], holding: str) -> object:
    return next(json.loads(line) for line in lines if holding in line)


def _storage_ids(sheet: Sheet, number: int) -> list[str]:
    request = json.loads(sheet.runs[number].request.read_text(encoding="utf-8"))
    return [essay["text_storage_id"] for essay in request["data"]["essays_for_cj"]]
