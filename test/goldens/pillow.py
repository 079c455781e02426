"""Pillow's answers that test/runtime/data holds resizing and decoding against.

  python test/goldens/pillow.py   (Pillow, numpy)  → test/runtime/data/golden/pillow.golden.json
"""
import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

rng = np.random.default_rng(5)
planes = lambda image: np.asarray(image).reshape(image.height, image.width, -1).transpose(2, 0, 1).reshape(-1).tolist()
encoded = lambda data: base64.b64encode(bytes(data)).decode()


def smooth(height, width, channels):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / (3 + c) + c) * np.cos(y / (5 + c)) for c in range(channels)]
    noise = rng.normal(0, 12, (height, width, channels))
    return np.clip(np.stack(waves, -1) + noise, 0, 255).round().astype(np.uint8)


resizes = []
for height, width, channels, size in [(37, 53, 3, 16), (9, 7, 3, 20), (64, 33, 1, 33), (16, 40, 1, 16), (100, 3, 3, 8)]:
    array = smooth(height, width, channels)
    image = Image.fromarray(array if channels == 3 else array[..., 0])
    resized = image.resize((size, size), Image.Resampling.BILINEAR)
    resizes.append({"height": height, "width": width, "channels": channels, "size": size,
                    "data": encoded(array.reshape(-1)), "resized": encoded(planes(resized))})

colour = Image.fromarray(smooth(24, 31, 3))
files = {}
for name, options in {
    "444.jpg": {"quality": 92, "subsampling": 0}, "420.jpg": {"quality": 75, "subsampling": 2},
    "422.jpg": {"quality": 85, "subsampling": 1}, "progressive.jpg": {"quality": 80, "progressive": True},
}.items():
    buffer = io.BytesIO()
    Image.fromarray(smooth(45, 61, 3)).save(buffer, "jpeg", **options)
    image = Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")
    files[name] = {"bytes": encoded(buffer.getvalue()), "width": image.width, "height": image.height,
                   "pixels": encoded(np.asarray(image).reshape(-1))}
buffer = io.BytesIO()
Image.fromarray(smooth(20, 28, 1)[..., 0]).save(buffer, "jpeg", quality=90)
image = Image.open(io.BytesIO(buffer.getvalue()))
files["grey.jpg"] = {"bytes": encoded(buffer.getvalue()), "width": image.width, "height": image.height,
                     "pixels": encoded(np.asarray(image).reshape(-1))}

values = {
    "resize": resizes,
    "grey": {"height": colour.height, "width": colour.width, "data": encoded(np.asarray(colour).reshape(-1)),
             "grey": encoded(np.asarray(colour.convert("L")).reshape(-1))},
    "files": files,
}
out = Path(__file__).parents[1] / "runtime/data/golden/pillow.golden.json"
out.write_text(json.dumps(values) + "\n")
print(out, hashlib.sha256(out.read_bytes()).hexdigest()[:12], out.stat().st_size)
