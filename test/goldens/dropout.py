"""timm's models trained with its own dropout and stochastic depth, the random numbers exchanged for ours.

  dropout.py   writes test/models/golden/dropout.golden.json: three training steps a model, in float64

What is dropped where, with which rate, is timm's (its modules and their rates stay as it built them); which elements
follow from the draws that src/program/types.ts defines for `randomUniform`, salted by the module's name.
"""
import json
import math

import torch
from models import ADAM, GOLDEN, densenet_spec, optimizer_of, resnet_spec, sampled, small_densenet, swin_spec, vit_spec
from numbers_by_name import below, model_tensor, uniform
from ops import random_uniform
from timm.layers import DropPath
from timm.models import resnet
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import nn

STEPS = 3


def with_rates(spec, **rates):
    return {**spec, "params": {**spec["params"], **rates}}


MODELS = [
    {"name": "dropping tokens", "batch": 4,
     "spec": with_rates(vit_spec(24, 3, 3, 4, 2, 12, 1, 5), drop_rate=0.2, proj_drop_rate=0.1, attn_drop_rate=0.15,
                        drop_path_rate=0.4)},
    {"name": "dropping paths", "batch": 6, "spec": with_rates(vit_spec(16, 2, 2, 4, 2, 8, 3, 4), drop_path_rate=0.5)},
    # the MLP's dropout counts elements in the order of the windows, as timm does not: no `proj_drop_rate` here
    {"name": "dropping windows", "batch": 3,
     "spec": with_rates(swin_spec(12, [2, 2], [2, 3], 4, 2, 2, 16, 1, 5), drop_rate=0.2, attn_drop_rate=0.15,
                        drop_path_rate=0.4)},
    {"name": "dropping blocks", "batch": 5,
     "spec": with_rates(resnet_spec([1, 2], [6, 8], "basic", "small", 10, 1, 4), drop_rate=0.25, drop_path_rate=0.5)},
    {"name": "dropping bottlenecks", "batch": 5,
     "spec": with_rates(resnet_spec([2, 1], [4, 6], "bottleneck", "small", 9, 3, 3), drop_path_rate=0.6)},
    {"name": "dropping layers", "batch": 5,
     "spec": with_rates(densenet_spec([2, 2], 4, "small", 8, 1, 4), drop_rate=0.2, proj_drop_rate=0.3)},
]  # fmt: skip


def fnv(name):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return (seed >> 30 ^ seed) & 0x3FFFFFFF


class Drop(nn.Module):
    """In the place of timm's module: its rate, our draws."""

    def __init__(self, name, rate, whole, draws):
        super().__init__()
        self.name, self.rate, self.whole, self.draws = name, rate, whole, draws

    def forward(self, x):
        if self.rate == 0:
            return x
        images = len(self.draws["keys"])
        shape = [1] if self.whole else [math.prod(x.shape) // images]
        u = random_uniform(self.draws["keys"], {"salt": fnv(self.name), "shape": shape})
        kept = (u < 1 - self.rate).double() / (1 - self.rate)
        return (x.reshape(images, -1) * kept).reshape(x.shape)


def build(spec, draws):
    p = spec["params"]
    if spec["family"] == "vit":
        rates = {name: value for name, value in p.items() if name.endswith("_rate")}
        model = VisionTransformer(spec["size"], p["patch"], spec["channels"], spec["classes"], embed_dim=p["dim"],
                                  depth=p["depth"], num_heads=p["heads"], mlp_ratio=p["mlp_ratio"], **rates)  # fmt: skip
        for block in model.blocks:
            block.attn.fused_attn = False
    elif spec["family"] == "swin":
        rates = {name: value for name, value in p.items() if name.endswith("_rate")}
        model = SwinTransformer(spec["size"], p["patch"], spec["channels"], spec["classes"], embed_dim=p["dim"],
                                depths=p["depths"], num_heads=p["heads"], window_size=p["window"],
                                mlp_ratio=p["mlp_ratio"], **rates)  # fmt: skip
        for module in model.modules():
            if hasattr(module, "fused_attn"):
                module.fused_attn = False
    elif spec["family"] == "densenet":
        model = small_densenet(spec)
        model.head_drop.p = p["drop_rate"]
        # timm calls the function there, not a module
        for name, layer in [each for each in model.named_modules() if "denselayer" in each[0].rpartition(".")[2]]:
            drop = Drop(f"{name}.drop", p["proj_drop_rate"], False, draws)
            layer.register_forward_hook(lambda m, i, o, drop=drop: drop(o))
    else:
        block = {"basic": resnet.BasicBlock, "bottleneck": resnet.Bottleneck}[p["block"]]
        model = resnet.ResNet(block, p["blocks"], spec["classes"], spec["channels"], channels=p["widths"])
        width, count = p["widths"][0], len(p["blocks"])
        model.conv1 = nn.Conv2d(spec["channels"], width, 3, 1, 1, bias=False)
        model.maxpool, model.bn1 = nn.Identity(), nn.BatchNorm2d(width)
        model.drop_rate = p.get("drop_rate", 0)
        stages, _ = resnet.make_blocks(
            [block] * count, p["widths"], p["blocks"], width, drop_path_rate=p["drop_path_rate"]
        )
        for index in range(4):
            setattr(model, f"layer{index + 1}", stages[index][1] if index < count else nn.Identity())
    for name, module in list(model.named_modules()):
        if isinstance(module, (nn.Dropout, DropPath)):
            whole = isinstance(module, DropPath)
            rate = module.drop_prob if whole else module.p
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, Drop(name, rate, whole, draws))
    model.load_state_dict({k: torch.from_numpy(model_tensor(k, list(v.shape))) for k, v in model.state_dict().items()})
    return model.double()


def golden(entry):
    name, spec, batch, draws = entry["name"], entry["spec"], entry["batch"], {}
    model = build(spec, draws).train()
    # ResNet calls the function, not a module
    resnet.F.dropout = lambda x, p, training: Drop("head_drop", p, False, draws)(x)
    x = torch.from_numpy(uniform(f"{name} x", [batch, spec["channels"], spec["size"], spec["size"]], -1.7, 1.7)).double()
    y = torch.from_numpy(below(f"{name} y", [batch], spec["classes"])).long()
    optimizer, losses, norms = optimizer_of(ADAM, 1e-3, model), [], []
    for step in range(STEPS):
        draws["keys"] = torch.from_numpy(below(f"{name} draws {step + 1}", [batch, 2], 2**31 - 1))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
        losses.append(loss.item())
    print(name, losses, norms)
    after = {k: sampled(v.double(), 6) for k, v in model.state_dict().items()}
    train = {"optimizer": ADAM, "lr": 1e-3, "clipNorm": 1.0, "task": "multiclass", "steps": STEPS}
    return {**entry, "train": {**train, "losses": losses, "gradientNorms": norms, "after": after}}


if __name__ == "__main__":
    lines = [json.dumps(golden(entry)) for entry in MODELS]
    (GOLDEN / "dropout.golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
