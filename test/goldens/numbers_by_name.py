"""Numbers both this folder and test/support/numbers.ts can make from a name alone, so that goldens hold results only."""
import numpy as np


def name_seed(name):
    """FNV-1a, 32 bits."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return seed


def unit(name, count):
    """`count` numbers in [0, 1), multiples of 2^-24: a Weyl sequence through the finalizer of MurmurHash3."""
    with np.errstate(over="ignore"):
        x = np.uint32(name_seed(name)) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**24


def uniform(name, shape, low, high):
    """float32 values, uniform on [low, high)."""
    count = int(np.prod(shape)) if len(shape) else 1
    return (low + unit(name, count) * (high - low)).astype(np.float32).reshape(shape)


def below(name, shape, limit):
    """int32 values in 0 … limit − 1."""
    count = int(np.prod(shape)) if len(shape) else 1
    return np.floor(unit(name, count) * limit).astype(np.int32).reshape(shape)


def model_tensor(name, shape):
    """A value for a model's tensor by its timm name: nothing symmetric, nothing zero, activations of order one."""
    last = name.split(".")[-1]
    if last == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if last == "running_mean":
        return uniform(name, shape, -0.2, 0.2)
    if last == "running_var":
        return uniform(name, shape, 0.5, 1.5)
    if name in ("cls_token", "pos_embed") or last == "relative_position_bias_table":
        return uniform(name, shape, -0.5, 0.5)
    if last == "bias":
        return uniform(name, shape, -0.1, 0.1)
    if len(shape) == 1:
        return uniform(name, shape, 0.8, 1.2)
    bound = np.sqrt(3 / np.prod(shape[1:]))
    return uniform(name, shape, -bound, bound)
