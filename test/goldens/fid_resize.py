"""What pytorch-fid's way of resizing gives, PyTorch's bilinear `interpolate` of whole images without antialiasing: of an
image that is enlarged and of one that is shrunk. Pixels come from names; test/support/numbers.ts makes the same.

  python test/goldens/fid_resize.py   (torch)  → test/runtime/data/golden/fid-resize.golden.json
"""
import json
from pathlib import Path

import torch
from numbers_by_name import below

OUT = Path(__file__).parent.parent / "runtime/data/golden/fid-resize.golden.json"
CASES = {"enlarged": (7, 11, 23), "shrunk": (48, 48, 20)}


def resized(name, height, width, size):
    """In levels, 0 to 255, unrounded; channels × size × size."""
    pixels = torch.from_numpy(below(f"fid {name}", [height, width, 3], 256)).permute(2, 0, 1)[None].double()
    return torch.nn.functional.interpolate(pixels, size=(size, size), mode="bilinear", align_corners=False)


cases = {
    name: {"height": h, "width": w, "size": size, "data": [round(x, 3) for x in resized(name, h, w, size).flatten().tolist()]}
    for name, (h, w, size) in CASES.items()
}  # fmt: skip
OUT.write_text(json.dumps(cases) + "\n")
