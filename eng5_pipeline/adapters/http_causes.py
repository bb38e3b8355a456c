"""What an exception of httpx means, told apart by what lies under it. Read by `http` alone."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Cause:
    """`ending` of a reference, `text` after "the service at <address>", `passing`: worth another try."""

    ending: str
    text: str
    passing: bool


NEVER_ENDS = Cause("timeout", "did not finish its answer in time", passing=True)

_NOT_HTTP_WORDS = Cause("address", "was not asked: its address or a header is not valid HTTP", passing=False)

_BY_TYPE: tuple[tuple[type[Exception], Cause], ...] = (
    (httpx.ConnectTimeout, Cause("timeout", "took no connection in time", passing=True)),
    (httpx.ReadTimeout, Cause("timeout", "did not answer in time", passing=True)),
    (httpx.WriteTimeout, Cause("timeout", "did not take the request in time", passing=True)),
    (httpx.PoolTimeout, Cause("timeout", "was not asked: no connection came free in time", passing=True)),
    (httpx.UnsupportedProtocol, _NOT_HTTP_WORDS),
    (httpx.LocalProtocolError, _NOT_HTTP_WORDS),
    (httpx.InvalidURL, _NOT_HTTP_WORDS),
    (UnicodeError, _NOT_HTTP_WORDS),
    (httpx.RemoteProtocolError, Cause("unreachable", "broke off, or does not speak HTTP", passing=True)),
    (httpx.DecodingError, Cause("unreachable", "sent an answer that cannot be unpacked", passing=False)),
    (httpx.NetworkError, Cause("unreachable", "cut the connection", passing=True)),
)


def cause_of(error: Exception) -> Cause:
    """What to tell of an exception of `httpx.Client`; takes no words of it that may hold a header."""
    if isinstance(error, httpx.ConnectError):
        return _of_connecting(error)
    for kind, cause in _BY_TYPE:
        if isinstance(error, kind):
            return cause
    return Cause("unreachable", f"could not be asked ({type(error).__name__})", passing=False)


def _of_connecting(error: Exception) -> Cause:
    for under in _chain(error):
        if isinstance(under, ssl.SSLCertVerificationError):
            text = f"shows a certificate that is not trusted: {under.verify_message}"
            return Cause("tls", text, passing=False)
        if isinstance(under, ssl.SSLError):
            text = f"failed the TLS handshake: {under.reason or 'no reason given'}"
            return Cause("tls", text, passing=False)
        if isinstance(under, socket.gaierror):
            return Cause("unreachable", "has a name that is not found", passing=False)
        if isinstance(under, ConnectionRefusedError):
            return Cause("unreachable", "refused the connection: nothing listens there", passing=True)
    return _by_system(error)


def _by_system(error: Exception) -> Cause:
    for under in _chain(error):
        if isinstance(under, OSError) and under.strerror:
            return Cause("unreachable", f"could not be connected to: {under.strerror}", passing=True)
    return Cause("unreachable", "could not be connected to", passing=True)


def _chain(error: BaseException) -> Iterator[BaseException]:
    under: BaseException | None = error
    while under is not None:
        yield under
        under = under.__cause__ or under.__context__
