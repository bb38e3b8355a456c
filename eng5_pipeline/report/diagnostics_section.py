"""The section `diagnostics` of the artefact: numbers that are computed here and are not CJ's."""

from __future__ import annotations

from collections.abc import Iterator

from eng5_pipeline import __version__
from eng5_pipeline.report.account import Account
from eng5_pipeline.report.conventions import CONVENTIONS, PAIRING
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.encode import Json
from eng5_pipeline.report.grading import Agreement, Call, GradedAnchor, Grading
from eng5_pipeline.report.judged import EssayCount, Judged
from eng5_pipeline.report.statistics.bradley_terry import ALPHA
from eng5_pipeline.report.statistics.position import Share
from eng5_pipeline.report.statistics.reliability import SEED, SplitHalf


def diagnostics(account: Account) -> Json:
    """Empty while nothing was compared; without estimates where nothing was decided."""
    judged = account.judged
    if not judged.counts:
        return {}
    return {
        "comparisons": judged.comparisons,
        "failed_comparisons": judged.failed,
        "comparisons_per_essay": [_count(account, essay, judged.counts[essay]) for essay in sorted(judged.counts)],
        "method": {
            "program": f"eng5-pipeline {__version__}",
            "model": "Bradley-Terry",
            "regularisation": "choix.ilsr_pairwise",
            "alpha": ALPHA,
        },
        "conventions": CONVENTIONS,
        "cautions": [caution.model_dump() for caution in account.cautions],
        "cost": _cost(judged),
        **(_estimates(account, account.diagnosis) if account.diagnosis else {}),
    }


def _estimates(account: Account, diagnosis: Diagnosis) -> dict[str, Json]:
    return {
        "theta": list(_thetas(account, diagnosis)),
        "theta_farthest_from_cj": diagnosis.farthest_from_cj,
        "reliability": _reliability(diagnosis),
        "coverage": _coverage(diagnosis),
        "fit": _fit(diagnosis),
        "connectedness": _connectedness(account, diagnosis),
        "position": _position(diagnosis),
        "transitivity": {
            "complete_triads": diagnosis.transitivity.complete,
            "circular_triads": diagnosis.transitivity.circular,
            "share": diagnosis.transitivity.share,
        },
        "anchor_agreement": _agreement(diagnosis.agreement),
        "grades": _grades(account, diagnosis.grading),
    }


def _count(account: Account, essay_id: str, count: EssayCount) -> Json:
    return {
        "essay_id": essay_id,
        "local_id": account.record.local_ids.get(essay_id),
        "wins": count.wins,
        "losses": count.losses,
        "undecided": count.undecided,
    }


def _cost(judged: Judged) -> Json:
    essays = len(judged.counts)
    failed_usd = float(sum(spent.failed_usd for spent in judged.spending))
    return {
        "usd_per_comparison": float(judged.total_usd) / judged.comparisons,
        "usd_per_essay": float(judged.total_usd) / essays,
        "tokens_per_comparison": judged.tokens / judged.comparisons,
        "tokens_per_essay": judged.tokens / essays,
        "usd_of_failed": failed_usd,
        "tokens_of_failed": sum(spent.failed_tokens for spent in judged.spending),
    }


def _thetas(account: Account, diagnosis: Diagnosis) -> Iterator[Json]:
    for essay in diagnosis.pairs.essays:
        fit = diagnosis.fit.essays[essay]
        yield {
            "essay_id": essay,
            "local_id": account.record.local_ids.get(essay),
            "theta": diagnosis.fitted.theta[essay],
            "standard_error": diagnosis.fitted.errors.get(essay),
            "infit": fit.infit,
            "outfit": fit.outfit,
            "misfit": diagnosis.fit.limit.exceeded(fit),
        }


def _reliability(diagnosis: Diagnosis) -> Json:
    """The reliability is never told without what it depends on."""
    found, pairs = diagnosis.reliability, diagnosis.pairs
    separation = found.separation
    splits = {"comparison": found.by_comparison, "judge": found.by_judge}
    return {
        "ssr": separation.reliability if separation else None,
        "why_not": found.why_not,
        "sd": separation.deviation if separation else None,
        "mse": separation.error if separation else None,
        "essays": pairs.size,
        "comparisons": pairs.decided,
        "judges": list(pairs.judges),
        "pairing": PAIRING,
        "pairs_compared": len(diagnosis.met),
        "pairs_compared_again": diagnosis.judged_again,
        "pairs_possible": pairs.size * (pairs.size - 1) // 2,
        "split_half": [_split(by, split) for by, split in splits.items() if split],
    }


def _split(by: str, split: SplitHalf) -> Json:
    return {
        "split_by": by,
        "repeats": split.repeats,
        "repeats_used": split.used,
        "seed": SEED,
        "median_r": split.median,
        "lower_quartile_r": split.lower,
        "upper_quartile_r": split.upper,
        "stepped_up": split.stepped_up,
    }


def _coverage(diagnosis: Diagnosis) -> Json:
    found = diagnosis.coverage
    return {
        "essays": found.essays,
        "appearances_per_essay": found.appearances_per_essay,
        "comparisons_per_essay": found.comparisons_per_essay,
        "fewest_appearances": found.fewest,
        "median_appearances": found.median,
        "most_appearances": found.most,
    }


def _fit(diagnosis: Diagnosis) -> Json:
    fit = diagnosis.fit
    return {
        "infit_limit": fit.limit.infit,
        "outfit_limit": fit.limit.outfit,
        "misfitting_essays": len(fit.flagged),
        "judges": [
            {
                "judge": judge,
                "infit": found.infit,
                "outfit": found.outfit,
                "misfit": fit.judge_limit.exceeded(found),
            }
            for judge, found in fit.judges.items()
        ],
    }


def _connectedness(account: Account, diagnosis: Diagnosis) -> Json:
    found = diagnosis.connected
    return {
        "weak_groups": [len(group) for group in found.weak],
        "strong_groups": [len(group) for group in found.strong],
        "never_won": [_named(account, essay) for essay in diagnosis.names(found.never_won)],
        "never_lost": [_named(account, essay) for essay in diagnosis.names(found.never_lost)],
    }


def _named(account: Account, essay_id: str) -> Json:
    return {"essay_id": essay_id, "local_id": account.record.local_ids.get(essay_id)}


def _position(diagnosis: Diagnosis) -> Json:
    found = diagnosis.position
    effect = found.effect
    return {
        "first_slot": _share(found.overall),
        "by_judge": [{"judge": judge, **_share(share)} for judge, share in found.by_judge.items()],
        "order_effect": effect.effect if effect else None,
        "order_effect_standard_error": effect.error if effect else None,
    }


def _share(share: Share) -> dict[str, Json]:
    return {"won": share.won, "decided": share.times, "share": share.share, "low": share.low, "high": share.high}


def _agreement(found: Agreement) -> Json:
    by_place = {anchor.place: anchor for anchor in found.anchors}
    return {
        "tau_b": found.tau,
        "why_not": found.why_not,
        "anchors": [_anchor(anchor) for anchor in found.anchors],
        "pairs_compared": found.pairs.compared,
        "pairs_even": found.pairs.even,
        "inversions": [
            {
                "lower": by_place[inversion.lower].essay_id,
                "higher": by_place[inversion.higher].essay_id,
                "lower_won": inversion.lower_won,
                "comparisons": inversion.times,
                "steps": inversion.steps,
            }
            for inversion in found.pairs.inversions
        ],
        "without_win": list(found.without_win),
        "uncompared": [anchor.anchor_id for anchor in found.uncompared],
        "unknown": list(found.unknown),
    }


def _anchor(anchor: GradedAnchor) -> Json:
    return {
        "essay_id": anchor.essay_id,
        "local_id": None,
        "anchor_id": anchor.anchor.anchor_id,
        "grade": anchor.anchor.grade,
        "theta": anchor.theta,
        "band": anchor.band,
    }


def _grades(account: Account, grading: Grading) -> Json:
    bands = grading.bands
    return {
        "scale": list(bands.grades) if bands else None,
        "boundaries": list(bands.boundaries) if bands else None,
        "why_not": grading.why_not,
        "calls": [_call(account, call) for call in grading.calls.values()],
    }


def _call(account: Account, call: Call) -> Json:
    return {
        "essay_id": call.essay_id,
        "local_id": account.record.local_ids.get(call.essay_id),
        "grade": call.grade,
        "within": list(call.within),
        "likely": call.likely,
        "too_close_to_call": call.is_open,
    }
