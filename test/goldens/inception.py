"""torchvision's full-size Inception-v3 in the layout its weights are published in (second head, 299 px): the features FID
is made of, for eight images. Weights and images come from names; test/support/numbers.ts makes the same.

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

model = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=True, transform_input=False)


def weight(name, shape):
    """Convolutions are louder, so that what tells images apart lives through 94 of them."""
    tensor = np.array(model_tensor(name, shape))
    return tensor * np.float32(GAIN) if name.endswith("conv.weight") else tensor


state = {name: torch.from_numpy(weight(name, tuple(tensor.shape))) for name, tensor in model.state_dict().items()}
model.load_state_dict(state, strict=True)
model.fc = torch.nn.Identity()
model.eval()
images = torch.from_numpy(uniform("fid images", (8, 3, 299, 299), -1, 1) + uniform("fid colours", (8, 3, 1, 1), -1, 1))
with torch.no_grad():
    features = model(images)
flat = features.flatten().double().numpy()
shapes = {name: list(tensor.shape) for name, tensor in state.items() if name.startswith("AuxLogits.")}
golden = {
    "shape": list(features.shape),
    "step": EVERY,
    "data": [float(f"{value:.9g}") for value in flat[::EVERY]],
    "mean": [float(f"{value:.9g}") for value in features.double().mean(1).numpy()],
    "aux": shapes,
}
OUT.write_text(json.dumps(golden) + "\n")
print(features.shape, float(features.abs().max()), float(features.std(0).mean()))
