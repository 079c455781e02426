"""What timm's MLP-Mixer makes of weights that come from their tensors' names, in float64: what the model of the plug-in
example (examples/plugin/xfer/mixer.js) is held to.

  mixer.py   writes test/runtime/plugins/mixer.golden.json
"""
import json
from pathlib import Path

import torch
from models import ADAM, RECIPE, optimizer_of, sampled
from numbers_by_name import below, model_tensor, uniform
from timm.models.mlp_mixer import MlpMixer
from torch import nn

SPEC = {"family": "mixer", "version": 1, "params": {"dim": 12, "depth": 2, "patch": 4}, "classes": 5, "channels": 3, "size": 20}
BATCH = 3


def build():
    p = SPEC["params"]
    model = MlpMixer(
        num_classes=SPEC["classes"], img_size=SPEC["size"], in_chans=SPEC["channels"], patch_size=p["patch"],
        num_blocks=p["depth"], embed_dim=p["dim"],
    )  # fmt: skip
    state = {k: torch.from_numpy(model_tensor(k, list(v.shape))) for k, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model.double()


def forward(x):
    model, taps = build().eval(), {}
    for name in ["stem", *[f"blocks.{i}" for i in range(SPEC["params"]["depth"])], "head"]:
        hook = lambda m, i, o, name=name: taps.__setitem__(name, o)
        model.get_submodule(name).register_forward_hook(hook)
    with torch.no_grad():
        features = model.forward_features(x)
        pooled = model.forward_head(features, pre_logits=True)
        logits = model.forward_head(features)
    return {
        "logits": sampled(logits, 64),
        "pooled": sampled(pooled, 64),
        "taps": {name: sampled(tap, 48) for name, tap in taps.items()},
    }


def train(x):
    model = build().train()
    y = torch.from_numpy(below("mixer y", [BATCH], SPEC["classes"])).long()
    optimizer, losses = optimizer_of(ADAM, RECIPE["lr"], model), []
    for _ in range(RECIPE["steps"]):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"lr": RECIPE["lr"], "losses": losses, "after": {k: sampled(v, 6) for k, v in model.state_dict().items()}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    shape = [BATCH, SPEC["channels"], SPEC["size"], SPEC["size"]]
    x = torch.from_numpy(uniform("mixer x", shape, -1.7, 1.7)).double()
    names = [[k, list(v.shape)] for k, v in build().state_dict().items()]
    golden = {"spec": SPEC, "batch": BATCH, "optimizer": ADAM, "tensors": names, "forward": forward(x), "train": train(x)}
    place = Path(__file__).parent.parent / "runtime" / "plugins" / "mixer.golden.json"
    place.write_text(json.dumps(golden) + "\n")
