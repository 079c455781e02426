"""Positions resampled by timm for other image and window sizes.

  positions.py   writes test/runtime/init/golden/positions.golden.json
"""
import json
from pathlib import Path

import torch
from numbers_by_name import uniform
from timm.layers import resample_abs_pos_embed, resize_rel_pos_bias_table

GOLDEN = Path(__file__).parent.parent / "runtime" / "init" / "golden"
GRIDS = [(14, 8), (14, 24), (14, 12), (4, 7), (7, 4), (3, 3), (2, 1), (1, 3), (14, 5)]
WINDOWS = [(7, 4), (7, 12), (7, 8), (7, 2), (4, 7), (7, 1), (2, 5)]


def positions(tokens, before, after, width):
    table = torch.from_numpy(uniform(f"positions {before}", [1, tokens + before * before, width], -1, 1)).float()
    found = resample_abs_pos_embed(table, [after, after], num_prefix_tokens=tokens)
    return {"tokens": tokens, "from": before, "to": after, "width": width, "data": rounded(found)}


def window(before, after, heads):
    table = torch.from_numpy(uniform(f"window {before}", [(2 * before - 1) ** 2, heads], -1, 1)).float()
    shape = ((2 * after - 1) ** 2, heads)
    found = resize_rel_pos_bias_table(table, (after, after), shape)
    return {"from": before, "to": after, "heads": heads, "data": rounded(found)}


def rounded(tensor):
    return [float(f"{x:.8g}") for x in tensor.reshape(-1).tolist()]


def lines(items):
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    grids = [positions(index % 3, before, after, 3) for index, (before, after) in enumerate(GRIDS)]
    windows = [window(before, after, 2) for before, after in WINDOWS]
    text = f'{{\n"positions": {lines(grids)},\n"windows": {lines(windows)}\n}}\n'
    (GOLDEN / "positions.golden.json").write_text(text)
