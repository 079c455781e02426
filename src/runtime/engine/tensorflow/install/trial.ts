/** Tries an installation in the making with two training steps, in a process of its own: a native crash is a message. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childModule } from "../../../host/child-module.js";
import { UsageError } from "../../../host/errors.js";
import { type Ran, runProgram } from "./process.js";
import { TRIAL_RATE, trialModel } from "./trial-model.js";

/** What the child tells, as JSON in one line that starts with `TRIAL_MARK`. */
export interface Trial {
  /** TensorFlow's version. */
  readonly version: string;
  readonly gpu: boolean;
  /** What TensorFlow complained of while it was loaded, for example why there is no GPU. */
  readonly complaint: string | null;
  /** Mean square error before each step. */
  readonly losses: readonly number[];
  /** After the last step. */
  readonly weights: readonly number[];
}

export const TRIAL_MARK = "xferc-trial ";

/** Two images of two pixels, in a manner of speaking. All numbers below are exact in float32. */
export const TRIAL_DATA = { x: [1, 2, 3, 4], target: [1, 2], start: [0.5, -0.5], steps: 2 } as const;

export interface TrialOptions {
  /** Folder with the addons; absolute. */
  readonly folder: string;
  readonly addon: string;
  readonly mute: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
}

/** @throws UsageError where it crashes, does not load or computes wrong numbers. */
export async function tryOut(options: TrialOptions): Promise<Trial> {
  const model = join(options.folder, "build", "trial");
  await mkdir(model, { recursive: true });
  await writeFile(join(model, "saved_model.pb"), trialModel());
  try {
    const trial = parseTrial(await runChild(options, model, {}));
    if (trial !== undefined) return checked(trial);
    // Once more, with all that TensorFlow has to say.
    throw failed(await runChild(options, model, { TF_CPP_MIN_LOG_LEVEL: "0" }));
  } finally {
    await rm(model, { recursive: true, force: true });
  }
}

function runChild(
  { folder, addon, mute, environment, signal }: TrialOptions,
  model: string,
  more: { readonly [name: string]: string },
): Promise<Ran> {
  const quiet = { ...environment, TF_CPP_MIN_LOG_LEVEL: undefined, NODE_OPTIONS: undefined, ...more };
  const child = fileURLToPath(childModule("engine/tensorflow/install/trial-child.js"));
  return runProgram(process.execPath, [child, folder, addon, mute, model], { environment: quiet, signal });
}

function parseTrial(ran: Ran): Trial | undefined {
  if (ran.kind !== "done") return undefined;
  const line = ran.output.split("\n").find((one) => one.startsWith(TRIAL_MARK));
  return line === undefined ? undefined : (JSON.parse(line.slice(TRIAL_MARK.length)) as Trial);
}

/** @throws UsageError */
export function checked(trial: Trial): Trial {
  const expected = expectedTrial();
  const pairs = [
    ...expected.losses.map((loss, i) => [trial.losses[i], loss] as const),
    ...expected.weights.map((weight, i) => [trial.weights[i], weight] as const),
  ];
  const right = pairs.every(([found, wanted]) => Math.abs((found ?? Number.NaN) - wanted) <= 1e-5 * Math.abs(wanted));
  if (right) return trial;
  throw new UsageError(
    `TensorFlow ${trial.version} loads but computes wrong numbers: ` +
      `losses ${trial.losses.join(", ")} instead of ${expected.losses.join(", ")}, ` +
      `weights ${trial.weights.join(", ")} instead of ${expected.weights.join(", ")}`,
    "try another version (--wheel), or use the onnx engine",
  );
}

/** The same steps in plain arithmetic. */
function expectedTrial(): Pick<Trial, "losses" | "weights"> {
  const { x, target, start, steps } = TRIAL_DATA;
  const losses: number[] = [];
  let weights: readonly number[] = start;
  for (let step = 0; step < steps; step++) {
    const errors = target.map((wanted, row) => dot(x.slice(2 * row, 2 * row + 2), weights) - wanted);
    losses.push(dot(errors, errors) / target.length);
    weights = weights.map((weight, column) => {
      const gradient = dot(
        errors,
        target.map((_, row) => x[2 * row + column] ?? 0),
      );
      return weight - TRIAL_RATE * gradient;
    });
  }
  return { losses, weights };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

function failed(ran: Ran): UsageError {
  const output = ran.kind === "missing" ? "" : ran.output;
  const how = ran.kind === "failed" ? ran.how : "it said nothing that is understood";
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const told =
    lines.find((line) =>
      /^F\d{4} | F [\w/.]+:\d+\] |GLIBC|libstdc\+\+|cannot open shared object|failed to map segment|compiled to use/.test(
        line,
      ),
    ) ??
    lines.find((line) => /Error: /.test(line)) ??
    lines.at(-1);
  return new UsageError(
    `TensorFlow does not work on this machine (${how})${told === undefined ? "" : `: ${told.trim().slice(0, 400)}`}`,
    remedyFor(`${how} ${told ?? ""}`),
  );
}

function remedyFor(complaint: string): string {
  if (/SIGILL|compiled to use/.test(complaint)) {
    return "this processor lacks instructions TensorFlow was built with (AVX); use the onnx engine";
  }
  if (/failed to map segment|Operation not permitted/.test(complaint)) {
    return "the folder may be mounted without the right to execute (noexec): set XFERC_ENGINES to a folder elsewhere";
  }
  return "try another version (--wheel), or use the onnx engine";
}
