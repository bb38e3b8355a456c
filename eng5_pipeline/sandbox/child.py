"""What a child process of the stack does first: it makes sure that it does not outlive its parent.

A keyboard interrupt is the parent's to decide about: the child is in a session of its own and ignores it.
The end of its parent it notices twice: the channel to the parent ends, and on Linux the kernel kills it as
well (when the thread that started it ends, so that thread must outlive the stack).
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from dataclasses import dataclass

from eng5_pipeline.sandbox.channel import Channel

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Channels:
    """To the parent, and to the other child."""

    parent: Channel
    sibling: Channel


def arrive(parent_pid: int, parent_descriptor: int, sibling_descriptor: int) -> Channels:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)
    return Channels(_channel(parent_descriptor), _channel(sibling_descriptor))


def _channel(descriptor: int) -> Channel:
    os.set_inheritable(descriptor, False)
    return Channel(socket.socket(fileno=descriptor))
