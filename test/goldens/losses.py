"""Losses and their gradients as torch has them, timm's mixed batches, and its ModelEmaV2, in float64.

  losses.py   writes test/program/golden/losses.golden.json
"""
import json
from pathlib import Path

import numpy as np
import torch
from models import ADAM, build, optimizer_of, resnet_spec, sampled
from numbers_by_name import below, uniform
from timm.data import Mixup
from timm.loss import SoftTargetCrossEntropy
from timm.utils import ModelEmaV2
from torch.nn import functional as F

GOLDEN = Path(__file__).parent.parent / "program" / "golden" / "losses.golden.json"
WEIGHTS = [0.5, 2.0, 1.0, 0.25, 3.0]
CASES = [
    {"name": "weighted", "options": {"weights": WEIGHTS}},
    {"name": "smoothed", "options": {"smoothing": 0.1}},
    {"name": "weighted and smoothed", "options": {"weights": WEIGHTS, "smoothing": 0.3}},
    {"name": "focal", "options": {"gamma": 2.0}},
    {"name": "focal and weighted", "options": {"gamma": 0.5, "weights": WEIGHTS}},
    {"name": "soft", "options": {}, "soft": True},
    {"name": "soft, weighted and smoothed", "options": {"weights": WEIGHTS, "smoothing": 0.2}, "soft": True},
    {"name": "labels", "options": {}, "several": True},
    {"name": "focal labels", "options": {"gamma": 2.0}, "several": True},
    {"name": "labels with weighted positives", "options": {"positives": WEIGHTS}, "several": True},
]


def loss_of(case, logits, y):
    o = case["options"]
    weights = torch.tensor(o["weights"]).double() if "weights" in o else None
    if case.get("several"):
        positives = torch.tensor(o["positives"]).double() if "positives" in o else None
        plain = F.binary_cross_entropy_with_logits(logits, y, reduction="none", pos_weight=positives)
        p = torch.sigmoid(logits)
        right = p * y + (1 - p) * (1 - y)
        return ((1 - right) ** o.get("gamma", 0.0) * plain).mean()
    if "gamma" in o:
        own = F.log_softmax(logits, 1).gather(1, y[:, None])[:, 0]
        focused = -((1 - own.exp()) ** o["gamma"]) * own
        return focused.mean() if weights is None else (focused * weights[y]).sum() / weights[y].sum()
    return F.cross_entropy(logits, y, weight=weights, label_smoothing=o.get("smoothing", 0.0))


def loss_case(case):
    logits = torch.from_numpy(uniform(f"{case['name']} logits", [6, 5], -4, 4)).double().requires_grad_()
    if case.get("several"):
        y = torch.from_numpy(below(f"{case['name']} y", [6, 5], 2)).double()
    elif case.get("soft"):
        y = torch.softmax(torch.from_numpy(uniform(f"{case['name']} y", [6, 5], -2, 2)).double(), 1)
    else:
        y = torch.from_numpy(below(f"{case['name']} y", [6], 5)).long()
    loss = loss_of(case, logits, y)
    loss.backward()
    stored = y.tolist() if case.get("soft") else None
    return {**case, "shares": stored, "loss": loss.item(), "gradient": logits.grad.reshape(-1).tolist()}


def mixed(name, kind, share, centre):
    """timm's Mixup of a batch of 4, the share and the box's centre given."""
    x = torch.from_numpy(uniform(f"{name} x", [4, 2, 6, 6], -1, 1)).double()
    y = torch.from_numpy(below(f"{name} y", [4], 3)).long()
    mix = Mixup(mixup_alpha=1.0, cutmix_alpha=1.0, label_smoothing=0.0, num_classes=3)
    mix._params_per_batch = lambda: (share, kind == "cutmix")
    draws, real = list(centre), np.random.randint
    np.random.randint = lambda *a, **k: draws.pop(0)
    try:
        images, labels = mix(x.clone(), y)
    finally:
        np.random.randint = real
    logits = torch.from_numpy(uniform(f"{name} logits", [4, 3], -2, 2)).double()
    loss = SoftTargetCrossEntropy()(logits, labels.double()).item()
    return {"name": name, "kind": kind, "share": share, "centre": centre, "loss": loss,
            "images": [float(f"{v:.9g}") for v in images.reshape(-1).tolist()], "labels": labels.reshape(-1).tolist()}  # fmt: skip


def averaged():
    entry = {"name": "ema", "spec": resnet_spec([1, 1], [4, 6], "basic", "small", 8, 1, 3)}
    model = build(entry).train()
    ema = ModelEmaV2(model, decay=0.8)
    x = torch.from_numpy(uniform("ema x", [4, 1, 8, 8], -1, 1)).double()
    y = torch.from_numpy(below("ema y", [4], 3)).long()
    optimizer = optimizer_of(ADAM, 1e-2, model)
    for _ in range(4):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        ema.update(model)
    logits = ema.module.eval()(x)
    state = {k: sampled(v.double(), 6) for k, v in ema.module.state_dict().items() if v.dtype == torch.float64}
    return {"spec": entry["spec"], "optimizer": ADAM, "lr": 1e-2, "decay": 0.8, "steps": 4, "state": state, "logits": sampled(logits, 12)}


if __name__ == "__main__":
    golden = {
        "losses": [loss_case(case) for case in CASES],
        "mixes": [
            mixed("blend", "mixup", 0.3, []),
            mixed("box", "cutmix", 0.6, [3, 2]),
            mixed("box at the edge", "cutmix", 0.2, [0, 5]),
        ],
        "average": averaged(),
    }
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
