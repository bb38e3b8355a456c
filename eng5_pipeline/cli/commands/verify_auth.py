"""`verify-auth`: which token would be used, and what it says of itself. Never the token."""

from __future__ import annotations

from eng5_pipeline.adapters.auth.check import TokenReport, report
from eng5_pipeline.adapters.auth.credential import find_credential
from eng5_pipeline.adapters.auth.token import Requester
from eng5_pipeline.cli import failures
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import visible
from eng5_pipeline.spec.model import Requester as SpecRequester


def verify_auth(program: Program) -> int:
    """3 where there is no token, or something is wrong with it that is more than a warning."""
    sessions = program.sessions
    requester = Requester(subject=SpecRequester().user_id)
    now = sessions.clock.now()
    found = report(find_credential(sessions.environment, sessions.home, now, mint_for=requester), now)
    program.out.lines(_lines(found))
    errors = [problem.as_error() for problem in found.problems if problem.weight != "warning"]
    for error in errors:
        failures.tell(error, program.err)
    for problem in found.problems:
        if problem.weight == "warning":
            program.err.line(f"warning[{problem.reference}]: {visible(problem.what)}")
    return errors[0].exit_code(effects=False) if errors else 0


def _lines(found: TokenReport) -> list[str]:
    if found.source is None:
        return ["source    none"]
    said = {
        "source": found.source,
        "subject": found.subject,
        "organisation": found.organisation,
        "roles": ", ".join(found.roles),
        "issuer": found.issuer,
        "audience": ", ".join(found.audience),
        "expires": found.expires.isoformat() if found.expires else None,
    }
    return [f"{name:<13} {visible(value or 'not said')}" for name, value in said.items()]
