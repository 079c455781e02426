"""What PyTorch and timm make of trainings of some of a model's tensors, in float64: requires_grad_(False), batch norms in
eval(), timm's param_groups_layer_decay, and layers made trainable one after another.

  recipes.py   writes test/models/golden/recipes.golden.json
"""
import json

import torch
from models import ADAM, ADAMW, GOLDEN, SGD, build, optimizer_of, resnet_spec, sampled, vit_spec
from numbers_by_name import below, model_tensor, uniform
from timm.optim import param_groups_layer_decay
from torch import nn

RESNET = {"name": "recipe basic", "spec": resnet_spec([1, 2], [8, 16], "basic", "small", 12, 1, 4), "batch": 4}
VIT = {"name": "recipe tokens", "spec": vit_spec(32, 2, 4, 7, 2, 28, 1, 5), "batch": 4}
NO_CLIP = {"clipNorm": None}
CASES = [
    {"case": "the first two units", "of": RESNET, "optimizer": ADAMW, "freeze": ["conv1", "bn1", "layer1"]},
    {"case": "two units but for statistics", "of": RESNET, "optimizer": ADAM, "freeze": ["conv1", "bn1", "layer1"],
     "follow": True},
    {"case": "statistics", "of": RESNET, "optimizer": SGD, "freeze": [], "statistics": True},
    {"case": "all but biases and head", "of": VIT, "optimizer": ADAMW, "only": ["bias", "head"]},
    {"case": "the backbone", "of": VIT, "optimizer": ADAM, "only": ["head"], **NO_CLIP},
    {"case": "a unit more every step", "of": VIT, "optimizer": ADAM, "thaw": 1},
    {"case": "a unit more every two steps", "of": RESNET, "optimizer": ADAMW, "thaw": 2},
    {"case": "rates by unit", "of": VIT, "optimizer": ADAMW, "layerDecay": 0.75},
    {"case": "rates by unit above a frozen one", "of": VIT, "optimizer": ADAMW, "layerDecay": 0.5,
     "freeze": ["patch_embed", "cls_token", "pos_embed"]},
    {"case": "low-rank adapters and head", "of": VIT, "optimizer": ADAM, "only": ["lora_A", "lora_B", "head"],
     "lora": {"lora_rank": 2, "lora_alpha": 6, "lora_on": "blocks.*.attn.qkv blocks.*.mlp.fc2"}},
    {"case": "bottleneck adapters and head", "of": VIT, "optimizer": ADAM,
     "only": ["adapter_down", "adapter_down_bias", "adapter_up", "adapter_up_bias", "head"],
     "bottleneck": {"bottleneck_width": 3, "bottleneck_on": "blocks.*.attn.proj blocks.*.mlp.fc2"}},
]  # fmt: skip


class Adapted(nn.Linear):
    """W x + b + (alpha / rank) B A x"""

    def __init__(self, linear, name, rank, alpha):
        super().__init__(linear.in_features, linear.out_features, dtype=torch.float64)
        self.weight, self.bias, self.scale = linear.weight, linear.bias, alpha / rank
        tensor = lambda part, shape: nn.Parameter(torch.from_numpy(model_tensor(f"{name}.{part}", shape)).double())
        self.lora_A = tensor("lora_A", [rank, linear.in_features])
        self.lora_B = tensor("lora_B", [linear.out_features, rank])

    def forward(self, x):
        return super().forward(x) + self.scale * (x @ self.lora_A.T @ self.lora_B.T)


class Bottleneck(nn.Linear):
    """y + U gelu(D y + d) + u of y = W x + b"""

    def __init__(self, linear, name, width):
        super().__init__(linear.in_features, linear.out_features, dtype=torch.float64)
        self.weight, self.bias, out = linear.weight, linear.bias, linear.out_features
        tensor = lambda part, shape: nn.Parameter(torch.from_numpy(model_tensor(f"{name}.{part}", shape)).double())
        self.adapter_down, self.adapter_down_bias = tensor("adapter_down", [width, out]), tensor("adapter_down_bias", [width])
        self.adapter_up, self.adapter_up_bias = tensor("adapter_up", [out, width]), tensor("adapter_up_bias", [out])

    def forward(self, x):
        y = super().forward(x)
        inner = nn.functional.gelu(y @ self.adapter_down.T + self.adapter_down_bias)
        return y + inner @ self.adapter_up.T + self.adapter_up_bias


def squeeze(case, model):
    for block in range(2):
        for parent, part in (("attn", "proj"), ("mlp", "fc2")):
            name = f"blocks.{block}.{parent}"
            module = model.get_submodule(name)
            setattr(module, part, Bottleneck(getattr(module, part), f"{name}.{part}", case["bottleneck"]["bottleneck_width"]))
    return model


def adapt(case, model):
    for block in range(2):
        for parent, part in (("attn", "qkv"), ("mlp", "fc2")):
            name = f"blocks.{block}.{parent}"
            module, lora = model.get_submodule(name), case["lora"]
            linear = getattr(module, part)
            setattr(module, part, Adapted(linear, f"{name}.{part}", lora["lora_rank"], lora["lora_alpha"]))
    return model


def under(name, path):
    return name == path or name.startswith(path + ".")


def units_of(case):
    if case["of"] is RESNET:
        return [["conv1", "bn1"], ["layer1"], ["layer2"]]
    return [["cls_token", "pos_embed", "patch_embed"], ["blocks.0"], ["blocks.1", "norm"]]


def frozen_of(case, model):
    """Names of frozen tensors, of the whole state."""
    names = list(model.state_dict())
    parameters = {n for n, _ in model.named_parameters()}
    if case.get("statistics"):
        return [n for n in names if n not in parameters]
    if "only" in case:
        kept = lambda n: any(n.split(".")[-1] == part or under(n, part) for part in case["only"])
        return [n for n in names if not kept(n)]
    hit = [n for n in names if any(under(n, part) for part in case.get("freeze", []))]
    return [n for n in hit if n in parameters] if case.get("follow") else hit


def hold(model, frozen):
    model.train()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in frozen)
        if name in frozen:
            parameter.grad = None
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm2d) and f"{name}.running_mean" in frozen:
            module.eval()


def optimizer(case, model, lr):
    choice = case["optimizer"]
    if "layerDecay" not in case:
        return optimizer_of(choice, lr, model)
    groups = param_groups_layer_decay(model, choice["params"]["weight_decay"], layer_decay=case["layerDecay"])
    for group in groups:
        group["lr"] = lr * group.pop("lr_scale")
    p = choice["params"]
    return torch.optim.AdamW(groups, lr=lr, betas=(p["beta1"], p["beta2"]), eps=p["eps"])


def golden(case):
    entry = case["of"]
    spec, batch, name = entry["spec"], entry["batch"], entry["name"]
    shape = [batch, spec["channels"], spec["size"], spec["size"]]
    x = torch.from_numpy(uniform(f"{name} x", shape, -1.7, 1.7)).double()
    y = torch.from_numpy(below(f"{name} y", [batch], spec["classes"])).long()
    model = build(entry)
    if "lora" in case:
        model = adapt(case, model)
        spec = {**spec, "params": {**spec["params"], **case["lora"]}}
    if "bottleneck" in case:
        model = squeeze(case, model)
        spec = {**spec, "params": {**spec["params"], **case["bottleneck"]}}
    before = {k: v.clone() for k, v in model.state_dict().items()}
    frozen, lr, clip = frozen_of(case, model), 1e-3, case.get("clipNorm", 1.0)
    steps = optimizer(case, model, lr)
    losses, norms, units = [], [], units_of(case)
    for step in range(5):
        held = set(frozen)
        if "thaw" in case:
            waiting = units[: max(0, len(units) - step // case["thaw"])]
            held |= {n for n in before if any(under(n, part) for unit in waiting for part in unit)}
        hold(model, held)
        steps.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        trained = [p for p in model.parameters() if p.grad is not None]
        norms.append(nn.utils.clip_grad_norm_(trained, float("inf") if clip is None else clip).item())
        steps.step()
        losses.append(loss.item())
    state = model.state_dict()
    for tensor in frozen:
        assert torch.equal(before[tensor], state[tensor]), tensor
    print(case["case"], losses)
    return {
        "name": case["case"], "of": name, "spec": spec, "batch": batch, "frozen": frozen,
        "layerDecay": case.get("layerDecay"), "thaw": case.get("thaw"), "optimizer": case["optimizer"], "lr": lr,
        "clipNorm": clip, "losses": losses, "gradientNorms": norms,
        "after": {k: sampled(v.double(), 6) for k, v in state.items() if k not in frozen},
    }  # fmt: skip


if __name__ == "__main__":
    lines = [json.dumps(golden(case)) for case in CASES]
    (GOLDEN / "recipes.golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
