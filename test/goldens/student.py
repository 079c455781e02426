"""Student's t quantiles and 95 % intervals by scipy: test/runtime/results/golden/student.json."""

import json
import pathlib

import scipy
from scipy import stats

SAMPLES = [[0.91, 0.89], [0.5, 0.5, 0.5], [1.0, 2.0, 4.0, 8.0], [0.81, 0.84, 0.79, 0.88, 0.83], [-3.5, 2.25, 0.125]]

quantiles = [
    {"p": p, "df": df, "t": float(stats.t.ppf(p, df))}
    for p in (0.025, 0.5, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9999)
    for df in (1, 2, 3, 4, 5, 9, 19, 29, 100, 1000)
]


def interval(sample):
    n = len(sample)
    mean = float(stats.tmean(sample))
    sd = float(stats.tstd(sample))
    half = float(stats.t.ppf(0.975, n - 1)) * float(stats.sem(sample))
    return {"sample": sample, "mean": mean, "sd": sd, "low": mean - half, "high": mean + half}


out = pathlib.Path(__file__).parents[1] / "runtime/results/golden/student.json"
out.write_text(
    json.dumps({"scipy": scipy.__version__, "quantiles": quantiles, "intervals": [interval(s) for s in SAMPLES]}, indent=1)
    + "\n"
)
