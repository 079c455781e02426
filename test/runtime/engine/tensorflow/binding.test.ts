import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EngineError } from "../../../../src/runtime/engine/index.js";
import { loadBinding, type TensorflowBinding } from "../../../../src/runtime/engine/tensorflow/binding.js";
import { trialModel } from "../../../../src/runtime/engine/tensorflow/install/trial-model.js";
import { ensureBuilt, root } from "../../../built.js";
import { describeTensorflow, tensorflow } from "../../../support/tensorflow.js";

const folder = mkdtempSync(join(tmpdir(), "xferc-binding-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("of a folder that is gone is an error that names it", () => {
  const manifest = { addon: "a.node", mute: "m.node" };
  expect(() => loadBinding({ folder: "/gone", manifest })).toThrow("engine tensorflow in /gone does not load");
});

describeTensorflow("the native binding", () => {
  let tf: TensorflowBinding;
  beforeAll(async () => {
    await ensureBuilt();
    if (tensorflow === undefined) throw new Error("skipped otherwise");
    tf = loadBinding(tensorflow, { threads: 2 });
  }, 120_000);

  it("is loaded once a process, and from one place with one number of threads", () => {
    if (tensorflow === undefined) return;
    const { folder: here, manifest } = tensorflow;
    expect(loadBinding({ folder: here, manifest }, { threads: 2 })).toBe(tf);
    expect(() => loadBinding({ folder: here, manifest }, { threads: 1 })).toThrow(EngineError);
    const elsewhere = { folder: "/elsewhere", manifest };
    expect(() => loadBinding(elsewhere, { threads: 2 })).toThrow("needs a process of its own");
  });

  it("says its version, and leaves the terminal alone while it loads", () => {
    expect(tf.TF_Version).toBe(tensorflow?.manifest.tensorflow);
    const module = pathToFileURL(join(root, "dist/src/runtime/engine/tensorflow/binding.js")).href;
    const script = `import { loadBinding } from ${JSON.stringify(module)};
      console.log(loadBinding(${JSON.stringify(tensorflow)}).TF_Version);
      console.error("own words");`;
    const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: undefined };
    const args = ["--input-type=module", "-e", script];
    const ran = spawnSync(process.execPath, args, { encoding: "utf8", env: environment });
    expect(ran).toMatchObject({ status: 0, stdout: `${tf.TF_Version}\n`, stderr: "own words\n" });
  });

  it("carries every type of ours there and back, scalars and empty tensors too", () => {
    const back = (shape: readonly number[], dtype: number, data: Float32Array | Int32Array | Uint8Array) => {
      const id = tf.createTensor(shape, dtype, data);
      try {
        return tf.tensorDataSync(id);
      } finally {
        tf.deleteTensor(id);
      }
    };
    expect(back([2, 2], tf.TF_FLOAT, Float32Array.of(1, -2, 3.5, Number.NaN))).toEqual(
      Float32Array.of(1, -2, 3.5, Number.NaN),
    );
    expect(back([], tf.TF_INT32, Int32Array.of(-7))).toEqual(Int32Array.of(-7));
    expect(back([3], tf.TF_BOOL, Uint8Array.of(1, 0, 1))).toEqual(Uint8Array.of(1, 0, 1));
    expect(back([2], tf.TF_INT64, Int32Array.of(1, 0, -1, -1))).toEqual(BigInt64Array.of(1n, -1n));
    expect(back([0, 4], tf.TF_FLOAT, new Float32Array())).toEqual(new Float32Array());
    expect(tf.getNumOfTensors()).toBe(0);
  });

  it("throws on what does not fit instead of reading past it", () => {
    expect(() => tf.createTensor([2, 2], tf.TF_FLOAT, new Float32Array(3))).toThrow("Shape does not match");
    expect(() => tf.createTensor([1], tf.TF_INT32, Float32Array.of(1))).toThrow("does not match Float32Array");
    expect(() => tf.tensorDataSync(12345)).toThrow("not referenced");
    expect(() => tf.deleteTensor(12345)).toThrow("not referenced");
    expect(() => tf.loadSavedModel(folder, "serve")).toThrow("Failed to load SavedModel");
  });

  it("keeps variables between runs, apart from the memory they were fed from, and frees all it is told to", () => {
    const model = join(folder, "model");
    mkdirSync(model);
    writeFileSync(join(model, "saved_model.pb"), trialModel());
    const session = tf.loadSavedModel(model, "serve");
    const read = () => {
      const [weights] = tf.runSavedModel(session, [], "", "weights:0");
      const values = Array.from(tf.tensorDataSync(weights?.id ?? -1), Number);
      tf.deleteTensor(weights?.id ?? -1);
      return values;
    };
    // Memory is shared where it happens to be aligned, so one try proves nothing.
    for (let round = 0; round < 100; round++) {
      const fed = Float32Array.of(round, -round);
      const id = tf.createTensor([2, 1], tf.TF_FLOAT, fed);
      const [loaded] = tf.runSavedModel(session, [id], "start:0", "loaded:0");
      for (const one of [id, loaded?.id ?? -1]) tf.deleteTensor(one);
      fed.fill(1e6);
      expect(read()).toEqual([round, -round]);
    }
    expect(() => tf.runSavedModel(session, [], "", "nothing:0")).toThrow("can not be found");
    tf.deleteSavedModel(session);
    expect(() => tf.runSavedModel(session, [], "", "weights:0")).toThrow("not found");
    expect([tf.getNumOfTensors(), tf.getNumOfSavedModels()]).toEqual([0, 0]);
  });
});
