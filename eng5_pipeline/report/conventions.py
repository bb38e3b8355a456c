"""How each number is computed, in a sentence: printed beside the numbers, kept with them in the artefact."""

from __future__ import annotations

from collections.abc import Mapping

from eng5_pipeline.report.statistics.bradley_terry import ALPHA
from eng5_pipeline.report.statistics.reliability import SEED

PAIRING = "chosen by CJ, which does not publish how; adaptive pairing inflates the SSR"

SQUARED, MINUS, PLUS_MINUS = "\N{SUPERSCRIPT TWO}", "\N{MINUS SIGN}", "\N{PLUS-MINUS SIGN}"

CONVENTIONS: Mapping[str, str] = {
    "theta": f"Bradley-Terry maximum likelihood with the regularisation of CJ's own fit, alpha = {ALPHA}: n alpha "
    "sum(w - theta) is taken from the log-likelihood, w = exp(theta), n essays (the fixed point of "
    "choix.ilsr_pairwise). Centred on 0. Comparisons that nobody won do not count.",
    "standard_error": "From the Moore-Penrose inverse of the full Fisher information at theta, the thetas summing to "
    f"0; no essay is held fixed and nothing is capped. Intervals are theta {PLUS_MINUS} 1.96 standard errors.",
    "reliability": f"Scale separation reliability, SSR = (SD{SQUARED} {MINUS} MSE) / SD{SQUARED}: SD of theta with "
    f"divisor n {MINUS} 1, MSE the mean squared standard error, over all essays with both, anchors included (Kinnear, "
    "Jones & Davies 2025, eq. 1). Called good from .8 on; .7 is the older habit (Verhavert 2018).",
    "split_half": "Comparisons split at random into halves, each fitted by itself; Pearson's r of the two thetas over "
    "the essays in both halves, its median over the repeats, and 2r / (1 + r). "
    f"Seed {SEED}. With one model as judge this is internal consistency, not consensus. With several judges, halves of "
    "the judges are split as well.",
    "coverage": "An essay's appearances are its comparisons, decided or not; every comparison is an appearance of two "
    "essays. Recommended: 20 appearances or more (Kinnear, Jones & Davies 2025); 10 to 14 for a reliability of .70, 26 "
    "to 37 for .90 (Verhavert 2018).",
    "fit": f"Of outcome x (1 or 0) and expectation p: infit = sum (x {MINUS} p){SQUARED} / sum p(1 {MINUS} p), outfit "
    f"= mean of (x {MINUS} p){SQUARED} / (p(1 {MINUS} p)). Flagged above mean + 2 SD of either (Pollitt 2012).",
    "connectedness": "Groups that met directly or through others (weak), and groups in which each beat each directly "
    "or through others (strong). Outside one strong group no finite estimate exists without regularisation.",
    "position": "Share won by the essay shown first, with Wilson's 95 % interval; and the order effect, what being "
    "shown first adds to theta, fitted together with the thetas.",
    "transitivity": "Of the triads whose three pairs each have a majority, those in which each essay beat one other. A "
    "quarter is chance.",
    "anchors": "Kendall's tau-b of expert grade and theta. An inversion is a pair of anchors of different grades whose "
    "comparisons the lower grade won by majority; its distance is in steps of the scale.",
    "grades": "Grade boundaries as CJ was seen to draw them from its anchors, shown only where every grade that CJ "
    f"projected follows from them. An essay is too close to call where theta {PLUS_MINUS} 1.96 standard errors reaches "
    "into another grade; the boundaries themselves are taken as certain.",
    "cost": "As the comparisons state it, in USD; failed calls are those that nobody won.",
}
