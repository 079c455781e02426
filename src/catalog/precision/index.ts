import type { CatalogEntry } from "../types.js";

const f32: CatalogEntry = {
  kind: "precision",
  id: "f32",
  version: 1,
  doc: "Everything in 32-bit floats. What a recipe that says nothing has.",
  parameters: {},
};

const bf16: CatalogEntry = {
  kind: "precision",
  id: "bf16",
  version: 1,
  doc: "Mixed precision: matrix products and convolutions of a training step, forward and backward, in bfloat16 (8 bits of significand, the range of float32); weights, norms, softmax, loss, sums and optimizer in float32. Evaluation stays in float32.",
  parameters: {},
};

const fp16: CatalogEntry = {
  kind: "precision",
  id: "fp16",
  version: 1,
  doc: "Mixed precision as `bf16`, in IEEE binary16 (11 bits of significand, largest number 65504), with dynamic loss scaling: the loss is multiplied by a scale before it is differentiated; a step whose gradients overflow is skipped whole and halves the scale, and `growth_interval` steps in a row that do not double it (torch.amp.GradScaler).",
  parameters: {
    initial_scale: {
      type: "number",
      minimum: 1,
      maximum: 4294967296,
      default: 65536,
      description: "What the loss is multiplied by at first.",
    },
    growth_interval: {
      type: "integer",
      minimum: 1,
      maximum: 1000000,
      default: 2000,
      unit: "count",
      description: "Steps without overflow after which the scale doubles.",
    },
  },
};

export const PRECISIONS = [f32, bf16, fp16] as const;
