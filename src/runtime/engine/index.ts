/** The engines there are, looked up by name; each is loaded when it is first used. */

import { EngineError } from "./errors.js";
import type { Engine, EngineOptions } from "./types.js";

export { EngineError } from "./errors.js";

export type EngineId = Engine["id"];
export type EngineChoice = EngineId | "auto";

/** What `xferc doctor` tells about an engine. */
export interface EngineReport {
  readonly id: EngineId;
  readonly found: boolean;
  readonly version: string | null;
  /** Devices it can compute on here. */
  readonly devices: readonly EngineOptions["device"][];
  /** What keeps it, or one of its devices, from working; null where nothing does. */
  readonly missing: string | null;
  /** The one thing to do about it. */
  readonly remedy: string | null;
}

interface EngineEntry {
  readonly open: (options: EngineOptions) => Promise<Engine>;
  readonly report: () => Promise<EngineReport>;
}

const entries: { readonly [K in EngineId]?: EngineEntry } = {
  onnx: {
    open: async (options) => (await import("./onnx/index.js")).openOnnxEngine(options),
    report: async () => (await import("./onnx/index.js")).reportOnnxEngine(),
  },
  tensorflow: {
    open: async (options) => (await import("./tensorflow/index.js")).openTensorflowEngine(options),
    report: async () => (await import("./tensorflow/index.js")).reportTensorflowEngine(),
  },
  reference: {
    open: async () => (await import("./reference/index.js")).openReferenceEngine(),
    report: async () => (await import("./reference/index.js")).reportReferenceEngine(),
  },
};

/** Which engine `auto` means, in order of preference. */
const PREFERENCE: readonly EngineId[] = ["onnx"];

/** Opens an engine. `auto` takes the first that is there; a name that is not there is an error that says what is. */
export async function openEngine(choice: EngineChoice, options: EngineOptions): Promise<Engine> {
  if (!Number.isInteger(options.threads) || options.threads < 1) {
    throw new EngineError(`an engine needs at least one thread, not ${options.threads}`);
  }
  const id = choice === "auto" ? await preferred() : choice;
  const entry = entries[id];
  if (entry === undefined) {
    throw new EngineError(`engine ${id} is not part of this version; there is ${Object.keys(entries).join(", ")}`);
  }
  return entry.open(options);
}

async function preferred(): Promise<EngineId> {
  const reports = await Promise.all(PREFERENCE.map((id) => entries[id]?.report()));
  const usable = reports.find((report) => report?.found === true);
  if (usable !== undefined) return usable.id;
  const reasons = reports.flatMap((report) => (report === undefined ? [] : [`${report.id}: ${report.missing}`]));
  throw new EngineError(`no engine works here (${reasons.join("; ")})`);
}

/** Every engine and the state it is in on this machine. */
export async function listEngines(): Promise<readonly EngineReport[]> {
  return Promise.all(Object.values(entries).map((entry) => entry.report()));
}
