/** Whole checkpoints in their publishers' own naming: into our models, and out of them into timm's, strictly. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { presets } from "../../../src/models/presets.js";
import { recognize } from "../../../src/models/recognize.js";
import { traceModel } from "../../../src/models/trace.js";
import { timmModel } from "../../../src/runtime/export/timm.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { loadWeights } from "../../../src/runtime/weights/load.js";
import { strictState } from "../../../src/runtime/weights/strict.js";
import { python, referencePython, withoutReference } from "../../support/reference.js";

const SAVE = `
import re, sys, timm, torch, torchvision
folder = sys.argv[1]
torch.manual_seed(0)
swin = {}
for name, tensor in timm.create_model("swin_tiny_patch4_window7_224").state_dict().items():
    if name.endswith("relative_position_bias_table"):
        swin[name.replace("bias_table", "index")] = torch.zeros(49, 49, dtype=torch.long)
    name = re.sub(r"layers\\.(\\d)\\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name)
    swin[name.replace("head.fc.", "head.")] = tensor
torch.save({"model": swin}, f"{folder}/swin_tiny.pth")
inception = torchvision.models.inception_v3(weights=None, init_weights=False)
torch.save(inception.state_dict(), f"{folder}/inception_v3.pth")
dense = torchvision.models.densenet121().state_dict()
dense = {re.sub(r"(denselayer\\d+\\.(?:norm|conv))([12])\\.", r"\\1.\\2.", name): tensor for name, tensor in dense.items()}
torch.save(dense, f"{folder}/densenet121.pth")
old = {name: tensor for name, tensor in torchvision.models.resnet50().state_dict().items() if tensor.ndim > 0}
torch.save(old, f"{folder}/resnet50.pth", _use_new_zipfile_serialization=False)
deit = timm.create_model("deit_small_patch16_224")
torch.save({"model": deit.half().state_dict()}, f"{folder}/deit_small.pth")
`;
const LOAD = `
import json, sys, timm
from safetensors.torch import load_file
print(timm.create_model(sys.argv[1], **json.loads(sys.argv[2])).load_state_dict(load_file(sys.argv[3]), strict=True))
`;
/** Those the catalogue has. */
const MODELS = ["resnet50", "deit_small", "swin_tiny", "inception_v3", "densenet121"].filter((id) => presets.has(id));

describe.skipIf(referencePython === undefined)(
  `a published checkpoint${withoutReference}`,
  { timeout: 180_000 },
  () => {
    let folder = "";
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "xferc-published-"));
      await python(SAVE, [folder]);
    }, 180_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(MODELS)("of %s", async (id) => {
      const preset = presets.get(id);
      if (preset === undefined) throw new Error(`no preset ${id}`);
      const { family, version, params, size } = preset;
      const spec = { family, version, params, classes: 1000, channels: 3, size };
      const weights = await loadWeights(join(folder, `${id}.pth`));
      expect(recognize(new Map([...weights.tensors].map(([name, { shape }]) => [name, shape])))).toContain(id);
      const state = strictState(traceModel(spec).tensors, weights);
      const timm = timmModel(spec);
      const file = join(folder, `${id}.safetensors`);
      writeFileSync(file, writeSafetensors(state, { integers: "I64" }));
      const loaded = await python(LOAD, [timm?.architecture ?? "", JSON.stringify(timm?.args), file]);
      expect(loaded).toContain("All keys matched successfully");
    });
  },
);
