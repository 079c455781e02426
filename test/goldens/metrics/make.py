"""Values of scikit-learn, SciPy and torchmetrics that test/analysis holds metrics and statistical tests against.

  python test/goldens/metrics/make.py   (numpy, scipy, scikit-learn, torch, torchmetrics)
    → test/analysis/golden/metrics.golden.json, test/analysis/golden/statistics.golden.json

Where scikit-learn has no number, the golden has null and the script asserts that it warned or raised.
"""
import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torchmetrics.functional.classification as T
from sklearn import metrics as M
from torchmetrics.functional.classification.calibration_error import _ce_compute

import draw
import statistics_golden

out = Path(__file__).parents[2] / "analysis/golden"
number = lambda v: None if v is None or np.isnan(v) else float(v)


def complains(call):
    """What scikit-learn gives, and whether it warned or raised."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            value = call()
        except ValueError:
            return None, True
        return value, len(seen) > 0


def curve(metric, needs_negatives):
    """A metric of one column, null where it has no curve; scikit-learn must have complained there."""

    def one(y, p):
        known = y >= 0
        y, p = y[known], p[known]
        value, complained = complains(lambda: metric(y, p)) if len(y) else (None, True)
        if y.sum() == 0 or (needs_negatives and y.sum() == len(y)):
            assert complained, metric
            return None
        return value

    return one


auc = curve(M.roc_auc_score, True)
ap = curve(M.average_precision_score, False)
recall = curve(lambda y, h: M.recall_score(y, h), False)


def specificity(y, h):
    known = y >= 0
    y, h = y[known], h[known]
    if (y == 0).sum() == 0:
        return None
    value = M.recall_score(y, h, pos_label=0)
    assert abs(value - float(T.binary_specificity(torch.tensor(h), torch.tensor(y)))) < 1e-6  # in float32
    return value


def of_called(metric, label):
    """A predictive value or F1, null where scikit-learn divides by nothing; it must have complained there."""

    def one(y, h):
        known = y >= 0
        y, h = y[known], h[known]
        value, complained = complains(lambda: metric(y, h, pos_label=label)) if len(y) else (None, True)
        empty = (h == label).sum() == 0 and (metric is M.precision_score or (y == label).sum() == 0)
        if empty:
            assert complained, metric
            return None
        return value

    return one


ppv, npv, f1 = of_called(M.precision_score, 1), of_called(M.precision_score, 0), of_called(M.f1_score, 1)


def mean(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else None


def ece(y, p):
    return float(T.binary_calibration_error(torch.tensor(p), torch.tensor(y), n_bins=15)) if len(y) else None


def top_ece(y, p):
    """torchmetrics' own sums; its function for several classes first rounds to float32."""
    confidence, best = torch.tensor(p).max(1)
    return float(_ce_compute(confidence, best == torch.tensor(y), 15))


def youden(y, p):
    if y.sum() in (0, len(y)):
        return None
    _, _, thresholds = M.roc_curve(y, p, drop_intermediate=False)
    positives, negatives = y.sum(), len(y) - y.sum()
    gain = [int(((p >= t) & (y == 1)).sum() * negatives - ((p >= t) & (y == 0)).sum() * positives) for t in thresholds]
    best = thresholds[int(np.argmax(gain))]
    return "inf" if np.isinf(best) else float(best)


def at_least(y, p, what, least):
    if y.sum() in (0, len(y)):
        return None
    fpr, tpr, thresholds = M.roc_curve(y, p, drop_intermediate=False)
    sensitivity, specificity = tpr, 1 - fpr
    fine = thresholds[(sensitivity if what == "sensitivity" else specificity) >= least - 1e-12]
    best = fine[0] if what == "sensitivity" else fine[-1]
    return "inf" if np.isinf(best) else float(best)


def classes(y, h):
    labels = range(int(max(y.max(), h.max())) + 1)
    (kappa, k_said), (quadratic, q_said) = (
        complains(lambda: M.cohen_kappa_score(y, h, labels=labels, weights=w)) for w in (None, "quadratic")
    )
    if len(set(y) | set(h)) == 1:
        assert k_said and q_said
        kappa = quadratic = None
    macro = lambda f: f(y, h, average="macro", zero_division=0)
    if len(set(y) | set(h)) == len(labels) > 1:  # torchmetrics' classes are all there are
        tm = T.multiclass_recall(torch.tensor(h), torch.tensor(y), num_classes=len(labels), average="macro").double()
        assert abs(float(tm) - macro(M.recall_score)) < 1e-6
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        balanced = M.balanced_accuracy_score(y, h)
    return {
        "top1": M.accuracy_score(y, h), "balanced_accuracy": balanced,
        "macro_recall": macro(M.recall_score), "macro_precision": macro(M.precision_score),
        "macro_f1": macro(M.f1_score), "kappa": number(kappa), "quadratic_kappa": number(quadratic),
    }


def of_binary(seed, n, grid, per_mille, lift):
    y, p = draw.binary(seed, n, grid, per_mille, lift)
    h = (p > 0.5).astype(int)
    t = 0.3
    called = (p >= t).astype(int)
    return {
        "seed": seed, "n": n, "grid": grid, "perMille": per_mille, "lift": lift,
        "values": {
            **classes(y, h), "roc_auc": number(auc(y, p)), "roc_auc_ovo": number(auc(y, p)),
            "average_precision": number(ap(y, p)),
            "log_loss": M.log_loss(y, np.stack([1 - p, p], 1), labels=[0, 1]),
            "brier": M.brier_score_loss(y, p, pos_label=1) if y.max() else float(np.mean(p**2)),
            "ece": ece(y, p), "sensitivity": number(recall(y, h)), "specificity": number(specificity(y, h)),
            "ppv": number(ppv(y, h)), "npv": number(npv(y, h)), "f1": number(f1(y, h)),
        },
        "at0.3": {"sensitivity": number(recall(y, called)), "specificity": number(specificity(y, called)),
                  "ppv": number(ppv(y, called)), "npv": number(npv(y, called)), "f1": number(f1(y, called)),
                  **classes(y, called)},
        "thresholds": {"youden": youden(y, p), "sensitivity0.9": at_least(y, p, "sensitivity", 0.9),
                       "specificity0.8": at_least(y, p, "specificity", 0.8)},
    }


def of_multiclass(seed, n, count, grid, among, lift):
    y, p = draw.multiclass(seed, n, count, grid, among, lift)
    one_hot = np.eye(count, dtype=int)[y]
    ovr = [auc(one_hot[:, c], p[:, c]) for c in range(count)]
    pairs = []
    for a in range(count):
        for b in range(a + 1, count):
            among_both = (y == a) | (y == b)
            first, second = auc((y == a)[among_both], p[among_both, a]), auc((y == b)[among_both], p[among_both, b])
            pairs.append(None if first is None or second is None else (first + second) / 2)
    value, complained = complains(lambda: M.roc_auc_score(y, p, multi_class="ovr", labels=range(count)))
    if None in ovr:
        assert complained or np.isnan(value)
    else:
        assert abs(value - mean(ovr)) < 1e-12
        assert abs(M.roc_auc_score(y, p, multi_class="ovo", labels=range(count)) - mean(pairs)) < 1e-12
        assert abs(M.average_precision_score(one_hot, p) - mean([ap(one_hot[:, c], p[:, c]) for c in range(count)])) < 1e-12
    return {
        "seed": seed, "n": n, "classes": count, "grid": grid, "among": among, "lift": lift,
        "leftOut": {"roc_auc": sum(v is None for v in ovr), "roc_auc_ovo": sum(v is None for v in pairs)},
        "values": {
            **classes(y, p.argmax(1)), "roc_auc": number(mean(ovr)), "roc_auc_ovo": number(mean(pairs)),
            "average_precision": number(mean([ap(one_hot[:, c], p[:, c]) for c in range(count)])),
            "log_loss": M.log_loss(y, p, labels=range(count)),
            "brier": M.brier_score_loss(y, p, labels=range(count)),
            "ece": top_ece(y, p),
        },
    }


def of_multilabel(seed, n, per_mille, grid, unknown):
    y, p = draw.multilabel(seed, n, per_mille, grid, unknown)
    h, columns = (p > 0.5).astype(int), range(len(per_mille))
    known = [y[:, c] >= 0 for c in columns]
    by = lambda f, q: [f(y[known[c], c], q[known[c], c]) if known[c].any() else None for c in columns]
    loss = lambda a, b: M.log_loss(a, np.stack([1 - b, b], 1), labels=[0, 1])
    aucs = by(auc, p)
    if unknown == 0:
        value, complained = complains(lambda: M.roc_auc_score(y, p, average="macro"))
        assert (complained and np.isnan(value)) if None in aucs else abs(value - mean(aucs)) < 1e-12
        assert abs(M.f1_score(y, h, average="macro", zero_division=0) - mean(by(lambda a, b: M.f1_score(a, b, zero_division=0), h))) < 1e-12
    return {
        "seed": seed, "n": n, "perMille": per_mille, "grid": grid, "unknown": unknown,
        "leftOut": {"roc_auc": sum(v is None for v in aucs)},
        "values": {
            "roc_auc": number(mean(aucs)), "average_precision": number(mean(by(ap, p))),
            "macro_f1": mean(by(lambda a, b: M.f1_score(a, b, zero_division=0), h)), "log_loss": mean(by(loss, p)),
            "brier": mean(by(lambda a, b: float(np.mean((a - b) ** 2)), p)), "ece": mean(by(ece, p)),
            "sensitivity": number(mean(by(recall, h))), "specificity": number(mean(by(specificity, h))),
            "ppv": number(mean(by(ppv, h))), "npv": number(mean(by(npv, h))), "f1": number(mean(by(f1, h))),
        },
    }


def main():
    cases = {"binary": [], "multiclass": [], "multilabel": []}
    for at, (n, grid, per_mille, lift) in enumerate(
        [(n, grid, share, lift) for n in (1, 2, 7, 60, 400) for grid in (1, 10, 15, 997) for share, lift in
         ((500, 1), (500, 0), (30, 1), (0, 0), (1000, 0))] + [(20000, 100, 80, 1), (20000, 65536, 500, 1)]
    ):
        cases["binary"].append(of_binary(1000 + at, n, grid, per_mille, lift))
    for at, (n, count, grid, among, lift) in enumerate(
        [(n, count, grid, among, lift) for n in (1, 5, 40, 300) for count, among in ((3, 3), (5, 5), (5, 3), (8, 8), (4, 1))
         for grid, lift in ((2, 1), (50, 25), (1000, 0))] + [(5000, 5, 200, 5, 60)]
    ):
        cases["multiclass"].append(of_multiclass(5000 + at, n, count, grid, among, lift))
    for at, (n, shares, grid, unknown) in enumerate(
        [(n, shares, grid, unknown) for n in (1, 6, 80, 300) for shares in ([500, 200], [500, 0, 100], [1000, 300, 50, 2], [0, 0])
         for grid in (4, 997) for unknown in (0, 150)] + [(60, [500, 400], 20, 1000)]
    ):
        cases["multilabel"].append(of_multilabel(9000 + at, n, shares, grid, unknown))
    for name, values in (("metrics", cases), ("statistics", statistics_golden.values())):
        path = out / f"{name}.golden.json"
        path.write_text(json.dumps(values, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)


main()
