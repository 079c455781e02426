"""What timm makes of models whose weights come from their tensors' names (numbers_by_name.py), in float64.

  models.py [NAME…]   writes test/models/golden/models.golden.json (forward passes and training runs; only those named)
                      and test/models/golden/timm.golden.json (tensor names, shapes and initial draws of timm's models)

Large tensors are sampled: every `step`-th element of the flattened tensor.
"""
import json
import math
import sys
from pathlib import Path

import timm
import torch
from numbers_by_name import below, model_tensor, uniform
from timm.models.densenet import DenseNet
from timm.models.inception_v3 import InceptionV3
from timm.models.resnet import BasicBlock, Bottleneck, ResNet, make_blocks
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models import AlexNet

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


def small_swin(spec):
    p = spec["params"]
    return SwinTransformer(
        spec["size"], p["patch"], spec["channels"], spec["classes"], embed_dim=p["dim"], depths=p["depths"],
        num_heads=p["heads"], window_size=p["window"], mlp_ratio=p["mlp_ratio"], drop_path_rate=0.0,
    )  # fmt: skip


def small_alexnet(spec):
    """torchvision's AlexNet with other widths; nothing dropped, nothing written in place (taps are read before ReLUs)."""
    p = spec["params"]
    model = AlexNet(spec["classes"], dropout=0.0)
    channels = [spec["channels"], *p["widths"]]
    for place, i, o in zip([0, 3, 6, 8, 10], channels, channels[1:]):
        old = model.features[place]
        model.features[place] = nn.Conv2d(i, o, old.kernel_size, old.stride, old.padding)
    model.classifier[1] = nn.Linear(36 * channels[-1], p["hidden"])
    model.classifier[4] = nn.Linear(p["hidden"], p["hidden"])
    model.classifier[6] = nn.Linear(p["hidden"], spec["classes"])
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    model.forward_features = lambda x: torch.flatten(model.avgpool(model.features(x)), 1)
    model.forward_head = lambda x, pre_logits=False: model.classifier[:-1](x) if pre_logits else model.classifier(x)
    return model


class CBR(nn.Module):
    """Transfusion's blocks (Raghu et al. 2019), written out."""

    def __init__(self, spec):
        super().__init__()
        kernel, channels = spec["params"]["kernel"], [spec["channels"], *spec["params"]["widths"]]
        self.blocks = len(channels) - 1
        for n, (i, o) in enumerate(zip(channels, channels[1:]), 1):
            setattr(self, f"conv{n}", nn.Conv2d(i, o, kernel, padding="same", bias=False))
            setattr(self, f"bn{n}", nn.BatchNorm2d(o))
        self.fc = nn.Linear(channels[-1], spec["classes"])

    def forward_features(self, x):
        for n in range(1, self.blocks + 1):
            x = torch.relu(getattr(self, f"bn{n}")(getattr(self, f"conv{n}")(x)))
            x = nn.functional.max_pool2d(x, 3, 2, 1)
        return x.mean((2, 3))

    def forward_head(self, x, pre_logits=False):
        return x if pre_logits else self.fc(x)

    def forward(self, x):
        return self.fc(self.forward_features(x))


def inception(spec):
    return InceptionV3(spec["classes"], spec["channels"])


class FidInception(InceptionV3):
    """The pools of TensorFlow's release of 2015-12-05 in timm's network: pool branches see means of the pixels inside the
    map alone, and in the last block the maximum."""

    def __init__(self, spec):
        super().__init__(spec["classes"], spec["channels"])
        for name, block in self.named_children():
            if not name.startswith("Mixed_") or not hasattr(block, "branch_pool"):
                continue
            mean = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
            pool = nn.MaxPool2d(3, 1, 1) if name == "Mixed_7c" else mean
            seen = {}
            block.register_forward_pre_hook(lambda m, given, seen=seen: seen.update(x=given[0]))
            # what the block pooled itself is not used
            block.branch_pool.register_forward_pre_hook(lambda m, given, seen=seen, pool=pool: (pool(seen["x"]),))


def small_densenet(spec):
    """timm's DenseNet with a small stem where asked for."""
    p = spec["params"]
    model = DenseNet(p["growth"], tuple(p["blocks"]), spec["classes"], spec["channels"])
    if p["stem"] == "small":
        model.features.conv0 = nn.Conv2d(spec["channels"], 2 * p["growth"], 3, 1, 1, bias=False)
        model.features.pool0 = nn.Identity()
    return model


def densenet_spec(blocks, growth, stem, size, channels, classes):
    params = {"blocks": blocks, "growth": growth, "stem": stem}
    return {"family": "densenet", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def resnet_spec(blocks, widths, block, stem, size, channels, classes):
    params = {"blocks": blocks, "widths": widths, "block": block, "stem": stem}
    return {"family": "resnet", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def vit_spec(dim, depth, heads, patch, ratio, size, channels, classes):
    params = {"dim": dim, "depth": depth, "heads": heads, "patch": patch, "mlp_ratio": ratio}
    return {"family": "vit", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def swin_spec(dim, depths, heads, window, patch, ratio, size, channels, classes):
    params = {"dim": dim, "depths": depths, "heads": heads, "window": window, "patch": patch, "mlp_ratio": ratio}
    return {"family": "swin", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def alexnet_spec(widths, hidden, size, channels, classes):
    params = {"widths": widths, "hidden": hidden}
    return {"family": "alexnet", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def cbr_spec(widths, kernel, size, channels, classes):
    params = {"widths": widths, "kernel": kernel}
    return {"family": "cbr", "version": 1, "params": params, "classes": classes, "channels": channels, "size": size}


def inception_spec(size, channels, classes):
    return {"family": "inception", "version": 1, "params": {}, "classes": classes, "channels": channels, "size": size}


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
    # whole windows, shifted in the first stage, one window in the second
    {"name": "windows", "cost": "quick", "spec": swin_spec(24, [2, 2], [3, 4], 4, 4, 2, 32, 1, 5), "batch": 3,
     "train": RECIPE},
    # maps of 15, 8 and 4 tokens a side: padded and shifted, merged from an odd side, padded to a window of 3
    {"name": "padded", "cost": "quick", "spec": swin_spec(16, [2, 3, 1], [2, 4, 4], 4, 2, 4, 30, 3, 6), "batch": 2,
     "train": {**RECIPE, "task": "multilabel"}},
    # maps of 3×3 before the pool to 6×6; odd sides before pools
    {"name": "columns", "cost": "quick", "spec": alexnet_spec([6, 8, 10, 9, 7], 20, 127, 3, 5), "batch": 3,
     "train": {**RECIPE, "optimizer": SGD, "lr": 0.01}},
    {"name": "blocks", "cost": "quick", "spec": cbr_spec([6, 8, 12], 5, 21, 1, 4), "batch": 4, "train": RECIPE},
    {"name": "dense", "cost": "quick", "spec": densenet_spec([2, 3], 4, "small", 10, 1, 4), "batch": 4, "train": RECIPE},
    # sides of 9, 4 and 2: pools over what is odd, the last rows left out
    {"name": "dense_odd", "cost": "quick", "spec": densenet_spec([2, 1, 2], 5, "imagenet", 35, 3, 3), "batch": 4,
     "train": {**RECIPE, "optimizer": SGD, "lr": 0.02}},
    {"name": "densenet121", "cost": "slow", "spec": densenet_spec([6, 12, 24, 16], 32, "imagenet", 64, 3, 10), "batch": 4,
     "train": {**RECIPE, "lr": 1e-5, "steps": 2}},
    {"name": "resnet18", "cost": "slow", "spec": resnet_spec([2, 2, 2, 2], WIDTHS, "basic", "imagenet", 64, 3, 10),
     "batch": 4, "train": {**RECIPE, "lr": 1e-5}},
    {"name": "resnet50", "cost": "slow", "spec": resnet_spec([3, 4, 6, 3], WIDTHS, "bottleneck", "imagenet", 64, 3, 10),
     "batch": 2, "train": None},
    {"name": "deit_tiny", "cost": "slow", "spec": vit_spec(192, 12, 3, 16, 4, 48, 3, 10), "batch": 2,
     "train": {**RECIPE, "lr": 1e-5}},
    # batch norm of two images is so badly conditioned that only float64 follows
    {"name": "inception", "cost": "slow", "spec": inception_spec(75, 1, 7), "batch": 2,
     "train": {**RECIPE, "steps": 1}},
    # the paper's four, at its size
    {"name": "alexnet_224", "cost": "large", "spec": alexnet_spec([64, 192, 384, 256, 256], 1024, 224, 3, 10),
     "batch": 2, "train": None},
    {"name": "resnet50_224", "cost": "large", "spec": resnet_spec([3, 4, 6, 3], WIDTHS, "bottleneck", "imagenet", 224, 3, 7),
     "batch": 3, "train": {**RECIPE, "lr": 1e-6}},
    # maps of 2×2 in the last blocks: what is inside differs from what is beside, and the maximum from the mean
    {"name": "inception_fid", "cost": "slow", "spec": {**inception_spec(107, 3, 6), "family": "inception_fid"}, "batch": 2,
     "train": None},
    {"name": "inception_224", "cost": "large", "spec": inception_spec(224, 3, 10), "batch": 3,
     "train": {**RECIPE, "lr": 1e-7}},
    {"name": "deit_small_224", "cost": "large", "spec": vit_spec(384, 12, 6, 16, 4, 224, 3, 1000), "batch": 1,
     "train": {**RECIPE, "lr": 1e-5}},
    {"name": "swin_tiny_224", "cost": "large", "spec": swin_spec(96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 4, 4, 224, 1, 10),
     "batch": 1, "train": {**RECIPE, "lr": 1e-5}},
]  # fmt: skip
LARGE = {"resnet18": "resnet18", "resnet50": "resnet50", "resnet50_224": "resnet50"}
SMALL = {"resnet": small_resnet, "vit": small_vit, "swin": small_swin, "inception": inception, "inception_fid": FidInception,
         "alexnet": small_alexnet, "cbr": CBR, "densenet": small_densenet}


def build(entry):
    spec = entry["spec"]
    if entry["name"] in LARGE:
        model = timm.create_model(LARGE[entry["name"]], num_classes=spec["classes"], in_chans=spec["channels"])
    else:
        model = SMALL[spec["family"]](spec)
    state = {k: torch.from_numpy(model_tensor(k, list(v.shape))) for k, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model.double()


def sampled(value, limit):
    flat = value.detach().reshape(-1)
    step = -(-len(flat) // limit)
    return {"shape": list(value.shape), "step": step, "data": [float(f"{x:.8g}") for x in flat[::step].tolist()]}


def taps_of(entry, model):
    """Name and timm's module of every tap: probe layers, whole blocks, stages."""
    p, family = entry["spec"]["params"], entry["spec"]["family"]
    inner = lambda block: [f"{block}.attn", f"{block}.mlp", block]
    if family == "vit":
        return ["patch_embed", *[n for i in range(p["depth"]) for n in inner(f"blocks.{i}")], "head"]
    if family == "swin":
        stages = [
            [*[n for i in range(depth) for n in inner(f"layers.{s}.blocks.{i}")], f"layers.{s}"]
            for s, depth in enumerate(p["depths"])
        ]
        return ["patch_embed", *[n for stage in stages for n in stage], "head"]
    if family == "alexnet":
        return [f"features.{i}" for i in (0, 3, 6, 8, 10)] + [f"classifier.{i}" for i in (1, 4, 6)]
    if family == "cbr":
        return [*[f"conv{n + 1}" for n in range(len(p["widths"]))], "fc"]
    if family == "densenet":
        inner = lambda k, n: [f"features.denseblock{k}.denselayer{i + 1}" for i in range(n)]
        blocks = [[*inner(k, n), f"features.transition{k}"] for k, n in enumerate(p["blocks"], 1)]
        return ["features.conv0", *[n for block in blocks for n in block][:-1], "features.norm5", "classifier"]
    if family.startswith("inception"):
        return [n for n, _ in model.named_children() if n.startswith(("Conv2d_", "Mixed_", "fc"))]
    return ["conv1", *[f"layer{s + 1}.{i}" for s, n in enumerate(p["blocks"]) for i in range(n)], "fc"]


def as_map(tokens):
    batch, count, width = tokens.shape
    side = math.isqrt(count)
    return tokens.reshape(batch, side, side, width)


def forward(entry, x):
    """`taps` by name as timm's modules give them; `maps` what the branches of Swin's blocks add to its maps."""
    model, taps = build(entry).eval(), {}
    names = taps_of(entry, model)
    for name in names:
        hook = lambda m, i, o, name=name: taps.__setitem__(name, o)
        model.get_submodule(name).register_forward_hook(hook)
    maps = {}
    for name, module in model.named_modules():
        if type(module).__name__ == "SwinTransformerBlock":
            attend = module._attn
            module._attn = lambda x, name=name, attend=attend: maps.setdefault(f"{name}.attn", attend(x))
            keep = lambda m, i, o, name=name: maps.__setitem__(f"{name}.mlp", as_map(o))
            module.mlp.register_forward_hook(keep)
    with torch.no_grad():
        features = model.forward_features(x)
        pooled = model.forward_head(features, pre_logits=True)
        logits = model.forward_head(features)
    few = 8 if entry["cost"] == "large" else 48
    return {
        "logits": sampled(logits, 64),
        "pooled": sampled(pooled, 64),
        "taps": {name: sampled(taps[name], few) for name in names},
        "maps": {name: sampled(value, few) for name, value in maps.items()},
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
    # of models with hundreds of tensors, every eleventh: a number that shares no factor with how blocks repeat
    every = 11 if spec["family"].startswith("inception") or entry["name"] == "densenet121" or entry["cost"] == "large" else 1
    after = {k: sampled(v.double(), 6) for k, v in list(model.state_dict().items())[::every]}
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
    kept = {g["name"]: json.dumps(g) for g in json.loads((GOLDEN / "models.golden.json").read_text())}
    named = sys.argv[1:] or [entry["name"] for entry in MODELS]
    lines = [json.dumps(golden(entry)) if entry["name"] in named else kept[entry["name"]] for entry in MODELS]
    (GOLDEN / "models.golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    full = ["resnet18", "resnet50", "vit_small_patch16_224", "inception_v3", "swin_tiny_patch4_window7_224",
            "densenet121"]
    rest = ["densenet161", "densenet169", "densenet201", "resnet34", "resnet101", "resnet152", "vit_tiny_patch16_224", "vit_base_patch16_224",
            "deit_tiny_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224",
            "swin_small_patch4_window7_224", "swin_base_patch4_window7_224"]  # fmt: skip
    known = {name: description(name) for name in full} | {name: counts(name) for name in rest}
    text = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in known.items())
    (GOLDEN / "timm.golden.json").write_text("{\n" + text + "\n}\n")
