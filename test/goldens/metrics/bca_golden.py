"""SciPy's intervals of an accuracy, where their ends lie on the grid of accuracies whatever is drawn.

python bca_golden.py > ../../analysis/golden/bca.golden.json
"""
import json

import numpy as np
from scipy import stats


def ends(cases, right, method):
    """In cases, the same for eight draws."""
    x = (np.arange(cases) < right).astype(float)
    found = set()
    for seed in range(8):
        r = stats.bootstrap((x,), np.mean, n_resamples=50_000, method=method, rng=np.random.default_rng(seed))
        found.add((round(r.confidence_interval.low * cases, 6), round(r.confidence_interval.high * cases, 6)))
    (one,) = found
    return [float(end) for end in one]


print(json.dumps([{"cases": n, "right": k, "bca": ends(n, k, "BCa"), "percentile": ends(n, k, "percentile")}
                  for n, k in ((30, 25), (36, 31), (60, 57), (80, 72))]))
