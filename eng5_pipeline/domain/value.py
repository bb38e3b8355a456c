"""The base of every value that crosses a module."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Immutable, compared by content, refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
