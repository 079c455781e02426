"""SciPy's tests, and those SciPy lacks written out plainly: DeLong over all pairs, Nadeau and Bengio's t, Holm."""
import math

import numpy as np
from scipy import stats

import draw

finite = lambda v: None if v is None or not np.isfinite(v) else float(v)


def paired(seed, n, grid, shift):
    a, b = draw.sample(seed, n, grid, shift), draw.sample(seed + 1, n, grid)
    d = a - b
    zero, same = bool((d == 0).all()), bool((d == d[0]).all())
    ratio = 0.25
    row = {"seed": seed, "n": n, "grid": grid, "shift": shift}
    if not same:
        t = stats.ttest_rel(a, b)
        low, high = t.confidence_interval(0.95)
        corrected = d.mean() / math.sqrt((1 / n + ratio) * d.var(ddof=1))
        row["t"] = [t.statistic, t.pvalue, low, high]
        row["corrected"] = [corrected, 2 * stats.t.sf(abs(corrected), n - 1)]
    if not zero:
        w = stats.wilcoxon(a, b)
        row["wilcoxon"] = [w.statistic, w.pvalue]
        row["asymptotic"] = [w.statistic, stats.wilcoxon(a, b, method="asymptotic").pvalue]
        if n <= 12:
            flips = stats.permutation_test((d,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples",
                                           vectorized=True, n_resamples=np.inf, alternative="two-sided")
            row["signFlip"] = flips.pvalue
    return row


def mcnemar(seed, n, first, second):
    d = draw.Draw(seed)
    a = np.array([d.below(1000) < first for _ in range(n)])
    b = np.array([d.below(1000) < second for _ in range(n)])
    c01, c10 = int((~a & b).sum()), int((a & ~b).sum())
    row = {"seed": seed, "n": n, "first": first, "second": second}
    if c01 + c10 == 0:
        return {**row, "exact": None}
    chi = max(0, abs(c01 - c10) - 1) ** 2 / (c01 + c10)
    return {**row, "exact": stats.binomtest(c10, c01 + c10, 0.5).pvalue, "chi": chi, "asymptotic": stats.chi2.sf(chi, 1)}


def placements(y, s):
    pos, neg = s[y == 1], s[y == 0]
    wins = (pos[:, None] > neg[None]) + 0.5 * (pos[:, None] == neg[None])
    return wins.mean(1), wins.mean(0)


def delong(seed, n, grid):
    y, a = draw.binary(seed, n, grid, 400, 1)
    _, b = draw.binary(seed + 1, n, grid, 400, 0)
    row = {"seed": seed, "n": n, "grid": grid}
    if min(y.sum(), n - y.sum()) < 2:
        return {**row, "paired": None}
    (v10, v01), (w10, w01) = placements(y, a), placements(y, b)
    s10, s01 = np.cov(v10, w10), np.cov(v01, w01)
    s = s10 / y.sum() + s01 / (n - y.sum())
    var, difference = s[0, 0] + s[1, 1] - 2 * s[0, 1], v10.mean() - w10.mean()
    z = difference / math.sqrt(var)
    y2, c = draw.binary(seed + 2, n, grid, 600, 1)
    x10, x01 = placements(y2, c)
    var2 = np.var(x10, ddof=1) / len(x10) + np.var(x01, ddof=1) / len(x01)
    unpaired = (v10.mean() - x10.mean()) / math.sqrt(s[0, 0] + var2)
    return {**row, "auc": v10.mean(), "variance": s[0, 0], "paired": [z, 2 * stats.norm.sf(abs(z))],
            "unpaired": [unpaired, 2 * stats.norm.sf(abs(unpaired))]}


def adjusted(seed, m):
    p = draw.sample(seed, m, 1000) ** 3
    order = np.argsort(p, kind="stable")
    holm = np.empty(m)
    holm[order] = np.minimum(1, np.maximum.accumulate((m - np.arange(m)) * p[order]))
    return {"seed": seed, "m": m, "holm": holm.tolist(), "bonferroni": np.minimum(1, m * p).tolist(),
            "benjamini_hochberg": stats.false_discovery_control(p, method="bh").tolist()}


def interval(seed, n, statistic, method):
    x = draw.sample(seed, n, 1000) ** 2
    f = {"mean": np.mean, "sd": lambda v, axis=-1: np.std(v, axis=axis, ddof=1)}[statistic]
    r = stats.bootstrap((x,), f, n_resamples=99, method=method, confidence_level=0.9, rng=np.random.default_rng(seed))
    jack = [f(np.delete(x, i)) for i in range(n)]
    return {"method": method, "estimate": f(x), "values": r.bootstrap_distribution.tolist(), "jackknife": jack,
            "low": r.confidence_interval.low, "high": r.confidence_interval.high}


def values():
    rows = [(n, grid, shift) for n in (2, 3, 5, 10, 12, 13, 14, 30, 50, 51, 200) for grid in (4, 1000) for shift in (0, 1)]
    return {
        "paired": [paired(100 + 2 * at, n, grid, shift * grid // 8) for at, (n, grid, shift) in enumerate(rows)],
        "mcnemar": [mcnemar(300 + at, n, a, b) for at, (n, a, b) in enumerate(
            [(3, 900, 900), (10, 800, 500), (30, 800, 600), (60, 700, 500), (500, 850, 800), (20000, 900, 895), (20, 1000, 1000)])],
        "delong": [delong(400 + 3 * at, n, grid) for at, (n, grid) in enumerate(
            [(n, grid) for n in (3, 12, 80, 400) for grid in (3, 20, 997)] + [(2000, 100)])],
        "adjust": [adjusted(500 + at, m) for at, m in enumerate((1, 2, 7, 40))],
        "intervals": [interval(600 + at, n, s, m) for at, (n, s, m) in enumerate(
            [(n, s, m) for n in (8, 25) for s in ("mean", "sd") for m in ("percentile", "BCa")])],
        "normal": [[z, stats.norm.sf(z)] for z in (0, 1e-8, 0.3, 1, 1.9, 2.12, 2.5, 4, 8, 20, 36, -1.5, -7)],
        "student": [[t, df, stats.t.sf(t, df)] for t in (0, 1e-6, 0.5, 2, 9, 60) for df in (1, 2, 9, 24, 400, 1e5)],
    }
