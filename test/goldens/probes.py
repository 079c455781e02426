"""Values of PyTorch, SciPy and scikit-learn for probes at awkward sizes: other seeds, odd counts, deficient rank, fewer
images than features, dead features.

  python test/goldens/probes.py   (numpy, torch, scipy, scikit-learn)  → test/analysis/golden/probes.golden.json

Inputs are small, seeded and committed with the values, so the tests need no Python.
"""
import json
from pathlib import Path

import numpy as np
import torch
from scipy import linalg, stats
from sklearn.linear_model import LogisticRegression

number = lambda v: float(f"{v:.4g}")
flat = lambda a: {"shape": list(a.shape), "data": [number(v) for v in a.reshape(-1)]}
rounded = lambda a: np.array(flat(a)["data"]).reshape(a.shape)
tensor = lambda a: torch.tensor(a, dtype=torch.float64)


def u_centred(gram):
    n = len(gram)
    gram = gram.clone().fill_diagonal_(0)
    means = gram.sum(0) / (n - 2)
    means -= means.sum() / (2 * (n - 1))
    return (gram - means[:, None] - means[None, :]).fill_diagonal_(0)


def h_centred(gram):
    return gram - gram.mean(0)[None] - gram.mean(1)[:, None] + gram.mean()


def terms(x, y, centre):
    k, l = centre(x @ x.T), centre(y @ y.T)
    return (k * l).sum(), (k * k).sum(), (l * l).sum()


def cka_case(rng, n, p, q, batch, rank=None):
    a = rng.normal(size=(n, p)) * 3 + 1
    if rank is not None:
        a = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, p))
    b = a[:, : min(p, q)] @ rng.normal(size=(min(p, q), q)) * 0.5 + rng.normal(size=(n, q))
    a, b = rounded(a), rounded(b)
    x, y = tensor(a), tensor(b)
    ratio = lambda t: (t[0] / (t[1].sqrt() * t[2].sqrt())).item()
    parts = [(x[i : i + batch], y[i : i + batch]) for i in range(0, n, batch)]
    each = [(len(s), terms(s, t, u_centred)) for s, t in parts if len(s) >= 4]
    # the unbiased HSIC of a batch of n divides by n (n - 3); batches of unequal size are weighed by it
    mean = [np.mean([float(t[i]) / (m * (m - 3)) for m, t in each]) for i in range(3)]
    return {
        "x": flat(a), "y": flat(b), "batch": batch,
        "unbiased": ratio(terms(x, y, u_centred)), "biased": ratio(terms(x, y, h_centred)),
        "batch_mean": float(np.mean([ratio(t) for _, t in each])), "hsic_mean": float(mean[0] / np.sqrt(mean[1] * mean[2])),
    }


def knn_case(rng, bank, query, width, classes, k, temperature, several=False):
    b, q = rounded(rng.normal(size=(bank, width)) + 0.3), rounded(rng.normal(size=(query, width)) + 0.3)
    labels = rng.integers(0, 2, (bank, classes)) if several else rng.integers(0, classes, bank)
    indicators = tensor(labels) if several else torch.nn.functional.one_hot(torch.tensor(labels), classes).double()
    unit = lambda a: torch.nn.functional.normalize(tensor(a), dim=1)
    similarity, index = (unit(q) @ unit(b).T).topk(k, dim=1)
    weight = (similarity / temperature).exp()
    score = (weight[:, :, None] * indicators[index]).sum(1) / weight.sum(1, keepdim=True)
    return {"bank": flat(b), "query": flat(q), "labels": labels.reshape(-1).tolist(), "several": several,
            "classes": classes, "k": k, "temperature": temperature, "scores": score.reshape(-1).tolist()}


def fid_case(rng, n, m, width, rank=None):
    p, q = rng.normal(size=(n, width)) + 5, rng.normal(size=(m, width)) * 1.4 + 5.3
    if rank is not None:
        base = rng.normal(size=(rank, width))
        p, q = rng.normal(size=(n, rank)) @ base, rng.normal(size=(m, rank)) @ base * 0.7 + 0.2
    p, q = rounded(p), rounded(q)
    s, t = np.cov(p, rowvar=False), np.cov(q, rowvar=False)
    root = linalg.sqrtm(s @ t)
    fid = ((p.mean(0) - q.mean(0)) ** 2).sum() + np.trace(s + t) - 2 * np.trace(root).real
    kernel = lambda a, b: (a @ b.T / width + 1) ** 3
    off = lambda a: (kernel(a, a).sum() - np.trace(kernel(a, a))) / (len(a) * (len(a) - 1))
    return {"p": flat(p), "q": flat(q), "fid": float(fid), "kid": float(off(p) + off(q) - 2 * kernel(p, q).mean())}


def l2_case(rng):
    shapes = [(4, 3, 3, 3), (4,), (7, 5)]
    a, b = [[rounded(rng.normal(size=s)) for s in shapes] for _ in range(2)]
    a[1] *= 0
    apart = [torch.linalg.vector_norm(tensor(x) - tensor(y)).item() for x, y in zip(a, b)]
    own = np.sqrt(sum((x**2).sum() for x in a))
    return {"a": [flat(x) for x in a], "b": [flat(x) for x in b],
            "per_weight": float(np.mean([d / x.size for d, x in zip(apart, a)])), "raw": float(np.mean(apart)),
            "relative": float(np.sqrt(sum(d * d for d in apart)) / own)}


def logistic_case(rng, n, m, width, classes, l2, several=False):
    x, test = rounded(rng.normal(size=(n, width))), rounded(rng.normal(size=(m, width)))
    y = rng.integers(0, 2, (n, classes)) if several else rng.integers(0, classes, n)
    fit = lambda labels: LogisticRegression(C=1 / (l2 * n), tol=1e-10, max_iter=10000).fit(x, labels)
    if several:
        scores = np.stack([fit(y[:, c]).predict_proba(test)[:, 1] for c in range(classes)], 1)
    else:
        scores = fit(y).predict_proba(test)
    return {"x": flat(x), "y": y.reshape(-1).tolist(), "test": flat(test), "classes": classes, "l2": l2, "several": several,
            "scores": scores.reshape(-1).tolist()}


def attention_case(rng, heads, side, patch, cls):
    tokens = side * side + cls
    weights = torch.softmax(tensor(rng.normal(size=(heads, tokens, tokens)) * 2), -1)
    centres = np.array([[(c + 0.5) * patch, (r + 0.5) * patch] for r in range(side) for c in range(side)])
    apart = torch.cdist(tensor(centres), tensor(centres))
    patches = weights[:, cls:, cls:]
    return {"weights": flat(weights.numpy()), "heads": heads, "cls": cls, "places": centres.tolist(),
            "unnormalized": [(tensor(flat(weights.numpy())["data"]).reshape(heads, tokens, tokens)[h, cls:, cls:] * apart).sum(-1).mean().item() for h in range(heads)],
            "renormalized": [((w := tensor(flat(weights.numpy())["data"]).reshape(heads, tokens, tokens)[h, cls:, cls:]) * apart).sum(-1).div(w.sum(-1)).mean().item() for h in range(heads)]}


def curve_case(rng):
    steps, values = np.cumsum(rng.integers(1, 40, 17)), np.round(np.sort(rng.random(17)) + 0.05 * rng.random(17), 4)
    area = np.trapezoid(values, steps) if hasattr(np, "trapezoid") else np.trapz(values, steps)
    return {"steps": steps.tolist(), "values": values.tolist(), "area": float(area / (steps[-1] - steps[0]))}


def reuse_case(rng, n):
    wt, st, ri = np.round(0.8 + 0.05 * rng.random(n), 4), np.round(0.7 + 0.05 * rng.random(n), 4), np.round(0.6 + 0.1 * rng.random(n), 4)
    share = (wt - st) / wt
    interval = stats.t.interval(0.95, n - 1, loc=share.mean(), scale=stats.sem(share))
    without = np.array([np.delete(wt, i).mean() / np.delete(ri, i).mean() for i in range(n)])
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    half = stats.t.ppf(0.975, n - 1) * error
    gain = wt.mean() / ri.mean()
    return {"wt": wt.tolist(), "st": st.tolist(), "ri": ri.tolist(), "share": [share.mean(), *interval],
            "gain": [gain, gain - half, gain + half]}


rng = np.random.default_rng(2203)
values = {
    "cka": [cka_case(rng, 31, 7, 5, 8), cka_case(rng, 9, 40, 33, 5), cka_case(rng, 23, 12, 9, 7, rank=3), cka_case(rng, 4, 3, 2, 4),
            cka_case(rng, 37, 1, 1, 16)],
    "knn": [knn_case(rng, 53, 11, 9, 5, 20, 0.1), knn_case(rng, 17, 5, 30, 3, 17, 0.07), knn_case(rng, 41, 7, 6, 4, 9, 1.0, several=True)],
    "distances": [fid_case(rng, 61, 47, 6), fid_case(rng, 9, 11, 20), fid_case(rng, 40, 50, 12, rank=4)],
    "l2": [l2_case(rng)],
    "logistic": [logistic_case(rng, 47, 9, 6, 3, 0.01), logistic_case(rng, 33, 7, 40, 5, 0.1), logistic_case(rng, 29, 8, 5, 4, 0.02, several=True)],
    "attention": [attention_case(rng, 3, 4, 16, 1), attention_case(rng, 2, 3, 4, 0)],
    "curve": [curve_case(rng)],
    "reuse": [reuse_case(rng, 5), reuse_case(rng, 3)],
}
out = Path(__file__).parent.parent / "analysis/golden/probes.golden.json"
out.write_text(json.dumps(values) + "\n")
print(out, out.stat().st_size)
