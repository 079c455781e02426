"""What timm makes of models whose weights come from their tensors' names (numbers_by_name.py), in float64.

  models.py   writes test/models/golden/models.golden.json (forward passes and training runs)
              and test/models/golden/timm.golden.json (tensor names, shapes and initial draws of timm's own models)

Large tensors are sampled: every `step`-th element of the flattened tensor.
"""
import json
from pathlib import Path

import timm
import torch
from numbers_by_name import below, model_tensor, uniform
from timm.models.resnet import BasicBlock, Bottleneck, ResNet, make_blocks
from timm.models.vision_transformer import VisionTransformer
from torch import nn

GOLDEN = Path(__file__).parent.parent / "models" / "golden"
ADAM = {"id": "adam", "version": 1, "params": {"l2": 1e-5, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}}
ADAMW = {"id": "adamw", "version": 1, "params": {"weight_decay": 0.05, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}}
SGD = {"id": "sgd", "version": 1, "params": {"momentum": 0.9, "nesterov": True, "l2": 1e-3}}


def small_resnet(spec):
    """timm's ResNet with a stem as wide as its first stage and, where asked for, small."""
    p = spec["params"]
    block = {"basic": BasicBlock, "bottleneck": Bottleneck}[p["block"]]
    model = ResNet(block, p["blocks"], spec["classes"], spec["channels"], channels=p["widths"])
    width = p["widths"][0]
    if p["stem"] == "small":
        model.conv1 = nn.Conv2d(spec["channels"], width, 3, 1, 1, bias=False)
        model.maxpool = nn.Identity()
    else:
        model.conv1 = nn.Conv2d(spec["channels"], width, 7, 2, 3, bias=False)
    model.bn1 = nn.BatchNorm2d(width)
    stages, _ = make_blocks([block] * len(p["blocks"]), p["widths"], p["blocks"], width)
    for index in range(4):  # timm always runs four
        setattr(model, f"layer{index + 1}", stages[index][1] if index < len(stages) else nn.Identity())
    return model


def small_vit(spec):
    p = spec["params"]
    return VisionTransformer(
        spec["size"], p["patch"], spec["channels"], spec["classes"], embed_dim=p["dim"], depth=p["depth"],
        num_heads=p["heads"], mlp_ratio=p["mlp_ratio"],
    )  # fmt: skip


def resnet_spec(blocks, widths, block, stem, size, channels, classes):
    params = {"blocks": blocks, "widths": widths, "block": block, "stem": stem}
    return {"family": "resnet", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def vit_spec(dim, depth, heads, patch, ratio, size, channels, classes):
    params = {"dim": dim, "depth": depth, "heads": heads, "patch": patch, "mlp_ratio": ratio}
    return {"family": "vit", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


WIDTHS = [64, 128, 256, 512]
RECIPE = {"optimizer": ADAM, "lr": 1e-3, "clipNorm": 1.0, "task": "multiclass", "steps": 5}
# cost: whether the float64 interpreter is quick enough to run it in a test
MODELS = [
    {"name": "basic", "cost": "quick", "spec": resnet_spec([1, 2], [8, 16], "basic", "small", 12, 1, 4),
     "batch": 4, "train": RECIPE},
    {"name": "bottleneck", "cost": "quick", "spec": resnet_spec([2, 1], [4, 8], "bottleneck", "imagenet", 33, 3, 3),
     "batch": 4, "train": {**RECIPE, "optimizer": SGD, "lr": 0.05, "clipNorm": None}},
    {"name": "tokens", "cost": "quick", "spec": vit_spec(32, 2, 4, 7, 2, 28, 1, 5), "batch": 4, "train": RECIPE},
    {"name": "labels", "cost": "quick", "spec": vit_spec(24, 1, 3, 4, 4, 12, 3, 6), "batch": 3,
     "train": {**RECIPE, "optimizer": ADAMW, "task": "multilabel"}},
    {"name": "resnet18", "cost": "slow", "spec": resnet_spec([2, 2, 2, 2], WIDTHS, "basic", "imagenet", 64, 3, 10),
     "batch": 4, "train": {**RECIPE, "lr": 1e-5}},
    {"name": "resnet50", "cost": "slow", "spec": resnet_spec([3, 4, 6, 3], WIDTHS, "bottleneck", "imagenet", 64, 3, 10),
     "batch": 2, "train": None},
    {"name": "deit_tiny", "cost": "slow", "spec": vit_spec(192, 12, 3, 16, 4, 48, 3, 10), "batch": 2,
     "train": {**RECIPE, "lr": 1e-5}},
]  # fmt: skip
LARGE = {"resnet18", "resnet50", "deit_tiny"}


def build(entry):
    spec = entry["spec"]
    if entry["name"] in LARGE and spec["family"] == "resnet":
        model = timm.create_model(entry["name"], num_classes=spec["classes"], in_chans=spec["channels"])
    else:
        model = small_resnet(spec) if spec["family"] == "resnet" else small_vit(spec)
    state = {k: torch.from_numpy(model_tensor(k, list(v.shape))) for k, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model.double()


def sampled(value, limit):
    flat = value.detach().reshape(-1)
    step = -(-len(flat) // limit)
    return {"shape": list(value.shape), "step": step, "data": [float(f"{x:.8g}") for x in flat[::step].tolist()]}


def layers_of(entry, model):
    p = entry["spec"]["params"]
    if entry["spec"]["family"] == "vit":
        inner = [n for i in range(p["depth"]) for n in (f"blocks.{i}.attn", f"blocks.{i}.mlp")]
        return ["patch_embed", *inner, "head"]
    return ["conv1", *[f"layer{s + 1}.{i}" for s, n in enumerate(p["blocks"]) for i in range(n)], "fc"]


def forward(entry, x):
    model, taps = build(entry).eval(), {}
    for name in layers_of(entry, model):
        hook = lambda m, i, o, name=name: taps.__setitem__(name, o)
        model.get_submodule(name).register_forward_hook(hook)
    with torch.no_grad():
        features = model.forward_features(x)
        pooled = model.forward_head(features, pre_logits=True)
        logits = model.forward_head(features)
    return {
        "logits": sampled(logits, 64),
        "pooled": sampled(pooled, 64),
        "taps": {name: sampled(taps[name], 48) for name in layers_of(entry, model)},
    }


def optimizer_of(choice, lr, model):
    p = choice["params"]
    decay = p.get("weight_decay", p.get("l2", 0))
    groups = [
        {"params": [q for q in model.parameters() if q.ndim > 1], "weight_decay": decay},
        {"params": [q for q in model.parameters() if q.ndim <= 1], "weight_decay": 0.0},
    ]
    if choice["id"] == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=p["momentum"], nesterov=p["nesterov"])
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[choice["id"]]
    return kind(groups, lr=lr, betas=(p["beta1"], p["beta2"]), eps=p["eps"])


def train(entry, x):
    recipe, spec, batch = entry["train"], entry["spec"], entry["batch"]
    model = build(entry).train()
    multilabel = recipe["task"] == "multilabel"
    shape, limit = ([batch, spec["classes"]], 2) if multilabel else ([batch], spec["classes"])
    y = torch.from_numpy(below(f"{entry['name']} y", shape, limit))
    loss_of = nn.functional.binary_cross_entropy_with_logits if multilabel else nn.functional.cross_entropy
    y = y.double() if multilabel else y.long()
    optimizer, losses, norms = optimizer_of(recipe["optimizer"], recipe["lr"], model), [], []
    for _ in range(recipe["steps"]):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        limit = float("inf") if recipe["clipNorm"] is None else recipe["clipNorm"]
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), limit).item())
        optimizer.step()
        losses.append(loss.item())
    after = {k: sampled(v.double(), 6) for k, v in model.state_dict().items()}
    return {**recipe, "losses": losses, "gradientNorms": norms, "after": after}


def golden(entry):
    spec = entry["spec"]
    x = uniform(f"{entry['name']} x", [entry["batch"], spec["channels"], spec["size"], spec["size"]], -1.7, 1.7)
    x = torch.from_numpy(x).double()
    result = {**entry, "forward": forward(entry, x), "train": entry["train"] and train(entry, x)}
    if result["train"]:
        print(entry["name"], result["train"]["losses"], result["train"]["gradientNorms"])
    return result


def description(name):
    """Names, shapes, standard deviation and greatest magnitude of a fresh model's tensors, and its parameter count."""
    torch.manual_seed(0)
    model = timm.create_model(name)
    tensors = [
        [k, list(v.shape), float(f"{v.double().std(unbiased=False):.4g}"), float(f"{v.double().abs().max():.4g}")]
        for k, v in model.state_dict().items()
    ]
    return {"parameters": sum(p.numel() for p in model.parameters()), "tensors": tensors}


def counts(name):
    model = timm.create_model(name)
    return {"parameters": sum(p.numel() for p in model.parameters()), "tensors": len(model.state_dict())}


if __name__ == "__main__":
    torch.set_num_threads(2)
    lines = [json.dumps(golden(entry)) for entry in MODELS]
    (GOLDEN / "models.golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    full = ["resnet18", "resnet50", "vit_small_patch16_224"]
    rest = ["resnet34", "resnet101", "resnet152", "vit_tiny_patch16_224", "vit_base_patch16_224",
            "deit_tiny_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224"]  # fmt: skip
    known = {name: description(name) for name in full} | {name: counts(name) for name in rest}
    text = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in known.items())
    (GOLDEN / "timm.golden.json").write_text("{\n" + text + "\n}\n")
