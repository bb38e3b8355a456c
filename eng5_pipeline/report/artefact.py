"""assessment_run.<batch_uuid>.json: what a run says to a program, in one file.

Written from the run folder alone, whatever the end was: the same folder gives the same bytes.

`validation.artefact_checksum` is the sha256 of the file with the digits of that field left out, so that it reads
`"artefact_checksum": ""`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from eng5_pipeline.durable import replace_file
from eng5_pipeline.report import run_sections, sections
from eng5_pipeline.report.account import Account
from eng5_pipeline.report.diagnostics_section import diagnostics
from eng5_pipeline.report.encode import Members, document
from eng5_pipeline.report.manifest import manifest

SCHEMA_VERSION = "1.1.0"
_NO_CHECKSUM = b'"artefact_checksum": ""'


def put_artefact(account: Account) -> Path:
    """Put the artefact in place of an earlier one; its path. Readers never see a part of it.

    Raises MachineFailed where a file of the folder is damaged or the disk is full; the last good one stays.
    """
    record = account.record
    folder, files = record.folder, list(manifest(record.folder))
    chunks = document(_members(account), ("validation", run_sections.validation(record, files)))
    replace_file(folder.artefact, _sealed(chunks))
    return folder.artefact


def _members(account: Account) -> Members:
    """Comparisons last: what a person looks for stands before them."""
    record, judged, ranked = account.record, account.judged, account.ranked
    ending = record.ending
    yield "schema_version", SCHEMA_VERSION
    yield "status", ending.status if ending else None
    yield "final", ending.final if ending else None
    yield "exit_code", ending.exit_code if ending else None
    yield "simulated", judged.simulated
    yield "metadata", sections.metadata(record, judged)
    yield "stages", run_sections.stages(record)
    yield "warnings", run_sections.warnings(record)
    yield "inputs", sections.inputs(record)
    yield "anchors", sections.anchors(record, judged)
    yield "bt_summary", sections.bt_summary(ranked)
    yield "grade_projections", sections.grade_projections(record, ranked)
    yield "vanished", run_sections.vanished(record, judged)
    yield "costs", sections.costs(judged)
    yield "diagnostics", diagnostics(account)
    yield "gaps", run_sections.gaps(record)
    yield "quarantine", run_sections.quarantine(judged)
    yield "other_jobs", run_sections.other_jobs(judged)
    yield "extraction", run_sections.extraction(record)
    yield "provenance", run_sections.provenance(record)
    yield "llm_comparisons", sections.comparisons(record, judged)


def _sealed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The checksum, known when all is written, stands in the last chunk."""
    digest, last = hashlib.sha256(), b""
    for chunk in chunks:
        yield last
        digest.update(chunk)
        last = chunk
    yield last.replace(_NO_CHECKSUM, _NO_CHECKSUM[:-1] + digest.hexdigest().encode() + b'"', 1)
