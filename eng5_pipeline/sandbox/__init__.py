"""The embedded stack: Content Service, CJ and a Kafka-protocol broker on loopback, with a simulated judge.

    with sandbox.start(Path("artefacts/.sandbox")) as stack:
        stack.addresses.cj_url

Everything it yields says that it is simulated. What is emulated, and which capture holds each fact, is in
docs/reference/sandbox.md; the kinds of misbehaviour are in http/settings.py and batch/feed_settings.py.
"""

from __future__ import annotations

from eng5_pipeline.sandbox.http.settings import SandboxFileInvalid
from eng5_pipeline.sandbox.launch import Addresses, NotInstalled, Stack, StartFailed, start
from eng5_pipeline.sandbox.options import SandboxOptions, load_options
from eng5_pipeline.sandbox.state import Held

__all__ = [
    "Addresses",
    "Held",
    "NotInstalled",
    "SandboxFileInvalid",
    "SandboxOptions",
    "Stack",
    "StartFailed",
    "load_options",
    "start",
]
