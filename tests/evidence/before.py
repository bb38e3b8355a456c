"""What is refused, asked and shown before anything is sent: R1, R3, R4, R6."""

from __future__ import annotations

import json

from tests.evidence.choosing import after, between, stage_lines, talk, with_any
from tests.evidence.sheet import NOW, Sheet, artefact, part
from tests.support.batch_world import essay


def r1(sheet: Sheet) -> None:
    sheet.spec()
    sheet.heading("A limit below 2 is refused, in `plan` and in `run`")
    sheet.does("eng5-pipeline plan spec.yaml --max-comparisons 1", 2)
    sheet.does("eng5-pipeline run spec.yaml --max-comparisons 1", 2)
    sheet.spec("limit-1.yaml", limits__max_comparisons=1)
    sheet.say("The same in the spec itself, with the line:")
    sheet.does("eng5-pipeline run limit-1.yaml", 2)
    sheet.heading("What is possible is counted, and shown")
    sheet.does("eng5-pipeline plan spec.yaml", only=between("essays   ", "upload"))
    sheet.heading("No anchors, so that no anchor and student can be compared: refused although the limit is above 2")
    sheet.spec("no-anchors.yaml", assignment__id="without-anchors")
    sheet.does("eng5-pipeline plan no-anchors.yaml", 3, only=talk)
    sheet.does("eng5-pipeline run no-anchors.yaml", 3, only=talk)
    _artefact_of_the_refusal(sheet)
    sheet.heading("One student")
    sheet.say(
        "One student with three anchors would make three comparisons possible. CJ never answers such a batch, so it"
    )
    sheet.lines.append("is refused all the same.")
    sheet.spec("one.yaml", essays__students__files=["students/student-2.txt"])
    sheet.does("eng5-pipeline plan one.yaml", 3, only=talk)
    sheet.does("eng5-pipeline run one.yaml", 3, only=talk)
    sheet.heading("Nothing was sent")
    sheet.at_the_platform()


def _artefact_of_the_refusal(sheet: Sheet) -> None:
    found = artefact(sheet.runs[-1])
    stopped = [stage for stage in found["stages"] if stage["state"] == "stopped"]
    told = [part(stage, "name", "state", "reference", "what") for stage in stopped]
    sheet.shows("The artefact of this run", {**part(found, "status", "final", "exit_code"), "stages": told})


def r3(sheet: Sheet) -> None:
    sheet.spec()
    sheet.heading("`plan`, `run` and `register-anchors` ask CJ first, and show what it says")
    sheet.does("eng5-pipeline plan spec.yaml", only=between("assignment  ", "comparisons"))
    sheet.spec("unknown.yaml", assignment__id="no-such-assignment", essays__anchors=anchor_files(sheet))
    sheet.heading("An assignment that CJ does not know")
    for command in ("plan", "register-anchors", "run"):
        sheet.does(f"eng5-pipeline {command} unknown.yaml", 3, only=talk)
    _artefact_of_the_refusal(sheet)
    sheet.heading("The spec can say what is expected")
    sheet.spec("other-scale.yaml", assignment__expect={"grade_scale": "swedish_8_anchor"})
    sheet.does("eng5-pipeline run other-scale.yaml", 3, only=talk)
    sheet.heading("Credentials and addresses")
    _credentials(sheet)
    sheet.say("An address where nobody listens:")
    sheet.does("eng5-pipeline plan spec.yaml --cj-service-url http://localhost:9", 3, only=talk)
    sheet.heading("Nothing was sent")
    sheet.at_the_platform()


def _credentials(sheet: Sheet) -> None:
    sheet.say("A token without the role `admin`:")
    sheet.use_token(roles=["teacher"])
    sheet.does("eng5-pipeline plan spec.yaml", 3, only=talk)
    sheet.say("A token that has expired; it is not even sent:")
    sheet.use_token(exp=NOW.replace(year=2025))
    sheet.does("eng5-pipeline plan spec.yaml", 3, only=talk)
    sheet.say("A token that looks right and is signed with another secret:")
    sheet.use_token("another secret of thirty-two bytes or more")
    sheet.does("eng5-pipeline plan spec.yaml", 3, only=talk)
    sheet.use_token()


def r3_as_is(sheet: Sheet) -> None:
    sheet.spec()
    sheet.spec("unknown.yaml", assignment__id="no-such-assignment")
    sheet.heading("The same where CJ answers every refusal with one and the same 500")
    sheet.does("eng5-pipeline plan unknown.yaml", 3, only=talk)
    _credentials(sheet)


def r4(sheet: Sheet) -> None:
    own = sheet.platform.stack_world
    sheet.spec(assignment__id="without-anchors", essays__anchors=anchor_files(sheet))
    sheet.heading("Without anchors at CJ a run is refused, although the spec names anchor files")
    sheet.does("eng5-pipeline run spec.yaml", 3, where=own, only=talk)
    sheet.heading("They are registered by a command of their own")
    sheet.does("eng5-pipeline register-anchors spec.yaml", where=own)
    sheet.say("Again, nothing is sent:")
    sheet.does("eng5-pipeline register-anchors spec.yaml", where=own, only=after("compare_anchors"))
    sheet.heading("Another grade under the same label is not overwritten unasked")
    table = sheet.folder / "anchors.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",C+,", ",B,"), encoding="utf-8")
    sheet.does("eng5-pipeline register-anchors spec.yaml", 3, where=own, only=after("compare_anchors"))
    sheet.heading("A run sends students alone")
    sheet.spec(assignment__id="role-models", essays__anchors=anchor_files(sheet))
    sheet.at_the_platform()
    sheet.does("eng5-pipeline run spec.yaml --no-await-completion", only=stage_lines)
    sheet.at_the_platform()
    request = json.loads(sheet.runs[-1].request.read_text(encoding="utf-8"))
    sheet.say(f"Essays in the request: {len(request['data']['essays_for_cj'])}, the three students.")


def r4_as_is(sheet: Sheet) -> None:
    sheet.spec(assignment__id="without-anchors", essays__anchors=anchor_files(sheet))
    sheet.heading("A CJ that acknowledges and does not keep")
    sheet.does("eng5-pipeline register-anchors spec.yaml", 4, where=sheet.platform.stack_world, only=after("compare"))


def r6(sheet: Sheet) -> None:
    own = sheet.platform.stack_world
    sheet.spec(assignment__id="grades", essays__anchors=anchor_files(sheet))
    table = sheet.folder / "anchors.csv"
    grades = table.read_text(encoding="utf-8")
    sheet.heading("A grade that the scale does not have is refused by CJ, in its own words")
    table.write_text(grades.replace(",A,", ",Z,"), encoding="utf-8")
    sheet.does("eng5-pipeline register-anchors spec.yaml", 4, where=own, only=after("Z compare"))
    sheet.heading("Registered, the grade is the one CJ tells")
    table.write_text(grades, encoding="utf-8")
    sheet.does("eng5-pipeline register-anchors spec.yaml", where=own, only=after("Z compare"))
    sheet.does("eng5-pipeline plan spec.yaml", where=own, only=between("assignment  ", "comparisons"))
    sheet.heading("In CJ's result every anchor is U; the artefact has the true grade beside it")
    sheet.spec()
    sheet.does("eng5-pipeline run spec.yaml", only=with_any("Z await", "status"))
    found = artefact(sheet.runs[-1])
    keys = ("anchor_id", "label", "grade", "local_id")
    sheet.shows("`anchors`", [part(anchor, *keys) for anchor in found["anchors"]])
    ranked = [entry for entry in found["bt_summary"] if entry["is_anchor"]]
    sheet.shows("Anchors in `bt_summary`", [part(entry, "essay_id", "rank", "anchor_grade") for entry in ranked])
    results = [
        json.loads(line)["value"] for line in sheet.runs[-1].events.read_text().splitlines() if "essay_results" in line
    ]
    told = [essay for essay in json.loads(results[0])["data"]["essay_results"] if essay["is_anchor"]]
    sheet.shows("The same in CJ's event", [part(essay, "essay_id", "letter_grade", "display_name") for essay in told])


def anchor_files(sheet: Sheet) -> dict[str, object]:
    """Three anchors beside the spec, of CJ's own grades."""
    folder = sheet.folder / "anchors"
    if not folder.exists():
        folder.mkdir()
        rows = ["file,grade,label"]
        for label, grade, strength in (("A1", "A", 9), ("C+1", "C+", 5), ("F+1", "F+", 1)):
            (folder / f"{label}.txt").write_text(f"{essay(strength)} Anchor.", encoding="utf-8")
            rows.append(f"anchors/{label}.txt,{grade},{label}")
        (sheet.folder / "anchors.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return {"files": ["anchors/*.txt"], "grades": "anchors.csv"}
