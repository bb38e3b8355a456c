"""How far the numbers can be trusted: reliability, fit, position, connectedness, transitivity."""

from __future__ import annotations

from collections.abc import Iterator

from eng5_pipeline.report.conventions import PAIRING
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.page.amounts import decimals, percent, theta
from eng5_pipeline.report.page.markup import Content, Markup, Number, definitions, el, join, table
from eng5_pipeline.report.page.parts import View, conventions, figure, long_table
from eng5_pipeline.report.page.plots.bars import share_plot
from eng5_pipeline.report.page.plots.points import Point, win_rate_plot
from eng5_pipeline.report.ranking import is_anchor_id
from eng5_pipeline.report.statistics.misfit import Misfit
from eng5_pipeline.report.statistics.position import Share
from eng5_pipeline.report.statistics.reliability import SplitHalf
from eng5_pipeline.report.wording import count


def reliability(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    """The SSR stands in one list with everything that it depends on."""
    found, pairs = diagnosis.reliability, diagnosis.pairs
    separation, possible = found.separation, pairs.size * (pairs.size - 1) // 2
    yield definitions(
        [
            ("SSR", decimals(separation.reliability) if separation else f"not known: {found.why_not}"),
            (
                "From",
                f"{count(pairs.decided, 'decided comparison')} of {count(pairs.size, 'essay')}, anchors included",
            ),
            ("Judges", f"{len(pairs.judges)}: {', '.join(pairs.judges)}"),
            (
                "Pairing",
                f"{PAIRING}; {len(diagnosis.met)} of {possible} possible pairs were compared, {diagnosis.judged_again} "
                "of them more than once",
            ),
            ("Split half by comparison", _split(found.by_comparison, "internal consistency, not consensus")),
            ("Split half by judge", _split(found.by_judge, "agreement of the judges") if found.by_judge else None),
            ("SD of theta", decimals(separation.deviation) if separation else None),
            ("Mean squared standard error", decimals(separation.error) if separation else None),
        ]
    )
    yield conventions("reliability", "split_half")


def _split(split: SplitHalf | None, meaning: str) -> str:
    if split is None:
        return "not known: no split leaves two halves whose thetas vary"
    return (
        f"{decimals(split.stepped_up)}, from a median r of {decimals(split.median)} (quartiles {decimals(split.lower)} "
        f"and {decimals(split.upper)}) of {count(split.used, 'random split')}: {meaning}"
    )


def fit(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.fit
    flagged = ", ".join(view.names.short(essay) for essay in found.flagged[:12])
    yield (
        el("p", f"Flagged: {flagged or 'no essay'}.")
        if len(found.flagged) <= 12
        else el("p", f"Flagged: {len(found.flagged)} essays, among them {flagged}.")
    )
    counts = view.account.judged.counts
    essays = sorted(diagnosis.pairs.essays, key=lambda essay: -diagnosis.fitted.theta[essay])
    points = [
        Point(diagnosis.fitted.theta[essay], counts[essay].wins / counts[essay].decided, is_anchor_id(essay))
        for essay in essays
    ]

    def row(essay: str) -> list[Content]:
        each = found.essays[essay]
        flag = "flagged" if found.limit.exceeded(each) else None
        won = counts[essay].wins / counts[essay].decided
        return [
            view.essay(essay),
            Number(theta(diagnosis.fitted.theta[essay])),
            Number(percent(won)),
            *_fit(each),
            flag,
        ]

    headings = ["Essay", *map(Number, ("Theta", "Won", "Infit", "Outfit")), "Flag"]
    beside = long_table(headings, essays, row, "Theta and fit of every essay, as computed here.")
    yield figure(win_rate_plot(points), "Share of decided comparisons won, against theta.", beside)
    yield _judges(diagnosis)
    yield conventions("fit")


def _fit(found: Misfit) -> list[str]:
    return [Number(decimals(found.infit)), Number(decimals(found.outfit))]


def _judges(diagnosis: Diagnosis) -> Markup:
    found = diagnosis.fit
    rows = [
        [judge, *_fit(each), "flagged" if found.judge_limit.exceeded(each) else None]
        for judge, each in found.judges.items()
    ]
    caption = "Judges. Fewer than three are never flagged: there is nothing to hold them against."
    return table(["Judge", Number("Infit"), Number("Outfit"), "Flag"], rows, caption)


def position(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.position
    shares = [("all comparisons", found.overall)]
    if len(found.by_judge) > 1:
        shares += found.by_judge.items()
    holds = found.overall.low <= 0.5 <= found.overall.high
    yield el("p", "The interval holds one half." if holds else "The interval does not hold one half.")
    beside = long_table(
        ["Comparisons", *map(Number, ("First won", "Decided", "Share", "From", "To"))],
        shares,
        lambda each: [each[0], *_share(each[1])],
        "Share won by the essay shown first, with Wilson's 95 % interval.",
    )
    yield figure(share_plot(shares), "Share won by the essay shown first.", beside)
    yield el("p", _effect(diagnosis))
    yield conventions("position")


def _share(share: Share) -> list[str]:
    shown = (f"{value * 100:.1f} %" for value in (share.share, share.low, share.high))
    return [Number(share.won), Number(share.times), *map(Number, shown)]


def _effect(diagnosis: Diagnosis) -> str:
    effect = diagnosis.position.effect
    if effect is None:
        return (
            "Order effect: not known. The first place always won or always lost, or the same essays always stood there."
        )
    return (
        f"Order effect: being shown first adds {theta(effect.effect)} to theta (standard error {theta(effect.error)})."
    )


def connectedness(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.connected
    never_won, never_lost = diagnosis.names(found.never_won), diagnosis.names(found.never_lost)
    yield definitions(
        [
            ("Groups that never met", _sizes(found.weak, "one group: all essays are on one scale")),
            ("Strong groups", _sizes(found.strong, "one group: every theta has a finite estimate")),
            ("Never won", join([f"{len(never_won)}: ", view.essays(never_won)]) if never_won else "none"),
            ("Never lost", join([f"{len(never_lost)}: ", view.essays(never_lost)]) if never_lost else "none"),
        ]
    )
    yield conventions("connectedness")
    yield el("h3", "Transitivity")
    yield el("p", _transitivity(diagnosis))
    yield conventions("transitivity")


def _sizes(groups: tuple[tuple[int, ...], ...], one: str) -> str:
    if len(groups) == 1:
        return one
    sizes = [len(group) for group in groups]
    shown = ", ".join(map(str, sizes[:8])) + (", …" if len(sizes) > 8 else "")
    return f"{len(groups)} groups, of {shown} essays"


def _transitivity(diagnosis: Diagnosis) -> str:
    found = diagnosis.transitivity
    if found.share is None:
        return "No three essays were all compared with each other."
    return f"{found.circular} of {count(found.complete, 'complete triad')} are circular ({percent(found.share)})."
