"""Small checkpoints as torch and safetensors write them, and what is in them.

  checkpoints.py   writes test/runtime/weights/golden/*.pth, *.safetensors and checkpoints.golden.json
"""
import argparse
import collections
import json
import pickle
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

GOLDEN = Path(__file__).parent.parent / "runtime" / "weights" / "golden"


def every_kind():
    """One tensor a dtype, and every way a tensor can be a view."""
    torch.manual_seed(1)
    numbers = torch.tensor([0.0, -0.0, 1.5, -2.25, 3e-5, 65504.0])
    matrix = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    counts = torch.tensor([0, 1, -1, 2**31 - 1, -(2**31)])
    return collections.OrderedDict(
        {
            "f32": numbers,
            "f64": numbers.double() / 3,
            "f16": numbers.half(),
            "bf16": numbers.bfloat16(),
            "i64": counts,
            "i32": counts.int(),
            "i16": torch.tensor([1, -2, 32767], dtype=torch.int16),
            "i8": torch.tensor([1, -2, 127], dtype=torch.int8),
            "u8": torch.tensor([1, 2, 255], dtype=torch.uint8),
            "bool": torch.tensor([True, False, True]),
            "scalar": torch.tensor(7),
            "empty": torch.zeros(0, 3),
            "matrix": matrix,
            "transposed": matrix.t(),
            "tied": matrix,
            "columns": matrix[1:, ::2],
            "row": matrix[2],
            "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 3),
            "half_transposed": numbers.half().reshape(2, 3).t(),
            "parameter": nn.Parameter(torch.tensor([0.5, 0.25])),
        }
    )


def training():
    """What a training script keeps beside the weights."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2))
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_((torch.arange(p.numel(), dtype=torch.float32) + i).reshape(p.shape) / 16)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 1, 4, 4)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "arch": "resnet0",
        "state_dict": nn.DataParallel(model).state_dict(),
        "optimizer": optimizer.state_dict(),
        "args": argparse.Namespace(lr=0.1, data=Path("somewhere"), kinds={"a"}, sizes=torch.Size([1, 2])),
        "best_acc1": torch.tensor(71.5),
        "metric": np.float64(0.5),
        "device": torch.device("cpu"),
        "history": np.arange(3),
    }


def small_state():
    return {"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "b": torch.tensor([5.0])}


def contents(state):
    return {
        name: {"dtype": str(t.dtype).removeprefix("torch."), "shape": list(t.shape),
               "data": t.detach().float().contiguous().reshape(-1).tolist() if t.dtype.is_floating_point
               else t.reshape(-1).tolist()}
        for name, t in state.items()
    }  # fmt: skip


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    kinds, wrapped, small = every_kind(), training(), small_state()
    torch.save(kinds, GOLDEN / "kinds.pth")
    torch.save(kinds, GOLDEN / "kinds.legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(kinds, GOLDEN / "kinds.protocol5.pth", pickle_protocol=5)
    torch.save(wrapped, GOLDEN / "training.pth")
    torch.save(wrapped, GOLDEN / "training.legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"model": {"state_dict": small}, "epoch": 1}, GOLDEN / "nested.pth")
    torch.save({"model": small, "model_ema": small_state(), "epoch": 1}, GOLDEN / "several.pth")
    torch.save({"epoch": 1, "lr": [0.1]}, GOLDEN / "none.pth")
    torch.save([small["w"]], GOLDEN / "list.pth")
    torch.save(nn.Linear(2, 2), GOLDEN / "module.pth")
    (GOLDEN / "plain.pkl").write_bytes(pickle.dumps({"w": [1.0]}))
    metadata = {"format": "pt", "note": "kept"}
    dense = {name: t.detach().contiguous().clone() for name, t in kinds.items()}
    safetensors.torch.save_file(dense, GOLDEN / "kinds.safetensors", metadata)
    parts = {"model-00001-of-00002.safetensors": ["f32", "i64", "matrix"], "model-00002-of-00002.safetensors": ["f16"]}
    for part, names in parts.items():
        safetensors.torch.save_file({name: dense[name] for name in names}, GOLDEN / part, {"format": "pt"})
    weight_map = {name: part for part, names in parts.items() for name in names}
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (GOLDEN / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    state = {name.removeprefix("module."): t for name, t in wrapped["state_dict"].items()}
    expected = {"kinds": contents(kinds), "training": contents(state), "small": contents(small)}
    lines = [f'"{name}": {{\n' + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in value.items()) + "\n}"
             for name, value in expected.items()]  # fmt: skip
    (GOLDEN / "checkpoints.golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
