"""Inputs both sides can make: test/analysis/draw.ts draws the same numbers, so goldens hold values and no inputs."""
import numpy as np


class Draw:
    """A 32-bit linear congruential generator; its upper 24 bits are used."""

    def __init__(self, seed):
        self.x = seed & 0xFFFFFFFF

    def below(self, limit):
        self.x = (1664525 * self.x + 1013904223) & 0xFFFFFFFF
        return ((self.x >> 8) * limit) >> 24


def binary(seed, n, grid, per_mille, lift):
    """Labels, and scores on a grid: the coarser, the more ties."""
    d = Draw(seed)
    y, p = np.zeros(n, int), np.zeros(n)
    for i in range(n):
        y[i] = d.below(1000) < per_mille
        a, b = d.below(grid + 1), d.below(grid + 1)
        p[i] = (max(a, b) if lift and y[i] else a) / grid
    return y, p


def multiclass(seed, n, classes, grid, among, lift):
    """Labels among the first `among` classes, rows of weights over their sum."""
    d = Draw(seed)
    y, p = np.zeros(n, int), np.zeros((n, classes))
    for i in range(n):
        y[i] = d.below(among)
        w = [1 + d.below(grid) + (lift if c == y[i] else 0) for c in range(classes)]
        p[i] = np.array(w) / sum(w)
    return y, p


def multilabel(seed, n, per_mille, grid, unknown):
    """A column for each entry of `per_mille`, its labels' frequency; of every 1,000 labels `unknown` are -1."""
    d = Draw(seed)
    y, p = np.zeros((n, len(per_mille)), int), np.zeros((n, len(per_mille)))
    for i in range(n):
        for c, share in enumerate(per_mille):
            y[i, c] = d.below(1000) < share
            a, b = d.below(grid + 1), d.below(grid + 1)
            p[i, c] = (max(a, b) if y[i, c] else a) / grid
            if d.below(1000) < unknown:
                y[i, c] = -1
    return y, p


def sample(seed, n, grid, shift=0):
    d = Draw(seed)
    return np.array([(d.below(grid) + shift) / grid for _ in range(n)])
