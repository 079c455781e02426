"""Mixed precision as PyTorch does it.

  precision.py   writes test/models/golden/precision.golden.json: training steps under torch.autocast on the CPU
                 and test/program/golden/scaler.golden.json: torch.amp.GradScaler's scale, step by step

The models are those of models.py, in float32. Autocast chooses for itself what it does in the half type (its list for
the CPU is not that of src/program/passes/precision.ts), so its numbers say how far a mixed step strays, not every bit.
"""
import json

import torch
from models import ADAM, GOLDEN, MODELS, build, optimizer_of
from numbers_by_name import below, uniform
from torch import nn

HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}
STEPS = 5


def train(entry, precision):
    spec, batch, name = entry["spec"], entry["batch"], entry["name"]
    model = build(entry).float().train()
    x = torch.from_numpy(uniform(f"{name} x", [batch, spec["channels"], spec["size"], spec["size"]], -1.7, 1.7))
    y = torch.from_numpy(below(f"{name} y", [batch], spec["classes"])).long()
    optimizer, losses, norms = optimizer_of(ADAM, 1e-3, model), [], []
    scaler = torch.amp.GradScaler("cpu", enabled=precision == "fp16")
    for _ in range(STEPS):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=HALF.get(precision, torch.bfloat16), enabled=precision in HALF):
            loss = nn.functional.cross_entropy(model(x).float(), y)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    print(name, precision, losses, norms)
    return {"losses": losses, "gradientNorms": norms}


def scaler_table():
    """Whether each step was finite, and scale and count after it."""
    tables = []
    for initial, interval, finite in [
        (65536.0, 3, [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1]),
        (1.0, 1, [0, 0, 1, 1, 1, 0, 1]),
        (2.0**126, 1, [1, 1, 1, 0, 1]),
        (100.0, 2, [0, 1, 1, 1, 0, 1, 1]),
    ]:
        scale, count = torch.tensor([initial]), torch.tensor([0], dtype=torch.int32)
        rows = []
        for step in finite:
            torch._amp_update_scale_(scale, count, torch.tensor([0.0 if step else 1.0]), 2.0, 0.5, interval)
            rows.append([step, scale.item(), count.item()])
        tables.append({"initial": initial, "interval": interval, "rows": rows})
    return tables


if __name__ == "__main__":
    torch.set_num_threads(2)
    chosen = [entry for entry in MODELS if entry["name"] in ("basic", "tokens")]
    lines = [
        json.dumps({"name": entry["name"], **{p: train(entry, p) for p in ("f32", "bf16", "fp16")}}) for entry in chosen
    ]
    (GOLDEN / "precision.golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    tables = ",\n".join(json.dumps(table) for table in scaler_table())
    (GOLDEN.parent.parent / "program" / "golden" / "scaler.golden.json").write_text("[\n" + tables + "\n]\n")
