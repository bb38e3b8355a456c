"""Why no whole answer came, told apart by when it failed and what lies under it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Cause:
    """`ending` of a reference, `text` after "the service at <address>", `passing`: worth another try."""

    ending: str
    text: str
    passing: bool


class NoAnswer(Exception):
    """Raised without what lies under it, whose words may hold a header."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.text)
        self.cause = cause


NEVER_ENDS = Cause("timeout", "did not finish its answer in time", passing=True)
NOT_HTTP_WORDS = Cause("address", "was not asked: its address or a header is not valid HTTP", passing=False)
PACKED = Cause("unreachable", "sent an answer that cannot be unpacked", passing=False)
NAME_NOT_FOUND = Cause("unreachable", "has a name that is not found", passing=False)

_REFUSED = Cause("unreachable", "refused the connection: nothing listens there", passing=True)
_NO_CONNECTION = Cause("timeout", "took no connection in time", passing=True)
_NOT_TAKEN = Cause("timeout", "did not take the request in time", passing=True)
_NOT_ANSWERED = Cause("timeout", "did not answer in time", passing=True)
_CUT = Cause("unreachable", "cut the connection", passing=True)
_NOT_HTTP = Cause("unreachable", "broke off, or does not speak HTTP", passing=True)


def of(error: httpx.TransportError | UnicodeError) -> Cause:
    if isinstance(error, UnicodeError):
        return NAME_NOT_FOUND
    if isinstance(error, httpx.ConnectError):
        return _of_connecting(_beneath(error))
    known = (cause for kind, cause in _CAUSES.items() if isinstance(error, kind))
    return next(known, _CUT)


_CAUSES = {
    httpx.ConnectTimeout: _NO_CONNECTION,
    httpx.WriteTimeout: _NOT_TAKEN,
    httpx.ReadTimeout: _NOT_ANSWERED,
    httpx.RemoteProtocolError: _NOT_HTTP,
    httpx.LocalProtocolError: NOT_HTTP_WORDS,
    httpx.UnsupportedProtocol: NOT_HTTP_WORDS,
}


def _beneath(error: BaseException) -> OSError:
    """What the system said, of which httpx keeps the words alone in its own exception."""
    while not isinstance(error, OSError):
        below = error.__cause__ or error.__context__
        if below is None:
            return OSError(str(error))
        error = below
    return error


def _of_connecting(error: OSError) -> Cause:
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"shows a certificate that is not trusted: {error.verify_message}"
        return Cause("tls", text, passing=False)
    if isinstance(error, ssl.SSLError):
        return Cause("tls", f"failed the TLS handshake: {error.reason or 'no reason given'}", passing=False)
    if isinstance(error, socket.gaierror):
        return NAME_NOT_FOUND
    if isinstance(error, TimeoutError):
        return _NO_CONNECTION
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    return Cause("unreachable", f"could not be connected to: {error.strerror or type(error).__name__}", passing=True)
