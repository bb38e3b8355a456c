"""How many comparisons a batch can have, and what a limit leaves of them.

CJ judges among all essays of a batch, students and anchors alike. The rules it follows were observed on the service:
it stops at the limit or at its own cap, and with four essays or more it judges a pair at most twice, once in each
order, so that a limit beyond that is never reached and the batch waits for a sweep.
"""

from __future__ import annotations

from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.value import Value

SERVICE_CAP = 120  # CJ's default number of comparisons, and its maximum
SMALLEST_STALLING_BATCH = 4  # below that CJ starts over with the same pairs


class ComparisonCounts(Value):
    """Counts for `anchors` + `students` essays under `limit` (None: CJ's own cap).

    possible_cross: anchor x student pairs; possible_pairs: n(n-1)/2; possible_ordered: n(n-1), each pair in both
    orders; allowed: what CJ would judge at most.
    """

    anchors: int
    students: int
    limit: int | None
    possible_cross: int
    possible_pairs: int
    possible_ordered: int
    allowed: int

    @property
    def nodes(self) -> int:
        return self.anchors + self.students


def apply_comparison_limit(anchors: int, students: int, limit: int | None) -> ComparisonCounts:
    """What is possible and what the limit leaves. No essay is ever dropped to fit a limit."""
    nodes = anchors + students
    ordered = nodes * (nodes - 1)
    budget = SERVICE_CAP if limit is None else min(limit, SERVICE_CAP)
    reachable = budget if 1 < nodes < SMALLEST_STALLING_BATCH else min(budget, ordered)
    return ComparisonCounts(
        anchors=anchors,
        students=students,
        limit=limit,
        possible_cross=anchors * students,
        possible_pairs=ordered // 2,
        possible_ordered=ordered,
        allowed=reachable,
    )


def count_warnings(counts: ComparisonCounts) -> list[Caution]:
    """What a reviewer should know about a limit before a batch is paid."""
    found = [_stalls(counts), _above_cap(counts), _judged_twice(counts), _uncompared(counts)]
    return [warning for warning in found if warning is not None]


def _budget(counts: ComparisonCounts) -> int:
    return SERVICE_CAP if counts.limit is None else min(counts.limit, SERVICE_CAP)


def _said(counts: ComparisonCounts) -> str:
    return f"no limit (CJ's cap of {SERVICE_CAP})" if counts.limit is None else f"limit {counts.limit}"


def _stalls(counts: ComparisonCounts) -> Caution | None:
    if counts.nodes < SMALLEST_STALLING_BATCH or _budget(counts) <= counts.possible_ordered:
        return None
    return Caution(
        reference="limit-stalls",
        what=f"{_said(counts)} is above the {counts.possible_ordered} comparisons that {counts.nodes} essays allow: "
        "CJ stalls until its sweep, some 5 minutes, unless scores are stable earlier; "
        f"set limits.max_comparisons to at most {counts.possible_ordered}",
    )


def _above_cap(counts: ComparisonCounts) -> Caution | None:
    if counts.limit is None or counts.limit <= SERVICE_CAP:
        return None
    return Caution(
        reference="limit-above-cap",
        what=f"limit {counts.limit} is above CJ's default cap: it stops at {SERVICE_CAP}; "
        f"set limits.max_comparisons to at most {SERVICE_CAP}",
    )


def _judged_twice(counts: ComparisonCounts) -> Caution | None:
    if _budget(counts) <= counts.possible_pairs:
        return None
    return Caution(
        reference="pairs-judged-twice",
        what=f"{_said(counts)} is above the {counts.possible_pairs} pairs of {counts.nodes} essays: some pairs are "
        "judged twice; to have each judged once at most, "
        f"set limits.max_comparisons to at most {counts.possible_pairs}",
    )


def _uncompared(counts: ComparisonCounts) -> Caution | None:
    """CJ was seen to pair all essays off before it takes one a second time, so that half as many comparisons do."""
    needed = (counts.nodes + 1) // 2
    if counts.allowed >= needed or counts.nodes < 2:  # nothing is compared with itself
        return None
    way_out = (
        f"set limits.max_comparisons to at least {needed}"
        if needed <= SERVICE_CAP
        else "split the essays over several run specs"
    )
    return Caution(
        reference="essays-uncompared",
        what=f"{counts.allowed} comparisons cannot touch all {counts.nodes} essays: some go uncompared; {way_out}",
    )
