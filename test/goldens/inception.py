"""Full-size Inception-v3 in the layouts its weights are published in, and its features of eight images of 299 px, which FID
is made of: torchvision's (1,000 classes, a second head), and with the pools of TensorFlow's release of 2015-12-05 (1,008
classes, no second head), by which papers tell FID. Weights and images come from names; test/support/numbers.ts makes the same.

  python test/goldens/inception.py   (torch, torchvision)  → test/runtime/weights/golden/inception.golden.json
"""
import json
from pathlib import Path

import numpy as np
import torch
import torchvision

from numbers_by_name import model_tensor, uniform

OUT = Path(__file__).parent.parent / "runtime/weights/golden/inception.golden.json"
EVERY = 31
GAIN = 1.35



def weight(name, shape):
    """Convolutions are louder, so that what tells images apart lives through 94 of them."""
    tensor = np.array(model_tensor(name, shape))
    return tensor * np.float32(GAIN) if name.endswith("conv.weight") else tensor


def pools_of_2015(model):
    """Pool branches see means of the pixels inside the map alone; in the last block they see the maximum."""
    for name, block in model.named_children():
        if not hasattr(block, "branch_pool"):
            continue
        mean = torch.nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        pool = torch.nn.MaxPool2d(3, 1, 1) if name == "Mixed_7c" else mean
        seen = {}
        block.register_forward_pre_hook(lambda m, given, seen=seen: seen.update(x=given[0]))
        # what the block pooled itself is not used
        block.branch_pool.register_forward_pre_hook(lambda m, given, seen=seen, pool=pool: (pool(seen["x"]),))


def golden(classes, second, change):
    """`second`: with the head that only training uses."""
    model = torchvision.models.inception_v3(
        weights=None, init_weights=False, aux_logits=second, transform_input=False, num_classes=classes
    )
    state = {name: torch.from_numpy(weight(name, tuple(tensor.shape))) for name, tensor in model.state_dict().items()}
    model.load_state_dict(state, strict=True)
    change(model)
    model.fc = torch.nn.Identity()
    model.eval()
    images = uniform("fid images", (8, 3, 299, 299), -1, 1) + uniform("fid colours", (8, 3, 1, 1), -1, 1)
    with torch.no_grad():
        features = model(torch.from_numpy(images))
    flat = features.flatten().double().numpy()
    print(features.shape, float(features.abs().max()), float(features.std(0).mean()))
    return {
        "shape": list(features.shape),
        "step": EVERY,
        "data": [float(f"{value:.9g}") for value in flat[::EVERY]],
        "mean": [float(f"{value:.9g}") for value in features.double().mean(1).numpy()],
        "aux": {name: list(tensor.shape) for name, tensor in state.items() if name.startswith("AuxLogits.")},
    }


found = {"torchvision": golden(1000, True, lambda model: None), "fid": golden(1008, False, pools_of_2015)}
OUT.write_text("{\n" + ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in found.items()) + "\n}\n")
