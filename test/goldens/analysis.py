"""Values of PyTorch, SciPy and scikit-learn that test/analysis holds the library against.

  python test/goldens/analysis.py   (numpy, torch, scipy, scikit-learn)  → test/analysis/golden/analysis.golden.json

Inputs are small, seeded and committed with the values, so the tests need no Python.
"""
import json
from pathlib import Path

import numpy as np
import torch
from scipy import linalg
from sklearn import metrics as M

rng = np.random.default_rng(7)
flat = lambda a: {"shape": list(a.shape), "data": [float(f"{v:.6g}") for v in a.reshape(-1)]}
rounded = lambda a: np.array(flat(a)["data"]).reshape(a.shape)


def u_centred(gram):
    n = len(gram)
    gram = gram.clone().fill_diagonal_(0)
    means = gram.sum(0) / (n - 2)
    means -= means.sum() / (2 * (n - 1))
    return (gram - means[:, None] - means[None, :]).fill_diagonal_(0)


def h_centred(gram):
    return gram - gram.mean(0)[None] - gram.mean(1)[:, None] + gram.mean()


def terms(a, b, centre):
    k, l = centre(a @ a.T), centre(b @ b.T)
    return (k * l).sum(), (k * k).sum(), (l * l).sum()


def cka():
    a = rounded(rng.normal(size=(26, 3, 5)) + 2)
    b = rounded(np.tanh(a.reshape(26, -1) @ rng.normal(size=(15, 11)) * 0.4) + 0.3 * rng.normal(size=(26, 11)))
    x, y = torch.tensor(a).reshape(26, -1), torch.tensor(b)
    ratio = lambda t: (t[0] / (t[1] * t[2]).sqrt()).item()
    batches = [(x[i : i + 8], y[i : i + 8]) for i in (0, 8, 16)]  # the last two samples make no batch
    parts = [terms(p, q, u_centred) for p, q in batches]
    return {
        "x": flat(a), "y": flat(b), "batch": 8,
        "unbiased": ratio(terms(x, y, u_centred)), "biased": ratio(terms(x, y, h_centred)),
        "batch_mean": float(np.mean([ratio(t) for t in parts])),
        "hsic_mean": ratio([sum(p[i] for p in parts) for i in range(3)]),
    }


def knn():
    bank, query, labels = rounded(rng.normal(size=(60, 7))), rounded(rng.normal(size=(9, 7))), rng.integers(0, 4, 60)
    unit = lambda a: torch.nn.functional.normalize(torch.tensor(a), dim=1)
    similarity, index = (unit(query) @ unit(bank).T).topk(20, dim=1)
    weight = (similarity / 0.1).exp()
    score = torch.zeros(9, 4, dtype=torch.float64).scatter_add_(1, torch.tensor(labels)[index], weight)
    score /= score.sum(1, keepdim=True)
    return {"bank": flat(bank), "labels": labels.tolist(), "query": flat(query), "k": 20, "temperature": 0.1,
            "classes": 4, "scores": score.reshape(-1).tolist(), "predicted": score.argmax(1).tolist()}


def distances():
    p, q = rounded(rng.normal(size=(40, 6))), rounded(rng.normal(size=(33, 6)) * 1.3 + 0.2)
    s1, s2 = np.cov(p, rowvar=False), np.cov(q, rowvar=False)
    fid = ((p.mean(0) - q.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * linalg.sqrtm(s1 @ s2).real)
    kernel = lambda a, b: (a @ b.T / 6 + 1) ** 3
    off = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))
    return {"p": flat(p), "q": flat(q), "fid": float(fid),
            "kid": float(off(kernel(p, p)) + off(kernel(q, q)) - 2 * kernel(p, q).mean())}


def multiclass():
    y = rng.integers(0, 5, 90)
    s = rng.normal(size=(90, 5)) + 1.2 * np.eye(5)[y]
    p = np.round(np.exp(s) / np.exp(s).sum(1, keepdims=True), 2) + 1e-4  # rounded, so that there are ties
    p /= p.sum(1, keepdims=True)
    h = p.argmax(1)
    return {
        "y": y.tolist(), "p": {"shape": [90, 5], "data": p.reshape(-1).tolist()}, "predicted": h.tolist(),
        "accuracy": M.accuracy_score(y, h), "balancedAccuracy": M.balanced_accuracy_score(y, h),
        "macroRecall": M.recall_score(y, h, average="macro", zero_division=0),
        "macroPrecision": M.precision_score(y, h, average="macro", zero_division=0),
        "macroF1": M.f1_score(y, h, average="macro", zero_division=0),
        "kappa": M.cohen_kappa_score(y, h), "quadraticKappa": M.cohen_kappa_score(y, h, weights="quadratic"),
        "rocAucOvr": M.roc_auc_score(y, p, multi_class="ovr"), "rocAucOvo": M.roc_auc_score(y, p, multi_class="ovo"),
        "averagePrecision": M.average_precision_score(np.eye(5)[y], p), "logLoss": M.log_loss(y, p),
    }


def gaps():
    """Class 2 never occurs, class 3 is never predicted."""
    y, h = [0, 0, 1, 1, 3, 3, 4, 4, 4], [0, 1, 1, 2, 4, 0, 4, 4, 1]
    return {
        "y": y, "predicted": h,
        "balancedAccuracy": M.balanced_accuracy_score(y, h),
        "macroPrecision": M.precision_score(y, h, average="macro", zero_division=0),
        "macroF1": M.f1_score(y, h, average="macro", zero_division=0),
        "kappa": M.cohen_kappa_score(y, h, labels=range(5)),
        "quadraticKappa": M.cohen_kappa_score(y, h, labels=range(5), weights="quadratic"),
    }


def binary():
    y = rng.integers(0, 2, 80)
    p = np.round(1 / (1 + np.exp(-(rng.normal(size=80) + y))), 1)
    return {"y": y.tolist(), "p": p.tolist(), "rocAuc": M.roc_auc_score(y, p),
            "averagePrecision": M.average_precision_score(y, p), "logLoss": M.log_loss(y, np.stack([1 - p, p], 1))}


def multilabel():
    y = rng.integers(0, 2, (50, 6))
    p = np.round(1 / (1 + np.exp(-(rng.normal(size=(50, 6)) + y))), 2)
    return {"y": {"shape": [50, 6], "data": y.reshape(-1).tolist()}, "p": {"shape": [50, 6], "data": p.reshape(-1).tolist()},
            "rocAuc": M.roc_auc_score(y, p, average="macro"),
            "averagePrecision": M.average_precision_score(y, p, average="macro"),
            "macroF1": M.f1_score(y, p > 0.5, average="macro"),
            "logLoss": float(np.mean([M.log_loss(y[:, i], p[:, i]) for i in range(6)]))}


out = Path(__file__).parent.parent / "analysis/golden/analysis.golden.json"
values = {"cka": cka(), "knn": knn(), "distances": distances(), "multiclass": multiclass(), "gaps": gaps(),
          "binary": binary(), "multilabel": multilabel()}
out.write_text(json.dumps(values) + "\n")
print(out, out.stat().st_size)
