"""Values of SciPy and numpy that test/analysis holds correlation, regression and label equivalence against.

  python test/goldens/metrics/derive.py   (numpy, scipy) → test/analysis/golden/derive.golden.json
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.isotonic import IsotonicRegression

import draw

out = Path(__file__).parents[2] / "analysis/golden/derive.golden.json"


def correlation(seed, n, grid, mix):
    a = draw.sample(seed, n, grid)
    b = mix * a + draw.sample(seed + 1, n, grid)
    row = {"seed": seed, "n": n, "grid": grid, "mix": mix,
           "pearson": float(stats.pearsonr(a, b)[0]), "spearman": float(stats.spearmanr(a, b)[0]),
           "kendall": float(stats.kendalltau(a, b)[0])}
    if n > 3 and abs(row["pearson"]) < 1:
        ci = stats.pearsonr(a, b).confidence_interval(0.95)
        row["fisher"] = [float(ci.low), float(ci.high)]
    return row


def regression(seed, n, k, clusters, scale):
    """By numpy's pinv; CR1 as Cameron and Miller write it, one cluster at a time."""
    columns = [np.ones(n)] + [draw.sample(seed + j, n, 97) * scale ** j for j in range(1, k)]
    x = np.stack(columns, 1)
    y = draw.sample(seed + 50, n, 89) + x[:, -1] / scale ** (k - 1)
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    u = y - x @ beta
    q, r = np.linalg.qr(x)
    bread = np.linalg.inv(r) @ np.linalg.inv(r).T
    row = {"seed": seed, "n": n, "k": k, "clusters": clusters, "scale": scale, "beta": beta.tolist(),
           "r2": float(1 - u @ u / ((y - y.mean()) @ (y - y.mean())))}
    se = np.sqrt(np.diag(bread) * (u @ u) / (n - k))
    t = beta / se
    row["plain"] = [[float(s), float(2 * stats.t.sf(abs(v), n - k)), float(b - stats.t.ppf(.975, n - k) * s),
                     float(b + stats.t.ppf(.975, n - k) * s)] for s, v, b in zip(se, t, beta)]
    g = np.arange(n) % clusters
    meat = np.zeros((k, k))
    for c in range(clusters):
        s = x[g == c].T @ u[g == c]
        meat += np.outer(s, s)
    factor = clusters / (clusters - 1) * (n - 1) / (n - k)
    se = np.sqrt(np.diag(bread @ meat @ bread) * factor)
    df = clusters - 1
    row["cr1"] = [[float(s), float(2 * stats.t.sf(abs(b / s), df)), float(b - stats.t.ppf(.975, df) * s),
                   float(b + stats.t.ppf(.975, df) * s)] for s, b in zip(se, beta)]
    return row


def equivalent(seed, n, score):
    labels = np.array([1, 3, 10, 30, 100, 300, 1000][:n]) / 1000
    scores = np.sort(draw.sample(seed, n, 50)) + 0.3 * draw.sample(seed + 1, n, 50)
    fitted = IsotonicRegression().fit_transform(np.arange(n), scores)
    row = {"seed": seed, "n": n, "score": score}
    if fitted[0] <= score <= fitted[-1]:
        # where the curve first reaches it
        first = np.flatnonzero(fitted >= score)[0]
        if first == 0:
            row["labels"] = float(labels[0])
        else:
            lo, hi = fitted[first - 1], fitted[first]
            share = (score - lo) / (hi - lo)
            row["labels"] = float(np.exp((1 - share) * np.log(labels[first - 1]) + share * np.log(labels[first])))
    return row


out.write_text(json.dumps({
    "correlation": [correlation(*c) for c in
                    [(1, 3, 1000, 0.5), (4, 5, 1000, 1), (7, 16, 9, 1), (9, 16, 1000, -0.7), (12, 40, 4, 0.2), (15, 200, 1000, 3)]],
    "regression": [regression(*c) for c in [(3, 12, 2, 3, 1), (5, 45, 4, 5, 1), (8, 30, 3, 10, 1000), (11, 200, 6, 20, 0.01)]],
    "equivalent": [equivalent(seed, n, score) for seed, n in [(1, 2), (2, 5), (5, 7), (9, 7)]
                   for score in [0.05, 0.3, 0.5, 0.62, 0.8, 1.0]],
}, separators=(",", ":")) + "\n")
