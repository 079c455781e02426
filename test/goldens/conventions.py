"""What the tensors of published checkpoints are called there, and in timm.

  conventions.py   writes test/runtime/weights/golden/conventions.golden.json
"""
import json
import re
from pathlib import Path

import timm
import torch
import torchvision
from timm.models import densenet, swin_transformer

GOLDEN = Path(__file__).parent.parent / "runtime" / "weights" / "golden"


def pair(theirs, timm_model):
    return {"theirs": list(theirs), "timm": list(timm_model.state_dict())}


def swin():
    """As Microsoft published them; that timm's own filter takes them for that is checked here."""
    model = timm.create_model("swin_tiny_patch4_window7_224", depths=(1, 2, 1, 1))
    state = model.state_dict()
    theirs = {}
    for name, tensor in state.items():
        name = re.sub(r"layers\.(\d)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name)
        theirs[name.replace("head.fc.", "head.")] = tensor
        if name.endswith("relative_position_bias_table"):
            theirs[name.replace("bias_table", "index")] = torch.zeros(49, 49, dtype=torch.long)
    theirs["layers.1.blocks.1.attn_mask"] = torch.zeros(4, 49, 49)
    assert set(swin_transformer.checkpoint_filter_fn(dict(theirs), model)) == set(state)
    return pair(theirs, model)


def dense():
    """As torchvision published them; that timm's own filter takes them for that is checked here."""
    model = timm.create_model("densenet121", block_config=(1, 2))
    state = model.state_dict()
    # their counters came later, and are left as they are
    inner = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.(?!num_batches)")
    theirs = {inner.sub(r"\1.\2.", name): tensor for name, tensor in state.items()}
    assert set(densenet._filter_torchvision_pretrained(dict(theirs))) == set(state)
    return pair(theirs, model)


if __name__ == "__main__":
    inception = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=True)
    found = {
        "resnet18 of torchvision": pair(torchvision.models.resnet18().state_dict(), timm.create_model("resnet18")),
        "inception_v3 of torchvision": pair(inception.state_dict(), timm.create_model("inception_v3")),
        "swin as published": swin(),
        "densenet as published": dense(),
    }
    distilled = timm.create_model("deit_tiny_distilled_patch16_224", depth=1)
    averaged = timm.create_model("vit_tiny_patch16_224", depth=1, global_pool="avg")
    found |= {"distilled": pair(distilled.state_dict(), distilled), "averaged": pair(averaged.state_dict(), averaged)}
    text = ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in found.items())
    (GOLDEN / "conventions.golden.json").write_text("{\n" + text + "\n}\n")
