"""PyTorch's time for one training step, or one evaluation, of the models that bench/step.ts times; prints one JSON line.

usage: pytorch.py {resnet|vit|TIMM_NAME} --mode {train|evaluate} --layout {contiguous|channels_last}
                --batch N --size PX --channels C --threads T --steps S
The step: forward, cross-entropy, backward, gradient clip at 1, Adam with L2 on tensors of two and more axes.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class Block(nn.Module):
    """A residual block: 3×3 and 3×3, or 1×1, 3×3 and 1×1 with four times as many outputs."""

    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = width * 4 if bottleneck else width
        filters = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)] if bottleneck else [
            (inputs, width, 3, stride), (width, outputs, 3, 1)]
        self.convs = nn.ModuleList(conv(i, o, k, s) for i, o, k, s in filters)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _, _ in filters)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for index, (filters, norm) in enumerate(zip(self.convs, self.norms)):
            y = norm(filters(y))
            if index + 1 < len(self.convs):
                y = F.relu(y, inplace=True)
        return F.relu(y + self.shortcut(x), inplace=True)


def resnet(channels, blocks, widths, bottleneck, imagenet_stem):
    stem = conv(channels, widths[0], 7, 2) if imagenet_stem else conv(channels, widths[0], 3)
    layers = [stem, nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
    if imagenet_stem:
        layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = widths[0]
    for stage, (count, width) in enumerate(zip(blocks, widths)):
        for index in range(count):
            layers.append(Block(inputs, width, 2 if stage > 0 and index == 0 else 1, bottleneck))
            inputs = width * 4 if bottleneck else width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d))


class Layer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attention = Attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    def __init__(self, channels, size, patch, dim, depth, heads):
        super().__init__()
        self.embed = nn.Conv2d(channels, dim, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.position = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.02)
        self.layers = nn.Sequential(*(Layer(dim, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, 10)

    def forward(self, images):
        x = self.embed(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.position
        return self.head(self.norm(self.layers(x)[:, 0]))


def make(args):
    match args.model:
        case "resnet":
            return resnet(args.channels, [1, 1, 1], [16, 32, 64], False, False)
        case "vit":
            return Vit(args.channels, args.size, 4, 64, 4, 4)
    import timm

    sizes = {"img_size": args.size} if args.model.startswith(("deit", "swin", "vit")) else {}
    options = {"num_classes": 10, "in_chans": args.channels, **sizes}
    if args.model.startswith("inception"):
        options["aux_logits"] = False
    if args.model.startswith("swin"):
        options["drop_path_rate"] = 0.0
    return timm.create_model(args.model, pretrained=False, **options)


def measure(args):
    torch.manual_seed(0)
    memory_format = torch.channels_last if args.layout == "channels_last" else torch.contiguous_format
    model = make(args).to(memory_format=memory_format).train(args.mode == "train")
    x = torch.randn(args.batch, args.channels, args.size, args.size).to(memory_format=memory_format)
    y = torch.arange(args.batch) % 10
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 1e-5}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.Adam(groups, lr=1e-4)

    def train():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    def evaluate():
        with torch.inference_mode():
            model(x)

    run = train if args.mode == "train" else evaluate
    times, warm = [], max(1, args.steps // 4)
    for step in range(args.steps):
        if step == warm:
            used = time.process_time()
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    used = (time.process_time() - used) * 1e3 / (args.steps - warm)
    return statistics.median(times[warm:]), used, min(times[warm:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--mode", choices=("train", "evaluate"), default="train")
    parser.add_argument("--layout", choices=("contiguous", "channels_last"), default="contiguous")
    for name, default in (("batch", 32), ("size", 32), ("channels", 3), ("threads", 2), ("steps", 40)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    ms, cpu, best = measure(args)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"ms_median": ms, "ms_best": best, "cpu_ms": cpu, "peak_rss_bytes": peak}))
