"""torchvision's rotations, affine maps, blurs and erasures of float tensors that test/runtime/train and test/program
hold ours against.

  python test/goldens/augment.py   (torch, torchvision)  → test/runtime/train/golden/augment.golden.json
"""
import json
from pathlib import Path

import torch
import torchvision.transforms.v2.functional as F
from torchvision.transforms import InterpolationMode

torch.manual_seed(5)
images = [(torch.rand(3, size, size) * 255).round().to(torch.uint8) for size in (12, 11)]
x, odd = (image.float() / 255 for image in images)
flat = lambda t: [float(f"{v:.7g}") for v in t.reshape(-1).tolist()]
mode = lambda name: InterpolationMode(name)
fills = [[0.0], [0.2, 0.5, 0.8]]

rotations = [
    {"size": image.shape[-1], "degrees": degrees, "interpolation": name, "fill": fill,
     "out": flat(F.rotate(image, degrees, mode(name), fill=fill))}
    for image, degrees, name, fill in [
        (x, 0, "nearest", fills[1]), (x, 30.3, "nearest", fills[0]), (x, 30.3, "bilinear", fills[1]),
        (x, -135.5, "bilinear", fills[0]), (x, 90, "nearest", fills[0]), (x, 180, "bilinear", fills[1]),
        (x, 270, "bilinear", fills[1]), (odd, 77.7, "nearest", fills[1]), (odd, 301.2, "bilinear", fills[0]),
    ]
]
maps = [
    {"size": image.shape[-1], "angle": angle, "translate": translate, "scale": scale, "shear": shear,
     "interpolation": name, "fill": fill,
     "out": flat(F.affine(image, angle, translate, scale, shear, mode(name), fill=fill))}
    for image, angle, translate, scale, shear, name, fill in [
        (x, 0, [0, 0], 1.0, [0.0, 0.0], "bilinear", fills[1]), (x, 20.5, [2, -1], 1.2, [10.0, 0.0], "bilinear", fills[0]),
        (x, -63.4, [0, 3], 0.73, [-7.5, 21.0], "nearest", fills[1]), (x, 0, [3, 0], 1.0, [0.0, 0.0], "nearest", fills[0]),
        (odd, 171.3, [-2, -2], 0.6, [33.0, -12.0], "bilinear", fills[1]), (odd, 5.0, [1, 1], 3.1, [0.0, 44.0], "nearest", fills[0]),
        # sources halfway between pixels: the even one
        (x, 0, [0, 0], 0.5, [0.0, 0.0], "nearest", fills[0]), (odd, 0, [1, 0], 2.0, [0.0, 0.0], "nearest", fills[0]),
    ]
]
blurs = [
    {"size": image.shape[-1], "kernel": kernel, "sigma": sigma, "out": flat(F.gaussian_blur(image, [kernel, kernel], [sigma, sigma]))}
    for image, kernel, sigma in [(x, 1, 1.0), (x, 3, 0.1), (x, 5, 0.7), (x, 23, 4.0), (odd, 7, 2.0)]
]
erasures = [
    {"top": top, "left": left, "rows": rows, "columns": columns, "value": value,
     "out": flat(F.erase(x, top, left, rows, columns, torch.tensor(value)[:, None, None]))}
    for top, left, rows, columns, value in [(2, 5, 4, 7, fills[1]), (0, 0, 11, 1, [0.4]), (3, 3, 0, 2, [1.0])]
]
values = {
    "images": {str(image.shape[-1]): image.reshape(-1).tolist() for image in images},
    "rotate": rotations, "affine": maps, "blur": blurs, "erase": erasures,
}
out = Path(__file__).parent.parent / "runtime/train/golden/augment.golden.json"
out.write_text(json.dumps(values, separators=(",", ":")) + "\n")
print(out, out.stat().st_size)
