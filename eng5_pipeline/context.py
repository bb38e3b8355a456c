"""What the stages of one run have found so far."""

from __future__ import annotations

from typing import TypeVar

from eng5_pipeline.results import StageResult

R = TypeVar("R", bound=StageResult)


class RunContext:
    """Write-once, keyed by the type of the result."""

    def __init__(self) -> None:
        self._results: dict[type[StageResult], StageResult] = {}

    def put(self, result: StageResult) -> None:
        """The engine alone calls it."""
        kind = type(result)
        if kind in self._results:
            raise ValueError(f"{kind.__name__} is already there")
        self._results[kind] = result

    def get(self, kind: type[R]) -> R:
        result = self._results[kind]
        assert isinstance(result, kind)
        return result

    def has(self, kind: type[StageResult]) -> bool:
        return kind in self._results
