/**
 * Probes of one state on one split share its forward pass: a pass for the logits alone, one that gives CKA every layer in
 * full and k-NN every layer pooled as well, and what CKA then computes; in seconds of processor, beside a pass for each.
 *
 *     npm run build && npx tsc -p bench && node dist/bench/probes.js [IMAGES]
 */

import { traceModel } from "../src/models/trace.js";
import type { ModelSpec } from "../src/models/types.js";
import type { ImageSet } from "../src/runtime/data/images.js";
import { openEngine } from "../src/runtime/engine/index.js";
import { randomTensor } from "../src/runtime/init/random.js";
import { ckaRows, estimatorOf, GramCollector } from "../src/runtime/probes/cka.js";
import { type Reader, runPass } from "../src/runtime/probes/features.js";
import { Stream } from "../src/runtime/random/stream.js";

const ROUNDS = 5;
const [count = 512] = process.argv.slice(2).map(Number);
const model: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [2, 2, 2, 2], widths: [64, 128, 256, 512], block: "basic", stem: "imagenet" },
  classes: 10,
  channels: 3,
  size: 64,
};
const info = traceModel(model);
const scheme = { id: "family", version: 1, params: {} };
const state = new Map(
  info.tensors.map((tensor) => [
    tensor.name,
    randomTensor(tensor, scheme, new Stream({ seed: 1, purpose: "random", repeat: 1, about: [tensor.name] })),
  ]),
);
const bytes = Uint8Array.from({ length: 3 * model.size ** 2 + count }, (_, i) => (i * 37) % 256);
const images: ImageSet = {
  info: { images: count, channels: 3, size: model.size, classes: [], shards: [], statistics: null },
  labels: new Int32Array(count),
  labelWidth: 1,
  ids: [],
  hashes: [],
  at: (index) => ({ data: bytes, offset: index }),
};
const normalization = { scale: Float64Array.of(4, 4, 4), shift: Float64Array.of(-2, -2, -2) };
const source = { images, model, task: "multiclass" as const, normalization };
const signal = new AbortController().signal;
const onProgress = () => undefined;
const engine = await openEngine("onnx", { device: "cpu", threads: 2 });
const layers = info.layers.map(({ name }) => name);
const sample = Array.from({ length: count }, (_, index) => index);
const settings = { estimator: estimatorOf("unbiased"), batch: 64 };

const logits = (): Reader => ({ flat: [], pooled: [], take: () => undefined });
const pooled = (): Reader => ({
  flat: [],
  pooled: layers,
  take: (batch) => {
    for (const layer of layers) Float64Array.from(batch.pooled(layer).data);
  },
});
const pass = (...readers: Reader[]) => runPass({ engine, state, source, readers, signal, onProgress });

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const { user, system } = process.cpuUsage();
  await work();
  const used = process.cpuUsage();
  return (used.user + used.system - user - system) / 1e6;
}

const WORK = {
  "logits alone": () => pass(logits()),
  "logits, CKA's and k-NN's features in one pass": () => {
    const collector = new GramCollector(engine, info.layers, sample, settings);
    return pass(logits(), pooled(), collector.reader(0).reader);
  },
  "the same, a pass each": async () => {
    await pass(logits());
    await pass(pooled());
    await pass(new GramCollector(engine, info.layers, sample, settings).reader(0).reader);
  },
};
const times = new Map(Object.keys(WORK).map((name) => [name, [] as number[]]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries(WORK)) {
    const used = await seconds(work);
    if (round >= 0) times.get(name)?.push(used); // the first compiles
  }
}
const collector = new GramCollector(engine, info.layers, sample, settings);
if (collector.rounds > 1) throw new Error("features do not fit in memory: take fewer images");
const { reader, finish } = collector.reader(0);
await pass(reader);
const arithmetic = await seconds(async () => {
  await finish?.();
  const grams = collector.centred();
  ckaRows(grams, grams, settings.estimator);
});
console.log(`resnet18 at ${model.size} px, ${count} images, ${layers.length} layers, ${ROUNDS} rounds, processor:`);
for (const [name, all] of times) {
  const [least = 0, most = 0] = [Math.min(...all), Math.max(...all)];
  const median = [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  console.log(`  ${name}: ${median.toFixed(2)} s, ${least.toFixed(2)} to ${most.toFixed(2)}`);
}
console.log(`  CKA's arithmetic after it, ${layers.length} × ${layers.length} layers: ${arithmetic.toFixed(2)} s`);
process.exit(0);
