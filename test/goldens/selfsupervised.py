"""Checkpoints as training without labels leaves them, of a ResNet of a few hundred numbers. Numbers come from names
(numbers_by_name.py), those of other copies of the network from other names, so a test knows what must be read.

  selfsupervised.py   writes test/runtime/weights/golden/{moco,dino,lightning}.pth
"""
import argparse
import sys
import types
from collections import OrderedDict
from pathlib import Path

import torch
from models import resnet_spec, small_resnet
from numbers_by_name import model_tensor
from torch import nn

GOLDEN = Path(__file__).parent.parent / "runtime" / "weights" / "golden"


def network(copy=""):
    """`copy`: which of the networks in a file; "" is the one that is read."""
    model = small_resnet(resnet_spec([1, 1], [3, 5], "basic", "small", 8, 3, 4))
    for index in (3, 4):
        delattr(model, f"layer{index}")
    return filled(model, copy)


def filled(module, copy):
    state = {
        name: torch.from_numpy(model_tensor(name if copy == "" else f"{copy} {name}", list(t.shape)))
        for name, t in module.state_dict().items()
    }
    module.load_state_dict(state)
    return module


class Contrast(nn.Module):
    """Two encoders with a projection for a head, and a queue of keys."""

    def __init__(self):
        super().__init__()
        self.encoder_q, self.encoder_k = network(), network("key")
        for encoder in (self.encoder_q, self.encoder_k):
            encoder.fc = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 2))
        self.register_buffer("queue", torch.ones(2, 4))
        self.register_buffer("queue_ptr", torch.zeros(1, dtype=torch.long))


def moco():
    model = nn.DataParallel(Contrast())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
    return {"epoch": 200, "arch": "resnet0", "state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}


def wrapped(copy, prefix):
    backbone = network(copy)
    del backbone.fc
    head = nn.Sequential(OrderedDict(mlp=nn.Linear(5, 4), last_layer=nn.Linear(4, 6, bias=False)))
    model = nn.ModuleDict({"backbone": backbone, "head": head})
    return OrderedDict((prefix + name, tensor) for name, tensor in model.state_dict().items())


def dino():
    return {
        "student": wrapped("student", "module."),
        "teacher": wrapped("", ""),
        "optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(2, 2)}}, "param_groups": []},
        "epoch": 100,
        "args": argparse.Namespace(arch="resnet0", out_dim=6),
        "dino_loss": OrderedDict(center=torch.zeros(1, 6)),
        "fp16_scaler": {"scale": 65536.0},
    }


def lightning():
    """The backbone cut out of the network by position: conv1, bn1, act1, maxpool, layer1, layer2, global_pool."""
    # Lightning's own class of settings, by its name: the package itself is not needed to write one
    module = types.ModuleType("lightning.fabric.utilities.data")
    AttributeDict = type("AttributeDict", (dict,), {"__module__": module.__name__})
    module.AttributeDict = AttributeDict
    for name in ("lightning", "lightning.fabric", "lightning.fabric.utilities"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[module.__name__] = module
    parts = list(network().children())[:-1]
    model = nn.ModuleDict({"backbone": nn.Sequential(*parts), "projector": nn.Linear(5, 2)})
    return {
        "epoch": 10,
        "global_step": 1000,
        "pytorch-lightning_version": "2.4.0",
        "state_dict": OrderedDict((f"model.{name}", tensor) for name, tensor in model.state_dict().items()),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 10}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best_model_score": torch.tensor(0.5)}},
        "optimizer_states": [{"state": {}, "param_groups": []}],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": AttributeDict(lr=0.3, batch_size=256),
    }


if __name__ == "__main__":
    for name, checkpoint in {"moco": moco(), "dino": dino(), "lightning": lightning()}.items():
        torch.save(checkpoint, GOLDEN / f"{name}.pth")
        print(name, (GOLDEN / f"{name}.pth").stat().st_size)
        for path, value in checkpoint.items():
            if isinstance(value, dict) and all(isinstance(each, torch.Tensor) for each in value.values()):
                print(" ", path, list(value))
    print(list(network().state_dict()))
