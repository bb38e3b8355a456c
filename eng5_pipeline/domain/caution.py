"""A word for whoever reviews a run; it stops nothing."""

from __future__ import annotations

from eng5_pipeline.domain.value import Value


class Caution(Value):
    reference: str
    what: str
