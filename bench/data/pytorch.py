"""Seconds that a PyTorch DataLoader with Pillow takes for a folder of images: python pytorch.py FOLDER SIZE WORKERS"""
import json
import resource
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.v2 import functional as F

folder, size, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


class Images(Dataset):
    def __init__(self):
        self.paths = sorted(folder.rglob("*.jpg"))

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = Image.open(self.paths[index]).convert("RGB")
        return F.pil_to_tensor(image.resize((size, size), Image.Resampling.BILINEAR))


def processor():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


torch.set_num_threads(1)
before, started = processor(), time.perf_counter()
images = sum(len(batch) for batch in DataLoader(Images(), batch_size=64, num_workers=workers))
seconds = time.perf_counter() - started
# workers are counted once they have ended
time.sleep(0.5)
print(json.dumps({"images": images, "seconds": seconds, "cpu_seconds": processor() - before}))
