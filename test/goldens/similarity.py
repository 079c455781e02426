"""Values of numpy and SciPy that test/analysis holds CCA, transport, LogME and LEEP against.

  similarity.py   (numpy, scipy) → test/analysis/golden/similarity.golden.json
"""
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.special import softmax

sys.path.insert(0, str(Path(__file__).parent / "metrics"))
import draw

OUT = Path(__file__).parent.parent / "analysis/golden/similarity.golden.json"


def features(seed, n, d, rank=None):
    """`rank` columns are drawn, the others are sums of them: of small integers over 64, which float32 holds exactly."""
    rank = rank or d
    x = np.round(draw.sample(seed, n * rank, 64) * 64).reshape(n, rank)
    more = [x[:, j % rank] + (x[:, (j + 1) % rank] if rank > 1 else 0) for j in range(d - rank)]
    return np.stack([*x.T, *more], 1) / 64


def basis(x, keep):
    x = x - x.mean(0)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    r = int((s**2 > 1e-10 * s[0] ** 2).sum())
    if keep < 1:
        r = int(np.searchsorted(np.cumsum(s[:r] ** 2) / (s[:r] ** 2).sum(), keep) + 1)
    return u[:, :r], x


def cca(seed, n, da, ra, db, rb):
    a, b = features(seed, n, da, ra), features(seed + 1, n, db, rb)
    b[:, 0] = a[:, 0]  # something in common
    row = {"seed": seed, "n": n, "da": da, "ra": ra, "db": db, "rb": rb}
    for name, keep in [("svcca", 0.9), ("mean", 1), ("pwcca", 1)]:
        (ua, xa), (ub, _) = basis(a, keep), basis(b, keep)
        p, rho, _ = np.linalg.svd(ua.T @ ub)
        rho = np.clip(rho, 0, 1)
        k = len(rho)
        row[name] = float(rho.mean())
        if name == "pwcca":
            h = ua @ p[:, :k]
            alpha = np.abs(h.T @ xa).sum(1)
            row[name] = float((alpha * rho).sum() / alpha.sum())
    return row


def transport(seed, m, k):
    s, t = draw.sample(seed, m, 50, 1), draw.sample(seed + 1, k, 50, 1)
    s, t = s / s.sum(), t / t.sum()
    c = draw.sample(seed + 2, m * k, 40)
    rows = np.zeros((m + k, m * k))
    for i in range(m):
        rows[i, i * k:(i + 1) * k] = 1
    for j in range(k):
        rows[m + j, j::k] = 1
    found = linprog(c, A_eq=rows, b_eq=np.concatenate([s, t]), method="highs")
    assert found.status == 0
    return {"seed": seed, "m": m, "k": k, "cost": float(found.fun)}


def logme(seed, n, d, rank, classes):
    f = features(seed, n, d, rank)
    y = np.round(draw.sample(seed + 9, n, classes) * classes).astype(int)
    u, s, _ = np.linalg.svd(f, full_matrices=False)
    keep = s**2 > 1e-12 * s[0] ** 2
    u, sigma = u[:, keep], s[keep] ** 2
    total = 0
    for c in range(classes):
        t_, alpha, beta = (y == c).astype(float), 1.0, 1.0
        x = u.T @ t_
        for _ in range(100_000):
            a, b = alpha, beta
            m = np.sqrt(sigma) * beta * x / (alpha + beta * sigma)  # posterior mean, in right singular vectors
            res = ((t_ - u @ (np.sqrt(sigma) * m)) ** 2).sum()
            gamma = (beta * sigma / (alpha + beta * sigma)).sum()
            alpha, beta = gamma / (m @ m), (n - gamma) / res
            if abs(alpha / beta - a / b) < 1e-14 * a / b:
                break
        m = np.sqrt(sigma) * beta * x / (alpha + beta * sigma)
        res = ((t_ - u @ (np.sqrt(sigma) * m)) ** 2).sum()
        r = len(sigma)
        total += (r / 2 * np.log(alpha) + n / 2 * np.log(beta) - 0.5 * np.log(alpha + beta * sigma).sum()
                  - beta / 2 * res - alpha / 2 * (m @ m) - n / 2 * np.log(2 * np.pi)) / n
    return {"seed": seed, "n": n, "d": d, "rank": rank, "classes": classes, "value": float(total / classes)}


def leep(seed, n, z, classes):
    p = softmax(4 * features(seed, n, z), axis=1)
    y = np.round(draw.sample(seed + 9, n, classes) * classes).astype(int)
    joint = np.stack([p[y == c].sum(0) for c in range(classes)]) / n
    conditional = joint / joint.sum(0)
    return {"seed": seed, "n": n, "z": z, "classes": classes,
            "value": float(np.log((conditional[y] * p).sum(1)).mean())}


OUT.write_text(json.dumps({
    "cca": [cca(*c) for c in [(1, 40, 5, 5, 7, 7), (3, 60, 12, 12, 4, 4), (5, 50, 9, 5, 8, 8), (7, 30, 6, 6, 9, 3),
                              (9, 12, 20, 20, 15, 15), (11, 25, 30, 8, 10, 10), (13, 150, 70, 70, 12, 12),
                              (15, 150, 60, 25, 9, 9)]],
    "transport": [transport(*c) for c in [(1, 1, 1), (2, 3, 5), (5, 8, 8), (9, 20, 7), (13, 30, 40)]],
    "logme": [logme(*c) for c in [(1, 50, 6, 6, 3), (3, 80, 10, 7, 4), (5, 20, 30, 30, 2), (7, 200, 12, 12, 10)]],
    "leep": [leep(*c) for c in [(1, 40, 5, 3), (4, 200, 10, 7)]],
}, separators=(",", ":")) + "\n")
