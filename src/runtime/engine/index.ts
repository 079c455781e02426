/** The engines there are, looked up by name; each is loaded when it is first used. */

import { EngineError } from "./errors.js";
import type { Engine, EngineId, EngineOptions, EngineReport } from "./types.js";

export { EngineError } from "./errors.js";

export type { EngineId, EngineReport } from "./types.js";
export type EngineChoice = EngineId | "auto";

interface EngineEntry {
  readonly open: (options: EngineOptions) => Promise<Engine>;
  /** With a device: of the installation that serves it. */
  readonly report: (device?: EngineOptions["device"]) => Promise<EngineReport>;
}

const entries: { readonly [K in EngineId]?: EngineEntry } = {
  onnx: {
    open: async (options) => (await import("./onnx/index.js")).openOnnxEngine(options),
    report: async () => (await import("./onnx/runtime.js")).reportOnnxEngine(),
  },
  tensorflow: {
    open: async (options) => (await import("./tensorflow/index.js")).openTensorflowEngine(options),
    report: async (device) => (await import("./tensorflow/report.js")).reportTensorflowEngine(device),
  },
  reference: {
    open: async () => (await import("./reference/index.js")).openReferenceEngine(),
    report: async () => (await import("./reference/index.js")).reportReferenceEngine(),
  },
};

/** Which engine `auto` means where there is nothing to weigh, in order of preference. */
const PREFERENCE: readonly EngineId[] = ["onnx", "tensorflow"];

/** Opens an engine. `auto` takes the first that is there; a name that is not there is an error that says what is. */
export async function openEngine(choice: EngineChoice, options: EngineOptions): Promise<Engine> {
  if (!Number.isInteger(options.threads) || options.threads < 1) {
    throw new EngineError(`an engine needs at least one thread, not ${options.threads}`);
  }
  const id = choice === "auto" ? await preferred(options.device) : choice;
  const entry = entries[id];
  if (entry === undefined) {
    throw new EngineError(`engine ${id} is not part of this version; there is ${Object.keys(entries).join(", ")}`);
  }
  return entry.open(options);
}

async function preferred(device: EngineOptions["device"]): Promise<EngineId> {
  const reports = await Promise.all(PREFERENCE.map((id) => entries[id]?.report(device)));
  const usable = reports.find((report) => report?.found === true && report.devices.includes(device));
  if (usable !== undefined) return usable.id;
  const reasons = reports.flatMap((report) => (report === undefined ? [] : [`${report.id}: ${report.missing}`]));
  throw new EngineError(`no engine works here (${reasons.join("; ")})`);
}

export async function reportEngine(id: EngineId, device?: EngineOptions["device"]): Promise<EngineReport> {
  const entry = entries[id];
  if (entry === undefined) throw new EngineError(`engine ${id} is not part of this version`);
  return entry.report(device);
}

/** Every engine and the state it is in on this machine. */
export async function listEngines(): Promise<readonly EngineReport[]> {
  return Promise.all(Object.values(entries).map((entry) => entry.report()));
}
