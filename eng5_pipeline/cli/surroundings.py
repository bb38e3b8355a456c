"""The world of a command that opens no session."""

from __future__ import annotations

from uuid import uuid4

from eng5_pipeline.cli.program import Sessions
from eng5_pipeline.wiring import World


def world_of(sessions: Sessions) -> World:
    return World(sessions.environment, sessions.here, sessions.home, sessions.clock, uuid4)
