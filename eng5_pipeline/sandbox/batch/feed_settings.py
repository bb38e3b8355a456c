"""Misbehaviour of the feeds and of the broker, on command.

`FeedSettings` says what is done to the records of every batch, `BrokerSettings` what happens to the broker
and when. Both are frozen and can stand in a small YAML or JSON file that `load_options` of options.py
reads:

    feed: {late_s: 5, duplicates: 0.2, comparisons_after_completion: 3, foreign_per_s: 500}
    broker:
      rtt_ms: 40
      faults:
        - {when: request, after_s: 0.5, do: {kind: down, seconds: 2}}
        - {when: comparison, nth: 10, do: {kind: cut}}
        - {do: {kind: errors, api: produce, codes: [7, 7]}}
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from eng5_pipeline.sandbox.http.settings import Setting

Chance = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Kind = Literal["comparison", "completed", "result", "failed"]
Api = Literal["produce", "fetch", "list_offsets", "metadata"]
Moment = Literal["start", "request", "comparison", "completed"]


class BatchFeed(Setting):
    """What is done to the records of one batch; nothing, unless told otherwise.

    - silent: the batch runs, nothing of it is published
    - late_s, slow: the first record comes so much later; every pause is so many times as long
    - without: records of these kinds are not published
    - failing_completion: the completion says failed_critically, the result still follows
    - result_first: the result comes before the completion
    - comparisons_after_completion: so many of the last comparisons come after everything else, `held_back_s` later
    - shuffle: records change places within runs of so many, and are thrown on any partition
    - duplicates: the chance that a record is published twice
    - malformed, truncated: the chance that a broken copy follows a record, wrong in shape or cut off
    - spoiled: the chance that only a cut-off copy is published
    """

    seed: int = 0
    silent: bool = False
    late_s: Seconds = 0.0
    slow: Annotated[float, Field(gt=0)] = 1.0
    without: frozenset[Kind] = frozenset()
    failing_completion: bool = False
    result_first: bool = False
    comparisons_after_completion: int = Field(default=0, ge=0)
    held_back_s: Seconds = 0.5
    shuffle: int = Field(default=1, ge=1)
    duplicates: Chance = 0.0
    malformed: Chance = 0.0
    truncated: Chance = 0.0
    spoiled: Chance = 0.0


class FeedSettings(BatchFeed):
    """`foreign_per_s`: records a second about batches of other people, from the start on."""

    foreign_per_s: float = Field(default=0.0, ge=0)


class Down(Setting):
    """Connections are cut and new ones refused for so many seconds."""

    kind: Literal["down"] = "down"
    seconds: Seconds


class Cut(Setting):
    """Every connection is cut, `times` times, `every_s` seconds apart; new ones are accepted at once."""

    kind: Literal["cut"] = "cut"
    times: int = Field(default=1, ge=1)
    every_s: Seconds = 0.3


class Errors(Setting):
    """The next requests of this kind, whoever sends them, are answered with these Kafka error codes.

    What was left of an earlier command for this kind is forgotten; no codes call it off. -195 cuts the connection.
    """

    kind: Literal["errors"] = "errors"
    api: Api
    codes: tuple[int, ...]


class RoundTrip(Setting):
    """From now on every answer takes so long."""

    kind: Literal["rtt"] = "rtt"
    ms: int = Field(ge=0)


class Trim(Setting):
    """Records before this offset are deleted, as retention would."""

    kind: Literal["trim"] = "trim"
    topic: str
    partition: int = Field(default=0, ge=0)
    before_offset: int = Field(ge=0)


BrokerAction = Annotated[Down | Cut | Errors | RoundTrip | Trim, Field(discriminator="kind")]


class BrokerFault(Setting):
    """`do` happens `after_s` seconds after the nth request or record of that kind since the stack started."""

    when: Moment = "start"
    nth: int = Field(default=1, ge=1)
    after_s: Seconds = 0.0
    do: BrokerAction


class BrokerSettings(Setting):
    rtt_ms: int = Field(default=0, ge=0)
    faults: tuple[BrokerFault, ...] = ()
