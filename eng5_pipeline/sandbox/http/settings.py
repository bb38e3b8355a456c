"""Settings of the two HTTP services of the embedded stack, and nothing else.

`HttpSettings` is one frozen value that the content service and the CJ service are built from; settings of the
judge, the broker and the feeds live elsewhere and are put beside it by whoever starts the stack. It is plain
data: `HttpSettings.model_validate_json(text)` and `.model_dump_json()` carry it to another process.

    face        repaired: CJ keeps what it acknowledges and its errors keep their status (default)
                as-is:    CJ acknowledges writes and drops them, and every admin refusal is the same 500
    dates       how created_at is written: rfc822 (as seen) or iso8601
    jwt_secret  the HS256 key that admin tokens are checked with
    faults      misbehaviour on command; the section `http` of an options file (`load_options` of options.py):

        http:
          seed: 7
          faults:
            - {service: content, method: POST, path: /v1/content, times: 2,
               do: {kind: status, status: 429, retry_after: 1}}
            - {path: "/admin/v1/*", skip: 1, probability: 0.5, do: {kind: reset}}

A rule meets every request whose service, method and path (shell wildcards) agree. It lets the first `skip`
of them pass, then may fire at each with `probability`, `times` times in all (for ever, if absent). The first
rule that fires decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Face = Literal["repaired", "as-is"]
Dates = Literal["rfc822", "iso8601"]
Service = Literal["content", "cj"]


class SandboxFileInvalid(ValueError):
    """A file the embedded stack was told to read asks for the impossible; the text names file and place."""


class Setting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Setting)

# What can be done to a request. The service does not see the request, unless said otherwise.


class AnswerStatus(Setting):
    """That status with a small JSON error body; `retry_after` goes out as it is: seconds or a date."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=100, le=599)
    retry_after: int | str | None = None


class Reset(Setting):
    """The connection is reset before the service has seen the request."""

    kind: Literal["reset"] = "reset"


class LostAnswer(Setting):
    """The service does its work, then the connection is reset instead of the answer."""

    kind: Literal["lost-answer"] = "lost-answer"


class Hang(Setting):
    """Nothing is answered until the client gives up."""

    kind: Literal["hang"] = "hang"


class HalfBody(Setting):
    """The service does its work; its answer breaks off in the middle of the announced length."""

    kind: Literal["half-body"] = "half-body"


class Garbage(Setting):
    """200 and application/json, but the body is not JSON."""

    kind: Literal["garbage"] = "garbage"


class NotHttp(Setting):
    """Bytes that are not HTTP at all, then the end."""

    kind: Literal["not-http"] = "not-http"


class HtmlPage(Setting):
    """A page as a proxy or a login wall would send it."""

    kind: Literal["html"] = "html"
    status: int = Field(default=200, ge=200, le=599)


class Redirect(Setting):
    kind: Literal["redirect"] = "redirect"
    status: Literal[301, 302, 303, 307, 308] = 302
    location: str = "/login"


class Slow(Setting):
    """The service starts its work after so many seconds."""

    kind: Literal["slow"] = "slow"
    seconds: float = Field(gt=0)


class Drip(Setting):
    """The service does its work; its body comes a byte at a time, so many seconds apart."""

    kind: Literal["drip"] = "drip"
    seconds: float = Field(gt=0)


Misbehaviour = Annotated[
    AnswerStatus | Reset | LostAnswer | Hang | HalfBody | Garbage | NotHttp | HtmlPage | Redirect | Slow | Drip,
    Field(discriminator="kind"),
]


class FaultRule(Setting):
    """When to misbehave, and how."""

    service: Service | None = None
    method: str | None = None
    path: str = "*"
    skip: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)
    probability: float = Field(default=1.0, gt=0, le=1)
    do: Misbehaviour


class HttpFaults(Setting):
    """`seed` decides which requests a probability below 1 meets."""

    seed: int = 0
    faults: tuple[FaultRule, ...] = ()


class HttpSettings(Setting):
    face: Face = "repaired"
    dates: Dates = "rfc822"
    jwt_secret: str = Field(min_length=1, repr=False)
    faults: HttpFaults = HttpFaults()


def read_setting(path: Path, kind: type[S]) -> S:
    """One setting from a YAML or JSON file; raises SandboxFileInvalid with every mistake, or why it cannot be read."""
    try:
        return kind.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SandboxFileInvalid(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SandboxFileInvalid(f"{path}: not YAML in UTF-8: {error}") from error
    except ValidationError as error:
        raise SandboxFileInvalid("\n".join(_mistakes(path, error))) from error


def _mistakes(path: Path, error: ValidationError) -> list[str]:
    return [
        f"{path}: {'.'.join(str(part) for part in mistake['loc']) or 'the file'}: {mistake['msg']}"
        for mistake in error.errors(include_url=False, include_input=False)
    ]
