"""PyTorch's value and gradient of every op of the tensor IR, in float64.

  ops.py   reads test/program/golden/ops.cases.json, writes test/program/golden/ops.golden.json

A case's inputs come from its name (numbers.py) or are spelled out; an input that is itself some op's output (a pool's
maxima, a norm's statistics) is computed here, rounded to float32 and stored. Gradients are those of
Σ output₀ · cotangent.
"""
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from numbers_by_name import below, uniform

GOLDEN = Path(__file__).parent.parent / "program" / "golden"


def t(values, shape):
    return torch.tensor(values, dtype=torch.float32).reshape(shape).double()


def pad2d(x, padding, value=0.0):
    top, left, bottom, right = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def conv(x, w, a):
    return F.conv2d(pad2d(x, a["padding"]), w, stride=a["stride"], groups=a["groups"])


def max_pool(x, a):
    return F.max_pool2d(pad2d(x, a["padding"], float("-inf")), a["window"], a["stride"])


def avg_pool(x, a):
    top, left, _, _ = a["padding"]
    return F.avg_pool2d(x, a["window"], a["stride"], (top, left), count_include_pad=a["countPadding"])


def norm_statistics(x):
    return x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)


def batch_norm(x, scale, shift, a):
    mean, variance = norm_statistics(x)
    return F.batch_norm(x, None, None, scale, shift, training=True, eps=a["epsilon"]), mean, variance


def layer_norm(x, scale, shift, a):
    mean = x.mean(-1, keepdim=True)
    reciprocal = (x.var(-1, unbiased=False, keepdim=True) + a["epsilon"]).rsqrt()
    return F.layer_norm(x, x.shape[-1:], scale, shift, a["epsilon"]), mean, reciprocal


def pullback(function, dy, *inputs):
    """Gradients of function(*inputs) in its inputs, for an output gradient dy."""
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    return torch.autograd.grad(function(*leaves), leaves, dy)


def adam(p, g, m, v, rate, c1, c2, a):
    steps = torch.log(1 - c1) / torch.log(torch.tensor(a["beta1"], dtype=torch.float64))
    p = torch.nn.Parameter(p.clone())
    p.grad = g.clone()
    kind = torch.optim.AdamW if a["weightDecay"] else torch.optim.Adam
    decay = a["weightDecay"] or a["l2"]
    optimizer = kind([p], lr=rate.item(), betas=(a["beta1"], a["beta2"]), eps=a["epsilon"], weight_decay=decay)
    state = {"step": torch.round(steps).float() - 1, "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    optimizer.state[p] = state
    optimizer.step()
    return p.detach(), state["exp_avg"], state["exp_avg_sq"]


def sgd(p, g, velocity, rate, a):
    p = torch.nn.Parameter(p.clone())
    p.grad = g.clone()
    optimizer = torch.optim.SGD(
        [p], lr=rate.item(), momentum=a["momentum"], nesterov=a["nesterov"], weight_decay=a["l2"]
    )
    if a["momentum"]:
        optimizer.state[p] = {"momentum_buffer": velocity.clone()}
    optimizer.step()
    # without momentum PyTorch keeps no buffer; the IR's velocity is then the gradient itself
    moved = optimizer.state[p]["momentum_buffer"] if a["momentum"] else p.grad
    return p.detach(), moved


def slices(a):
    return tuple(slice(b, e, s) for b, e, s in zip(a["begin"], a["end"], a["stride"]))


def pad(x, a):
    flat = [n for pair in zip(reversed(a["before"]), reversed(a["after"])) for n in pair]
    return F.pad(x, flat, value=a["value"])


def matmul(x, y, a):
    x = x.transpose(-1, -2) if a["transposeA"] else x
    y = y.transpose(-1, -2) if a["transposeB"] else y
    return a["alpha"] * (x @ y)


def scatter_add(x, indices, a):
    rows = torch.zeros(a["rows"], *x.shape[indices.ndim :], dtype=x.dtype)
    return rows.index_add(0, indices.reshape(-1).long(), x.reshape(-1, *x.shape[indices.ndim :]))


def mix(x):
    """triple32, on Python's own integers."""
    for shift, factor in ((17, 0xED5AD4BB), (11, 0xAC4C1B51), (15, 0x31848BAB)):
        x = ((x ^ (x >> shift)) * factor) % 2**32
    return x ^ (x >> 14)


def random_bits(key, salt, element):
    """The definition of randomUniform in src/program/types.ts, one element at a time."""
    a = mix(key[0] % 2**32 ^ mix(2 * salt + 1))
    b = mix(key[1] % 2**32 ^ mix(2 * salt + 2))
    x = (element + a) % 2**32
    x = ((x ^ (x >> 17)) * 0xED5AD4BB + b) % 2**32
    for shift, factor in ((11, 0xAC4C1B51), (15, 0x31848BAB)):
        x = ((x ^ (x >> shift)) * factor) % 2**32
    return x ^ (x >> 14)


def random_uniform(keys, a):
    count = math.prod(a["shape"])
    rows = [[random_bits(key, a["salt"], e) >> 8 for e in range(count)] for key in keys.tolist()]
    return (torch.tensor(rows, dtype=torch.float64) / 2**24).reshape(-1, *a["shape"])


UNARY = {
    "neg": torch.neg, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt,
    "reciprocal": torch.reciprocal, "square": torch.square, "abs": torch.abs, "tanh": torch.tanh,
    "sigmoid": torch.sigmoid, "erf": torch.erf, "relu": torch.relu, "gelu": F.gelu,
    "softmax": lambda x: torch.softmax(x, -1), "logSoftmax": lambda x: torch.log_softmax(x, -1),
}  # fmt: skip
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "maximum": torch.maximum,
    "minimum": torch.minimum, "greater": lambda x, y: (x > y).double(), "equal": lambda x, y: (x == y).double(),
    "reluGrad": lambda dy, y: dy * (y > 0),
    "geluGrad": lambda dy, x: pullback(F.gelu, dy, x)[0],
    "softmaxGrad": lambda dy, y: pullback(UNARY["softmax"], dy, torch.log(y))[0],
    "logSoftmaxGrad": lambda dy, y: pullback(UNARY["logSoftmax"], dy, y)[0],
}  # fmt: skip
REDUCTIONS = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}
OTHERS = {
    "cast": lambda x, a: x.int() if a["dtype"] == "i32" else rounded(x, a["dtype"]),
    "select": lambda c, x, y, a: torch.where(c != 0, x, y),
    "reshape": lambda x, a: x.reshape(a["shape"]),
    "transpose": lambda x, a: x.permute(a["permutation"]),
    "broadcastTo": lambda x, a: x.expand(a["shape"]),
    "slice": lambda x, a: x[slices(a)],
    "concat": lambda *xs: torch.cat(xs[:-1], xs[-1]["axis"]),
    "pad": pad,
    "gather": lambda x, i, a: x[i.long()],
    "scatterAdd": scatter_add,
    "randomUniform": random_uniform,
    "oneHot": lambda i, a: F.one_hot(i.long(), a["depth"]).double(),
    "matmul": matmul,
    "conv2d": conv,
    "conv2dInputGrad": lambda dy, w, a: conv_pullback(dy, torch.zeros(a["inputShape"]).double(), w, a, 0),
    "conv2dFilterGrad": lambda dy, x, a: conv_pullback(dy, x, torch.zeros(a["filterShape"]).double(), a, 1),
    "maxPool": max_pool,
    "maxPoolGrad": lambda dy, x, y, a: pullback(lambda x: max_pool(x, a), dy, x)[0],
    "avgPool": avg_pool,
    "avgPoolGrad": lambda dy, a: differentiable_pullback(lambda x: avg_pool(x, a), dy, a["inputShape"]),
    "batchNorm": batch_norm,
    "batchNormGrad": lambda dy, x, scale, m, v, a: pullback(
        lambda x, s, b: batch_norm(x, s, b, a)[0], dy, x, scale, torch.zeros_like(scale)
    ),
    "layerNorm": layer_norm,
    "layerNormGrad": lambda dy, x, scale, m, r, a: pullback(
        lambda x, s, b: layer_norm(x, s, b, {"epsilon": 1e-6})[0], dy, x, scale, torch.zeros_like(scale)
    ),
    "sumSquares": lambda *xs: sum((x * x).sum() for x in xs[:-1]),
    "adam": adam,
    "sgd": sgd,
}


def conv_pullback(dy, x, w, a, index):
    """A convolution's gradient that can itself be differentiated."""
    x, w = (v if v.requires_grad else v.requires_grad_() for v in (x, w))
    return torch.autograd.grad(conv(x, w, a), (x, w), dy, create_graph=True)[index]


def differentiable_pullback(function, dy, shape):
    x = torch.zeros(shape).double().requires_grad_()
    return torch.autograd.grad(function(x), x, dy, create_graph=True)[0]


HALF = {"bf16": torch.bfloat16, "f16": torch.float16}


def rounded(x, dtype):
    """The values of a half type nearest to x, or x."""
    return x.float().to(HALF[dtype]).double() if dtype in HALF else x.double()


def apply(kind, attributes, inputs):
    if kind in UNARY:
        return UNARY[kind](*inputs)
    if kind in BINARY:
        return BINARY[kind](*inputs)
    if kind in REDUCTIONS:
        return REDUCTIONS[kind](inputs[0], dim=attributes["axes"], keepdim=attributes["keepDims"])
    return OTHERS[kind](*inputs, attributes)


def derived(spec, case, inputs, name):
    """An input that is another op's output."""
    kind, _, part = spec["output"].partition(".")
    if "range" in spec:
        return apply(kind, {}, [torch.from_numpy(uniform(name, spec["shape"], *spec["range"])).double()])
    x = inputs[spec["of"]]
    if kind == "maxPool":
        return max_pool(x, case["attributes"])
    if kind == "batchNorm":
        return norm_statistics(x)[0 if part == "mean" else 1]
    ones = torch.ones(x.shape[-1]).double()
    return layer_norm(x, ones, ones, {"epsilon": 1e-6})[1 if part == "mean" else 2]


def inputs_of(case):
    inputs, stored = [], {}
    for index, spec in enumerate(case["inputs"]):
        name = f"{case['name']} input {index}"
        if "values" in spec:
            value = t(spec["values"], spec["shape"])
        elif "integers" in spec:
            value = torch.tensor(spec["integers"], dtype=torch.int32).reshape(spec["shape"])
        elif "below" in spec:
            value = torch.from_numpy(below(name, spec["shape"], spec["below"]))
        elif "output" in spec:
            value = derived(spec, case, inputs, name).float().double()
            stored[str(index)] = tensor(value)
        else:
            value = torch.from_numpy(uniform(name, spec["shape"], *spec["range"])).double()
        inputs.append(rounded(value, spec["type"]) if "type" in spec else value)
    return inputs, stored


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{x:.9g}") for x in value.detach().reshape(-1).tolist()]}


def golden(case):
    inputs, stored = inputs_of(case)
    for index in case["gradients"]:
        inputs[index].requires_grad_()
    outputs = apply(case["kind"], case["attributes"], inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    half = next((spec["type"] for spec in case["inputs"] if "type" in spec), None)
    if case["kind"] != "cast" and half:
        outputs = [rounded(output, half) for output in outputs]
    result = {"outputs": [tensor(output) for output in outputs]}
    if stored:
        result["inputs"] = stored
    if case["gradients"]:
        cotangent = torch.from_numpy(uniform(f"{case['name']} cotangent", list(outputs[0].shape), -1, 1)).double()
        grads = torch.autograd.grad((outputs[0] * cotangent).sum(), [inputs[i] for i in case["gradients"]])
        result["gradients"] = {str(i): tensor(g) for i, g in zip(case["gradients"], grads)}
    return result


if __name__ == "__main__":
    cases = json.loads((GOLDEN / "ops.cases.json").read_text())
    lines = [f"  {json.dumps(c['name'], ensure_ascii=False)}: {json.dumps(golden(c))}" for c in cases]
    (GOLDEN / "ops.golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(cases), "cases")
