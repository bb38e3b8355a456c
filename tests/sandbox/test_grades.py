"""Projection of grades from anchors, beyond what the captured batches show."""

from __future__ import annotations

import pytest

from eng5_pipeline.sandbox.batch.grades import GradedTheta, calibrate, normalized

GRADES = ("F+", "E-", "E+", "D-", "D+", "C-", "C+", "B", "A")


@pytest.mark.parametrize("grades", [[], ["B"], ["B", "B", "B"], ["B", "Z"]])
def test_anchors_of_fewer_than_two_grades_calibrate_nothing(grades: list[str]) -> None:
    assert calibrate(GRADES, [GradedTheta(grade, float(n)) for n, grade in enumerate(grades)]) is None


def test_grades_rise_with_theta() -> None:
    calibration = calibrate(GRADES, [GradedTheta(g, n - 4.0) for n, g in enumerate(GRADES)])
    assert calibration is not None
    given = [calibration.grade_of(theta / 10) for theta in range(-50, 51)]
    assert given[0] == "F+"
    assert given[-1] == "A"
    assert [GRADES.index(grade) for grade in given] == sorted(GRADES.index(grade) for grade in given)
    assert set(given) == set(GRADES)


def test_centres_never_fall_even_where_anchors_contradict_their_grades() -> None:
    calibration = calibrate(GRADES, [GradedTheta(g, 4.0 - n) for n, g in enumerate(GRADES)])
    assert calibration is not None
    assert list(calibration.centres) == sorted(calibration.centres)


@pytest.mark.parametrize(("grade", "place"), [("F", 0.0), ("F+", 0.07), ("E-", 0.13), ("A", 1.0), ("7", 0.0)])
def test_a_grade_has_its_place_between_f_and_a(grade: str, place: float) -> None:
    assert normalized(grade) == place
