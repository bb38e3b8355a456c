"""What a token's own words give away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eng5_pipeline.adapters.auth.check import examine, report
from tests.support.cj import a_credential, a_token

NOW = datetime(2026, 11, 22, 9, 43, 6, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)


def problems(token: str, needed_for: timedelta = timedelta(0)) -> list[tuple[str, str]]:
    found = examine(a_credential(token), NOW, needed_for)
    return [(problem.reference, problem.weight) for problem in found]


def test_a_good_token_has_no_problem() -> None:
    assert problems(a_token(exp=LATER)) == []


@pytest.mark.parametrize(
    ("changed", "reference", "weight"),
    [
        ({"exp": NOW}, "cj-token-expired", "unusable"),
        ({"exp": None}, "cj-token-malformed", "unusable"),
        ({"nbf": LATER}, "cj-token-not-yet-valid", "doubtful"),
        ({"iat": LATER}, "cj-token-not-yet-valid", "doubtful"),
        ({"aud": "another-platform"}, "cj-token-wrong-audience", "doubtful"),
        ({"aud": []}, "cj-token-wrong-audience", "doubtful"),
        ({"iss": "someone"}, "cj-token-wrong-issuer", "doubtful"),
        ({"roles": ["teacher"]}, "cj-token-without-role", "doubtful"),
        ({"roles": "admin"}, "cj-token-without-role", "doubtful"),
    ],
)
def test_each_fault_is_told_by_its_name(changed: dict[str, object], reference: str, weight: str) -> None:
    assert problems(a_token(**({"exp": LATER} | changed))) == [(reference, weight)]


def test_what_is_not_a_token_is_malformed() -> None:
    assert problems("Bearer abc") == [("cj-token-malformed", "unusable")]


def test_a_token_that_ends_during_the_run_is_a_warning() -> None:
    assert problems(a_token(exp=LATER), timedelta(minutes=30)) == [("cj-token-expires-soon", "warning")]


def test_all_faults_are_told_at_once() -> None:
    found = problems(a_token(exp=NOW - timedelta(days=1), aud="x", iss="y", roles=[]))
    assert [reference.removeprefix("cj-token-") for reference, _ in found] == [
        "expired",
        "wrong-audience",
        "wrong-issuer",
        "without-role",
    ]


def test_a_report_shows_the_claims_and_not_the_token() -> None:
    token = a_token(exp=LATER, org_id="uu")
    shown = report(a_credential(token), NOW)
    assert (shown.source, shown.subject, shown.organisation) == ("CJ_ADMIN_TOKEN", "tester", "uu")
    assert (shown.roles, shown.issuer, shown.audience) == (
        ("admin",),
        "huleedu-identity-service",
        ("huleedu-platform",),
    )
    assert (shown.expires, shown.problems) == (LATER, ())
    assert token not in repr(shown)


def test_a_report_of_no_token_says_where_one_was_looked_for() -> None:
    shown = report(None, NOW)
    assert shown.source is None
    assert [problem.reference for problem in shown.problems] == ["cj-token-missing"]
    assert "HULEEDU_SERVICE_ACCOUNT_TOKEN" in shown.problems[0].what


def test_foreign_claims_cannot_write_to_the_terminal() -> None:
    shown = report(a_credential(a_token(exp=LATER, sub="a\x1b[31m\nb", iss="x" * 5000)), NOW)
    assert shown.subject == "a[31m b"
    assert len(shown.problems[0].what) < 400
