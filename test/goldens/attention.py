"""How far the heads of timm's models look, in float64, for the models of models.py that have attention.

  python test/goldens/attention.py   → test/models/golden/attention.golden.json

Weights are those timm's own modules compute. Every token's place is followed through Swin's rolls, padding and windows
as the tokens themselves are, so nothing here knows of an order of ours.
"""
import json
from pathlib import Path

import torch
from models import MODELS, build
from numbers_by_name import uniform
from timm.models.swin_transformer import window_partition


def distances(weights, places):
    """weights [G, H, T, T] of one image; places [G, T, 2], NaN where a token has none."""
    known = ~places.isnan().any(-1)
    apart = torch.cdist(torch.nan_to_num(places), torch.nan_to_num(places))
    kept = weights * known[:, None, None, :]
    far, all_ = (kept * apart[:, None]).sum(-1), kept.sum(-1)
    over = lambda rows: (rows * known[:, None]).sum((0, 2)) / known.sum()
    return torch.cat([over(far / all_), over(far)])


def grid(side, stride):
    line = (torch.arange(side, dtype=torch.float64) + 0.5) * stride
    return torch.stack(torch.meshgrid(line, line, indexing="ij"), -1)


def places_of(entry, name, module, side):
    p = entry["spec"]["params"]
    if entry["spec"]["family"] == "vit":
        patches = grid(entry["spec"]["size"] // p["patch"], p["patch"]).reshape(-1, 2)
        return torch.cat([torch.full((1, 2), torch.nan), patches])[None]
    block, stage = module, int(name.split(".")[1])
    field = grid(side, p["patch"] * 2**stage)
    window, shift = block.window_size[0], block.shift_size[0]
    rolled = torch.roll(field, (-shift, -shift), (0, 1))
    pad = -side % window
    padded = torch.nn.functional.pad(rolled, (0, 0, 0, pad, 0, pad), value=torch.nan)
    return window_partition(padded[None], (window, window)).reshape(-1, window * window, 2)


def looks(entry):
    spec, model = entry["spec"], build(entry).eval()
    x = uniform(f"{entry['name']} x", [entry["batch"], spec["channels"], spec["size"], spec["size"]], -1.7, 1.7)
    found, sides, hooks = {}, {}, []
    for name, module in model.named_modules():
        if type(module).__name__ in ("Block", "SwinTransformerBlock"):
            module.attn.fused_attn = False
            keep = lambda m, i, name=f"{name}.attn", block=module: found.__setitem__(name, (block, i[0]))
            # what a block was built for and what it gets are apart where a map is odd
            see = lambda m, i, name=f"{name}.attn": sides.__setitem__(name, i[0].shape[1])
            hooks.append(module.register_forward_pre_hook(see))
            hooks.append(module.attn.attn_drop.register_forward_pre_hook(keep))
    with torch.no_grad():
        model(torch.from_numpy(x).double())
    out = {}
    for name, (block, weights) in found.items():
        each = weights.reshape(entry["batch"], -1, *weights.shape[1:])
        places = places_of(entry, name, block, sides[name])
        out[name] = [[float(f"{v:.9g}") for v in distances(w, places)] for w in each]
    return {"name": entry["name"], "attended": out}


if __name__ == "__main__":
    wanted = [entry for entry in MODELS if entry["cost"] == "quick" and entry["spec"]["family"] in ("vit", "swin")]
    path = Path(__file__).parent.parent / "models" / "golden" / "attention.golden.json"
    path.write_text("[\n" + ",\n".join(json.dumps(looks(entry)) for entry in wanted) + "\n]\n")
    print(path, path.stat().st_size)
