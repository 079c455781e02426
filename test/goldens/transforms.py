"""torchvision's and torch's answers that test/runtime/train and test/runtime/data hold ours against.

  python test/goldens/transforms.py   (torch, torchvision)  → test/runtime/train/golden/transforms.golden.json
"""
import json
from pathlib import Path

import torch
import torchvision.transforms.v2.functional as F

torch.manual_seed(3)
image = (torch.rand(3, 12, 12) * 255).round().to(torch.uint8)
x = image.float() / 255
gray = x[:1]
flat = lambda t: [float(f"{v:.8g}") for v in t.reshape(-1).tolist()]
crop = lambda t, top, left, rows, columns, size: F.resized_crop(t, top, left, rows, columns, [size, size], antialias=True)

wide = (torch.rand(1, 7, 10) * 255).round().to(torch.uint8)
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.1, patience=2, min_lr=1e-4)
metrics = [0.1, 0.3, 0.30001, 0.2, 0.3, 0.5, 0.5, 0.4, 0.45, 0.1, 0.1, 0.1, 0.6, 0.6, 0.6, 0.6]
rates = []
for metric in metrics:
    plateau.step(metric)
    rates.append(optimizer.param_groups[0]["lr"])

values = {
    "image": image.reshape(-1).tolist(),
    "wide": wide.reshape(-1).tolist(),
    "resize": {
        "up": F.resize(x, [17, 17], antialias=True), "down": F.resize(x, [5, 5], antialias=True),
        "crop": crop(x, 2, 1, 9, 7, 8), "wide": F.resize(wide.float(), [6, 6], antialias=True),
    },
    "bytes": F.resize(image, [5, 5], antialias=True),
    "color": {
        "brightness": F.adjust_brightness(x, 1.4), "contrast": F.adjust_contrast(x, 0.6),
        "saturation": F.adjust_saturation(x, 1.7), "hue": F.adjust_hue(x, -0.21),
        "grayscale": F.rgb_to_grayscale(x, 3), "grayContrast": F.adjust_contrast(gray, 1.5),
    },
    "plateau": {"metrics": metrics, "rates": rates},
}
plain = lambda v: {k: plain(w) for k, w in v.items()} if isinstance(v, dict) else flat(v) if torch.is_tensor(v) else v
out = Path(__file__).parent.parent / "runtime/train/golden/transforms.golden.json"
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(plain(values)) + "\n")
print(out, out.stat().st_size)
