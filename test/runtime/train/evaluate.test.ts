/** The last batch of an evaluation is filled up with nothing, and nothing of that is seen. */

import { expect, test } from "vitest";
import type { ModelSpec } from "../../../src/models/types.js";
import type { Session } from "../../../src/runtime/engine/types.js";
import { evaluateLogits, evaluationBatch } from "../../../src/runtime/train/evaluate.js";

const MODEL: ModelSpec = { family: "vit", params: {}, classes: 2, channels: 1, size: 2 } as ModelSpec;

/** `count` images of 2 × 2 bytes, image i all of value i. */
function source(count: number) {
  const data = Uint8Array.from({ length: count * 4 }, (_, index) => index >> 2);
  return {
    model: MODEL,
    task: "multiclass" as const,
    normalization: { scale: [1], shift: [0] },
    images: {
      info: { images: count, channels: 1, size: 2 },
      at: (index: number) => ({ data, offset: index * 4 }),
    },
  };
}

test.each([1, 63, 64, 65, 130])("%i images give their own logits, in whole batches", async (count) => {
  const batch = evaluationBatch(MODEL);
  const sizes: number[] = [];
  const session = {
    async run(
      _program: string,
      { x }: { readonly x: { readonly shape: readonly number[]; readonly data: ArrayLike<number> } },
    ) {
      const n = x.shape[0] ?? 0;
      sizes.push(n);
      const data = Float32Array.from(
        { length: n * 2 },
        (_, index) => (x.data[(index >> 1) * 4] ?? 0) * 255 + (index % 2),
      );
      return { logits: { shape: [n, 2], data } };
    },
  };
  const logits = await evaluateLogits(
    session as unknown as Session,
    "evaluate",
    source(count) as unknown as Parameters<typeof evaluateLogits>[2],
    () => undefined,
  );
  expect(new Set(sizes)).toEqual(new Set([batch]));
  expect([...logits].map(Math.round)).toEqual(
    Array.from({ length: count * 2 }, (_, index) => (index >> 1) + (index % 2)),
  );
});
