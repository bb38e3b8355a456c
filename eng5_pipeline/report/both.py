"""What a run leaves for its readers: the artefact for programs, the page for people."""

from __future__ import annotations

from eng5_pipeline.report.account import read_account
from eng5_pipeline.report.artefact import put_artefact
from eng5_pipeline.report.page.write import put_page
from eng5_pipeline.run_folder import RunFolder


def write_both(folder: RunFolder) -> None:
    """From the run folder alone, read once. Raises MachineFailed or Differs where a file of it is damaged."""
    account = read_account(folder)
    put_artefact(account)
    put_page(account)
