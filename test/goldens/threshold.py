"""Values for src/analysis/metrics/threshold.ts by scikit-learn: thresholds along `roc_curve`, and recalls at them.

    python test/goldens/threshold.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.metrics import recall_score, roc_curve

rng = np.random.default_rng(7)


def case(y, scores):
    fpr, tpr, thresholds = roc_curve(y, scores, drop_intermediate=False)
    # the first maximum; differences of quotients may differ in the last bit where the true ones are equal
    gain = np.round(tpr - fpr, 12)
    best = thresholds[int(np.argmax(gain))]
    at = [0.25, 0.5, float(best)]
    return {
        "y": [int(v) for v in y],
        "scores": [float(v) for v in scores],
        "youden": float(best),
        "at": at,
        "sensitivity": [float(recall_score(y, scores >= t, pos_label=1)) for t in at],
        "specificity": [float(recall_score(y, scores >= t, pos_label=0)) for t in at],
    }


cases = []
for n, ties in [(10, False), (60, False), (60, True), (201, True)]:
    y = (rng.random(n) < 0.4).astype(int)
    y[:2] = [0, 1]
    scores = np.clip(rng.normal(0.45 + 0.2 * y, 0.2), 0, 1)
    cases.append(case(y, np.round(scores, 1) if ties else np.round(scores, 6)))

out = pathlib.Path(__file__).parents[1] / "analysis" / "golden" / "threshold.golden.json"
out.write_text(json.dumps({"sklearn": sklearn.__version__, "cases": cases}) + "\n")
