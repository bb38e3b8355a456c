"""What looks like a secret, and lines with the secret blanked.

A spec is committed, copied into run folders and shown in reviews, so it holds none: credentials come from the
environment.
"""

from __future__ import annotations

import re
from itertools import pairwise

MASK = "*"

_SECRET_WORDS = frozenset(("pwd", "secrets", "apikey", "credential", "credentials", "authorization", "bearer", "jwt"))
_SECRET_ENDS = ("password", "passwd", "passphrase", "secret")
_SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("signing", "key")})
_SECRET_VALUE = re.compile(
    r"""
      (?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*               # JWT
    | (?<![A-Za-z0-9])sk-(?:ant|proj|or|svcacct|live|test)-[A-Za-z0-9_-]{3,}   # keys of model providers
    | (?<![A-Za-z0-9])sk-[A-Za-z0-9]{8,}
    | \b[Bb]earer\s+[A-Za-z0-9._~+/=-]{6,}
    | (?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{16,}
    | (?<![A-Za-z0-9])AKIA[0-9A-Z]{16} | (?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{20,}
    | (?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9-]{8,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*
    | (?<=://)[^/\s"'?#]*@                                                     # user:password of a URL
    """,
    re.VERBOSE,
)
_ASSIGNED = re.compile(
    r"""
    (?: (?<!max_)token | passw(?:or)?d | passphrase | pwd | secret | api[_-]?key | credentials? | authorization )
    ["']? \s{0,9} [:=] \s{0,9} (?P<value> \S.*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_KEY_IN_VALUE = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_-]{0,60})=(?=\S{0,60}[A-Za-z0-9])[^\s{<$]")


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def is_secret_name(name: str) -> bool:
    """Whether what stands under this name would be a secret: password, api_key, CJ_ADMIN_TOKEN."""
    words = _words(name)
    return bool(
        _SECRET_WORDS & set(words)
        or _SECRET_PAIRS & set(pairwise(words))
        or any(word.endswith(_SECRET_ENDS) for word in words)
        or (words[-1:] == ["token"] and words[0] != "max")
    )


def is_secret_value(text: str) -> bool:
    """Whether a text holds a token, a key, a URL's password, or `password=…`."""
    return bool(_SECRET_VALUE.search(text)) or any(map(is_secret_name, _KEY_IN_VALUE.findall(text)))


def is_secret_option(argument: str) -> bool:
    """Whether the argument after this one of a command would be a secret: --password."""
    return argument.startswith("-") and "=" not in argument and is_secret_name(argument)


def blank(line: str) -> str:
    """The line with what looks like a secret masked, character for character, so that columns stay true."""
    line = _SECRET_VALUE.sub(lambda found: MASK * len(found[0]), line)
    assigned = _ASSIGNED.search(line)
    return line[: assigned.start("value")] + MASK * len(assigned["value"]) if assigned else line
