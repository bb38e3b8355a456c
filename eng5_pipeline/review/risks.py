"""Which changes of a spec a reviewer must not pass over, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from eng5_pipeline.spec.dump import Json

Rule = Callable[[Json, Json], bool]

JUDGED_OTHERWISE: Final = "judged otherwise: not to be compared with earlier runs"
OTHER_TEXT: Final = "another text under the same name is judged"
OTHER_ANCHORS: Final = "grades are projected from other anchors"
_ELSEWHERE: Final = "data goes elsewhere"
_ASSERTS_LESS: Final = "less is asserted of what CJ says"


def _always(_before: Json, _after: Json) -> bool:
    return True


def _switched_on(_before: Json, after: Json) -> bool:
    return after is True


def _switched_off(_before: Json, after: Json) -> bool:
    return after is False


def _raised(before: Json, after: Json) -> bool:
    """A limit that is absent is the highest."""
    return after is None or (isinstance(before, int | float) and isinstance(after, int | float) and after > before)


def _grown(before: Json, after: Json) -> bool:
    return bool(_items(after) - _items(before))


def _asserts_less(before: Json, after: Json) -> bool:
    """Absent asserts nothing; of numbers the lower one less, of lists the one that lacks an item."""
    if isinstance(before, int) and isinstance(after, int):
        return after < before
    if isinstance(before, list):
        return bool(_items(before) - _items(after))
    return before is not None


def _items(value: Json) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


_RULES: Final[Mapping[str, tuple[Rule, str]]] = {
    "assignment.id": (_always, "another assignment: other anchors, other instructions"),
    "assignment.expect.grade_scale": (_asserts_less, _ASSERTS_LESS),
    "assignment.expect.min_anchors": (_asserts_less, _ASSERTS_LESS),
    "assignment.expect.anchor_grades": (_asserts_less, _ASSERTS_LESS),
    "assignment.expect.context_origin": (_asserts_less, _ASSERTS_LESS),
    "essays.students.follow_links": (_switched_on, "files outside the spec's folder can be read"),
    "limits.max_comparisons": (_raised, "more comparisons are paid"),
    "limits.max_cost_usd": (_raised, "a dearer batch is let through"),
    "flags.await_completion": (_switched_off, "nobody sees the batch complete"),
    "flags.auto_extract_eng5_db": (_switched_on, "a program is started after the batch"),
    "flags.force_reupload": (_switched_on, "everything is uploaded again"),
    "judge": (_always, JUDGED_OTHERWISE),
    "judge.provider": (_always, JUDGED_OTHERWISE),
    "judge.model": (_always, JUDGED_OTHERWISE),
    "judge.temperature": (_always, JUDGED_OTHERWISE),
    "judge.reasoning_effort": (_always, JUDGED_OTHERWISE),
    "judge.output_verbosity": (_always, JUDGED_OTHERWISE),
    "judge.system_prompt": (_always, JUDGED_OTHERWISE),
    "judge.rubric": (_always, JUDGED_OTHERWISE),
    "allow": (_grown, "a refusal becomes a warning"),
    "requester.user_id": (_always, "on somebody else's behalf"),
    "requester.org_id": (_always, "on somebody else's behalf"),
    "services.cj": (_always, _ELSEWHERE),
    "services.content": (_always, _ELSEWHERE),
    "services.kafka": (_always, _ELSEWHERE),
    "extraction.command": (_always, "another program is started after the batch"),
}


def risk(key: str, before: Json, after: Json) -> str | None:
    """Why this change of a value is risky; None where it is not. A value that is not there is None."""
    rule = _RULES.get(key)
    return rule[1] if rule and rule[0](before, after) else None
