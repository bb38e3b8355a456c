"""The cost of a batch, foreseen and held against the spec's limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath

from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.comparisons import ComparisonCounts
from eng5_pipeline.domain.forecast import Asked, Forecast, Material, forecast
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import EssayFiles
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, Validated
from eng5_pipeline.review.experience import earlier_runs
from eng5_pipeline.review.price_file import EXAMPLE, bundled_prices, read_prices
from eng5_pipeline.spec.model import Judge, RunSpec

CJS_OWN = Judge()
PRICES_ROLE = "judge.prices"


def foreseen(
    spec: RunSpec,
    sizes: Sequence[int],
    texts: Mapping[str, str],
    counts: ComparisonCounts,
    output: Path,
) -> Forecast:
    """What a batch of texts of these `sizes`, in bytes, is likely to cost.

    `texts` are the prompts and the table of prices that the spec names, by role; `output` holds the user's earlier
    runs.
    """
    judge = spec.judge or CJS_OWN
    asked = Asked(provider=judge.provider, model=judge.model, reasoning_effort=judge.reasoning_effort)
    material = Material(
        language=spec.assignment.language,
        essay=sum(sizes) / max(1, len(sizes)),
        system_prompt=_size(texts.get("judge.system_prompt")),
        rubric=_size(texts.get("judge.rubric")),
    )
    named = judge.prices if PRICES_ROLE in texts else None
    table = bundled_prices() if named is None else read_prices(texts[PRICES_ROLE].encode(), named)
    return forecast(asked, material, counts, table, earlier_runs(output, asked))


def _size(text: str | None) -> int | None:
    return None if text is None else len(text.encode())


@dataclass(frozen=True)
class Budget:
    """`output` is where the user's earlier runs are."""

    spec: RunSpec
    files: EssayFiles
    output: Path

    def review(
        self, validated: Validated, assignment: ResolvedAssignment, anchors: AnchorsVerified
    ) -> Iterator[Caution]:
        """Raises Refused where the limit on cost is too low, or cannot be held for want of a price."""
        limit = self.spec.limits.max_cost_usd
        likely = self.forecast(validated, anchors)
        if limit is not None:
            _hold(likely, limit)
        yield from self._slow(likely)

    def forecast(self, validated: Validated, anchors: AnchorsVerified) -> Forecast:
        texts = {found.role: self.files.text(PurePosixPath(found.path)) for found in validated.inputs}
        sizes = [essay.size for essay in validated.essays]
        return foreseen(self.spec, sizes, texts, anchors.counts, self.output)

    def _slow(self, likely: Forecast) -> Iterator[Caution]:
        timeout = self.spec.limits.completion_timeout.total_seconds()
        seconds = likely.expected.seconds
        if seconds is not None and seconds > timeout:
            yield Caution(
                reference="timeout-short",
                what=f"earlier runs of this model took {seconds / likely.expected.comparisons:.1f} s a comparison: "
                f"{seconds:.0f} s are expected, limits.completion_timeout is {timeout:.0f} s",
            )


def _hold(likely: Forecast, limit: Decimal) -> None:
    high, expected = likely.high.usd, likely.expected.usd
    if high is None or expected is None:
        model = f"model {likely.model}" if likely.model else "CJ's own model, for the spec names none"
        raise Refused(
            "cost-unknown",
            f"limits.max_cost_usd is {limit}, and no price is known of {model}",
            hint=f"name a table in judge.prices ({EXAMPLE}), or remove limits.max_cost_usd",
        )
    if high > limit:
        raise Refused(
            "cost-above-limit",
            f"the 90th percentile of the cost is {high} USD ({expected} expected), limits.max_cost_usd is {limit}",
            hint=f"set limits.max_cost_usd to at least {high}{_fewer(likely, limit / high)}",
        )


def _fewer(likely: Forecast, share: Decimal) -> str:
    affordable = int(likely.high.comparisons * share)
    return f", or limits.max_comparisons to at most {affordable}" if affordable > 1 else ""
