"""The grade scales that CJ knows: grades from lowest to highest, and the grade below the lowest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class GradeScale:
    grades: tuple[str, ...]
    below_lowest: str | None = None

    def holds(self, grade: str) -> bool:
        return grade in self.grades or grade == self.below_lowest


SCALES: Mapping[str, GradeScale] = {
    "swedish_8_anchor": GradeScale(("F", "E", "D", "D+", "C", "C+", "B", "A")),
    "eng5_np_legacy_9_step": GradeScale(("F+", "E-", "E+", "D-", "D+", "C-", "C+", "B", "A"), below_lowest="F"),
    "eng5_np_national_9_step": GradeScale(("1", "2", "3", "4", "5", "6", "7", "8", "9"), below_lowest="0"),
}
