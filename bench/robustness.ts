/**
 * Re-initialization robustness: floating-point operations of running every part from where it begins, beside a whole forward
 * pass a part, at the paper's sizes; and what that is in seconds for a small model on this machine.
 *
 *     npx tsc -p bench && node dist/bench/robustness.js [IMAGES]
 */

import { buildAllFeatures } from "../src/models/programs.js";
import { traceModel } from "../src/models/trace.js";
import type { ModelSpec } from "../src/models/types.js";
import { flopsOf } from "../src/program/cost.js";
import { suffixOf } from "../src/program/passes/suffix.js";
import type { ImageSet } from "../src/runtime/data/images.js";
import { openEngine } from "../src/runtime/engine/index.js";
import { randomTensor } from "../src/runtime/init/random.js";
import { runPass } from "../src/runtime/probes/features.js";
import { changedLogits } from "../src/runtime/probes/put-back.js";
import { partsOf } from "../src/runtime/probes/reinit.js";
import { Stream } from "../src/runtime/random/stream.js";

const [count = 256] = process.argv.slice(2).map(Number);
const model = (family: string, params: ModelSpec["params"], size: number, channels = 3): ModelSpec => ({
  family,
  version: 1,
  params,
  classes: 10,
  channels,
  size,
});
const resnet = (blocks: number[], widths: number[], block: string, stem: string) => ({ blocks, widths, block, stem });
const vit = (dim: number, depth: number, heads: number, patch: number) => ({ dim, depth, heads, patch, mlp_ratio: 4 });

for (const [name, spec] of [
  ["ResNet-50, 224 px", model("resnet", resnet([3, 4, 6, 3], [64, 128, 256, 512], "bottleneck", "imagenet"), 224)],
  ["DeiT-S, 224 px", model("vit", vit(384, 12, 6, 16), 224)],
] as const) {
  const program = buildAllFeatures(spec, 1, traceModel(spec));
  const whole = flopsOf(program.operations);
  const parts = partsOf(traceModel(spec), "layers");
  const rest = parts.map(({ tensors }) =>
    flopsOf((suffixOf(program, new Set(tensors))?.program ?? program).operations),
  );
  const used = rest.reduce((sum, flops) => sum + flops, whole);
  const share = ((100 * used) / (parts.length * whole)).toFixed(0);
  console.log(
    `${name}: ${parts.length} parts, ${(used / whole).toFixed(1)} forward passes instead of ${parts.length} (${share} %)`,
  );
}

const spec = model("resnet", resnet([2, 2, 2], [16, 32, 64], "basic", "small"), 32);
const info = traceModel(spec);
const scheme = { id: "family", version: 1, params: {} };
const drawn = (purpose: string) =>
  new Map(
    info.tensors.map((tensor) => [
      tensor.name,
      randomTensor(
        tensor,
        scheme,
        new Stream({ seed: 1, purpose: "random", repeat: 1, about: [purpose, tensor.name] }),
      ),
    ]),
  );
const [state, other] = [drawn("state"), drawn("other")];
const bytes = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 37) % 256);
const images: ImageSet = {
  info: { images: count, channels: 3, size: 32, classes: [], shards: [], statistics: null },
  labels: new Int32Array(count),
  labelWidth: 1,
  ids: [],
  hashes: [],
  at: () => ({ data: bytes, offset: 0 }),
};
const normalization = { scale: Float64Array.of(4, 4, 4), shift: Float64Array.of(-2, -2, -2) };
const source = { images, model: spec, task: "multiclass" as const, normalization };
const signal = new AbortController().signal;
const parts = partsOf(info, "layers").map((part) => ({
  ...part,
  state: () =>
    new Map([...state].map(([name, own]) => [name, part.tensors.includes(name) ? (other.get(name) ?? own) : own])),
}));
const engine = await openEngine("onnx", { device: "cpu", threads: 2 });
const onProgress = () => undefined;

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  await work(); // compiles
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `small ResNet, ${count} images, ${parts.length} parts, ${what}: ${((user + system) / 1e6).toFixed(2)} s of processor`,
  );
}
await timed("a whole pass a part", async () => {
  const readers = [{ flat: [], pooled: [], take: () => undefined }];
  for (const part of parts) await runPass({ engine, state: part.state(), source, readers, signal, onProgress });
});
await timed("each from where it begins", () => changedLogits({ engine, state, source, parts, signal, onProgress }));
process.exit(0);
