"""What a single value of a run spec must satisfy.

A rule that fails raises `wrong(what, instead)`: what is the matter, and what to type in its place. Neither
repeats the value, for a value may be a secret.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from decimal import Decimal

from pydantic_core import PydanticCustomError

RULE = "rule"
"""The type of every error that `wrong` makes, told apart from pydantic's own."""

DURATION_PATTERN = "^(?=[0-9])([0-9]{1,4}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"
SLUG_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
PLACEHOLDERS = ("{batch_uuid}", "{job_id}", "{output_dir}", "{run_dir}")
LONGEST = timedelta(days=30)
LONGEST_ECHO = 60
LARGEST_COUNT = 2**31 - 1
"""What every reader of the request can hold."""

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\]")
_JOINERS = "\u200c\u200d"
"""Invisible, but Persian words and many emoji are written with them."""


def wrong(what: str, instead: str = "") -> PydanticCustomError:
    """An error of our own; without `instead` the example of the field is shown."""
    return PydanticCustomError(RULE, "{what}", {"what": what, "instead": instead})


def is_unprintable(char: str) -> bool:
    """Control characters, line breaks of any kind, direction marks and other invisible ones, halves of characters."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in _JOINERS


def printable(text: str) -> str:
    """The text with every unprintable character replaced, so that columns stay true."""
    return "".join("\ufffd" if is_unprintable(char) else char for char in text)


def clipped(text: str) -> str:
    """As much of the text as is shown where it is repeated."""
    shown = printable(text)
    return shown if len(shown) <= LONGEST_ECHO else shown[:LONGEST_ECHO] + "…"


def check_text(value: str) -> str:
    if any(map(is_unprintable, value)):
        raise wrong("holds a control character or a line break", "the same on one line, printable characters only")
    if not value.strip():
        raise wrong("is empty")
    if value != value.strip():
        raise wrong("begins or ends with a blank", "the same without the blanks at its ends")
    return value


def check_slug(value: str) -> str:
    if len(value) > 100:
        raise wrong(f"has {len(value)} characters, and CJ takes at most 100", "a UUID or a slug, as CJ knows it")
    if not re.fullmatch(SLUG_PATTERN, value):
        raise wrong("is neither a UUID nor a slug", "letters, digits, `-`, `_` and `.` only, as CJ knows it")
    return value


def check_grade(value: str) -> str:
    if len(value) > 4:
        raise wrong("is longer than a grade of CJ, at most 4 characters")
    return value


def parse_duration(text: str) -> timedelta:
    """`1h30m` and the like: days, hours, minutes, seconds, milliseconds, in this order, each at most once."""
    if not re.fullmatch(DURATION_PATTERN, text):
        raise wrong("is not a duration", "a number with its unit (d, h, m, s, ms), such as 30m, 10s or 1h30m")
    parts = re.findall("([0-9]+)([a-z]+)", text)
    return timedelta(**{_UNITS[unit]: int(count) for count, unit in parts})


def format_duration(value: timedelta) -> str:
    """The one way a duration is written: largest unit first, no zero parts. Inverse of `parse_duration`."""
    left = value // timedelta(milliseconds=1)
    parts = []
    for unit, name in _UNITS.items():
        count, left = divmod(left, timedelta(**{name: 1}) // timedelta(milliseconds=1))
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def check_duration(value: object) -> timedelta:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, timedelta) and value >= timedelta(0) and not value % timedelta(milliseconds=1):
        return value
    raise wrong("is not a duration")


def check_positive(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST:
        raise wrong("must be above zero and at most 30 days")
    return value


def check_grace(value: timedelta) -> timedelta:
    if value > timedelta(seconds=60):
        raise wrong("must be at most 60 seconds")
    return value


def check_money(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong("must be a number of US dollars")
    amount = Decimal(str(value))
    if not amount.is_finite() or not 0 < amount <= 1_000_000 or round(amount, 6) != amount:
        raise wrong("must be above 0 and at most 1000000, with at most six decimals")
    return amount


def check_path(value: str) -> str:
    if "\\" in value:
        raise wrong("holds a backslash", "the same with `/` between folders, on every system")
    if value.startswith("~"):
        raise wrong("begins with `~`, which is not expanded here", "a path relative to the spec's own folder")
    return value


def check_relative(value: str) -> str:
    if value.startswith("/") or re.match(r"[A-Za-z]:", value):
        raise wrong("is an absolute path, which only one machine knows", "a path relative to the spec's own folder")
    return value


def check_file(value: str) -> str:
    if value.rsplit("/", 1)[-1] in {"", ".", ".."}:
        raise wrong("names a folder, not a file")
    return value


def check_pattern(value: str) -> str:
    parts = value.split("/")
    if parts[-1] in {"", ".", "..", "**"}:
        raise wrong("names folders, not files", "a pattern for files, such as essays/students/*.docx")
    if "" in parts:
        raise wrong("holds `//`", "the same with one `/` between folders")
    if any("**" in part and part != "**" for part in parts):
        raise wrong("holds `**` beside other characters", "`**` alone between slashes, such as essays/**/*.docx")
    return value


def host_and_port(address: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]` or `[v6]:port`; anything else is a ValueError."""
    match = re.fullmatch(rf"({_HOST.pattern})(?::([0-9]{{1,5}}))?", address)
    if match is None or (match[2] is not None and not 0 < int(match[2]) < 65536):
        raise ValueError("neither host nor host:port")
    return match[1], int(match[2]) if match[2] else None


def check_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    host = rest.partition("/")[0]
    if scheme not in {"http", "https"}:
        raise wrong("must begin with http:// or https://")
    if "@" in host:
        raise wrong(
            "holds a user or a password", "the URL without what stands before `@`; tokens go in the environment"
        )
    if re.search(r"[\s?#\\]", rest):
        raise wrong("holds more than host, port and path", "the URL up to `?` or `#`, without blanks")
    try:
        host_and_port(host)
    except ValueError:
        raise wrong("names no host, or a port that cannot be") from None
    return value.rstrip("/")


def check_brokers(value: str) -> str:
    if "@" in value:
        raise wrong("holds a user or a password", "host:port; credentials go in the environment, KAFKA_SASL_*")
    try:
        complete = all(host_and_port(broker)[1] for broker in value.split(","))
    except ValueError:
        complete = False
    if not complete:
        raise wrong("must be host:port, several with a comma between and no blanks")
    return value


def check_argument(value: str) -> str:
    left = value
    for placeholder in PLACEHOLDERS:
        left = left.replace(placeholder, "")
    if "{" in left or "}" in left:
        raise wrong("holds braces that are no placeholder", f"one of {' '.join(PLACEHOLDERS)}")
    if any(map(is_unprintable, value)):
        raise wrong("holds a control character or a line break", "an argument on one line")
    return value


def check_command(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not value[0].strip():
        raise wrong("names no program")
    return value


def check_distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) < len(value):
        raise wrong("names something twice", "each name once")
    return value


def check_some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise wrong("is an empty list")
    return value
