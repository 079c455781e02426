/** `node trial-child.js FOLDER ADDON MUTE MODEL`: the process that `tryOut` starts. */

import { type BindingInstallation, complaintWhileLoading, loadBinding } from "../binding.js";
import { TRIAL_DATA, TRIAL_MARK, type Trial } from "./trial.js";
import { TRIAL_COLUMNS, TRIAL_ROWS } from "./trial-model.js";

const [folder = "", addon = "", mute = "", model = ""] = process.argv.slice(2);
const installation: BindingInstallation = { folder, manifest: { addon, mute } };
const tf = loadBinding(installation, { threads: 1 });

const tensor = (rows: number, columns: number, values: readonly number[]) =>
  tf.createTensor([rows, columns], tf.TF_FLOAT, Float32Array.from(values));

function run(inputs: { readonly [operation: string]: number }, output: string): readonly number[] {
  const names = Object.keys(inputs).map((operation) => `${operation}:0`);
  const [result] = tf.runSavedModel(session, Object.values(inputs), names.join(","), `${output}:0`);
  if (result === undefined) throw new Error(`${output} gave nothing`);
  const values = Array.from(tf.tensorDataSync(result.id), Number);
  tf.deleteTensor(result.id);
  return values;
}

const session = tf.loadSavedModel(model, "serve");
const start = tensor(TRIAL_COLUMNS, 1, TRIAL_DATA.start);
const x = tensor(TRIAL_ROWS, TRIAL_COLUMNS, TRIAL_DATA.x);
const target = tensor(TRIAL_ROWS, 1, TRIAL_DATA.target);
run({ start }, "loaded");
const losses = Array.from({ length: TRIAL_DATA.steps }, () => run({ x, target }, "step")).flat();
const weights = run({}, "weights");
for (const id of [start, x, target]) tf.deleteTensor(id);
if (tf.getNumOfTensors() !== 0) throw new Error(`${tf.getNumOfTensors()} tensors are left over`);
tf.deleteSavedModel(session);

const trial: Trial = {
  version: tf.TF_Version,
  gpu: tf.isUsingGpuDevice(),
  complaint: complaintWhileLoading() ?? null,
  losses,
  weights,
};
process.stdout.write(`${TRIAL_MARK}${JSON.stringify(trial)}\n`);
