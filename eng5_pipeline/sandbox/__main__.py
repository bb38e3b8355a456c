"""A child process of the stack: `python -m eng5_pipeline.sandbox ROLE PARENT FD FD`.

ROLE is `broker` or `services`; then come the pid of the parent and the descriptors of the channels to it
and to the other child.
"""

from __future__ import annotations

import os
import sys

from eng5_pipeline.sandbox.child import arrive


def main(role: str, *numbers: str) -> None:
    channels = arrive(*map(int, numbers))
    if role == "broker":
        from eng5_pipeline.sandbox.broker.process import serve
    else:
        from eng5_pipeline.sandbox.services import serve
    serve(channels)
    sys.stderr.flush()
    os._exit(0)  # librdkafka's threads are not waited for: nothing they hold outlives a stack


if __name__ == "__main__":
    main(*sys.argv[1:])
