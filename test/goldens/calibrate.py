"""Running statistics of timm's models after torch.optim.swa_utils.update_bn over uneven batches, in float64.

  calibrate.py   writes test/models/golden/calibrate.golden.json

Weights come from their tensors' names (numbers_by_name.py); images are bytes, as data sets have them.
"""
import json

import torch
from models import GOLDEN, MODELS, build, sampled
from numbers_by_name import below
from torch.optim.swa_utils import update_bn

CASES = [("basic", 11, 4), ("bottleneck", 8, 3), ("basic", 5, 8)]


def case(name, count, batch):
    entry = next(entry for entry in MODELS if entry["name"] == name)
    spec = entry["spec"]
    shape = [count, spec["channels"], spec["size"], spec["size"]]
    pixels = torch.from_numpy(below(f"{name} calibrate", shape, 256)).double() / 255
    images = (pixels - 0.5) / 0.25
    model = build(entry)
    update_bn(list(images.split(batch)), model)
    state = {k: v for k, v in model.state_dict().items() if "running" in k}
    counters = {int(v) for k, v in model.state_dict().items() if "num_batches" in k}
    assert counters == {-(-count // batch)}
    return {"name": name, "images": count, "batch": batch, "batches": -(-count // batch),
            "after": {k: sampled(v, 64) for k, v in state.items()}}  # fmt: skip


if __name__ == "__main__":
    path = GOLDEN / "calibrate.golden.json"
    path.write_text(json.dumps([case(*each) for each in CASES]) + "\n")
