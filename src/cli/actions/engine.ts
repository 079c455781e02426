/** `xferc engine`. */

import { installOnnxCuda } from "../../runtime/engine/onnx/cuda.js";
import { type Installed, installTensorflow } from "../../runtime/engine/tensorflow/install/index.js";
import { withLock } from "../../runtime/engine/tensorflow/install/lock.js";
import { clearStaging, remove } from "../../runtime/engine/tensorflow/install/publish.js";
import { type Found, listInstallations, tensorflowFolder } from "../../runtime/engine/tensorflow/location.js";
import { UsageError } from "../../runtime/host/index.js";
import { bytes } from "../../runtime/ui/format.js";
import { openProgress } from "../engine-progress.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { listenForStop } from "../stop.js";

export interface EngineListFlags {
  readonly format: "text" | "json";
}

export interface EngineInstallFlags {
  readonly cuda?: true;
  readonly wheel?: readonly string[];
  readonly sha256?: string;
  readonly force?: true;
}

export async function installEngineCommand(io: Io, engine: string, flags: EngineInstallFlags): Promise<ExitCode> {
  if (engine === "onnx") return installOnnx(io, flags);
  assertTensorflow(engine);
  const progress = openProgress(io.err);
  const stop = listenForStop(() => progress.report.note("stopping; once more leaves at once"));
  try {
    const installed = await installTensorflow({
      cwd: io.cwd,
      variant: flags.cuda ? "cuda" : "cpu",
      given: flags.wheel ?? [],
      sha256: flags.sha256,
      existing: flags.force ? "replace" : "keep",
      environment: io.env,
      signal: stop.signal,
      report: progress.report,
    });
    progress.close();
    print(io, describe(installed));
    return EXIT.success;
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    complain(io, "xferc: interrupted; nothing was installed. The same command goes on with what was downloaded.");
    return EXIT.interrupted;
  } finally {
    stop.dispose();
  }
}

/** onnxruntime's CUDA provider; everything else of the engine comes with xferc. */
async function installOnnx(io: Io, { cuda, wheel, sha256 }: EngineInstallFlags): Promise<ExitCode> {
  if (!cuda) {
    throw new UsageError(
      "engine onnx comes with xferc",
      "`xferc engine install onnx --cuda` fetches what it needs for CUDA",
    );
  }
  if (wheel !== undefined || sha256 !== undefined) {
    throw new UsageError("--wheel and --sha256 are for tensorflow", "onnxruntime's own script fetches its libraries");
  }
  const stop = listenForStop(() => complain(io, "stopping"));
  try {
    await installOnnxCuda({ onLine: (line) => complain(io, `  ${line}`), signal: stop.signal });
    print(
      io,
      "engine onnx has its CUDA libraries; it needs CUDA 12 and cuDNN 9 on the library path. `xferc doctor` looks.",
    );
    return EXIT.success;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return EXIT.interrupted;
  } finally {
    stop.dispose();
  }
}

function describe({ outcome, installation, size, trial }: Installed): string {
  const { folder, manifest } = installation;
  const what = `tensorflow ${manifest.tensorflow} (${manifest.cuda ? "cuda" : "cpu"})`;
  if (outcome === "already") return `${what} is already installed and whole: ${folder} (${bytes(size)})`;
  const lines = [`${what} works: ${folder} (${bytes(size)})`];
  if (manifest.cuda && trial !== undefined) {
    const why = trial.complaint === null ? "" : `: ${trial.complaint}`;
    lines.push(trial.gpu ? "It sees a GPU." : `It sees no GPU here${why}; it computes on the CPU where there is none.`);
  }
  return lines.join("\n");
}

export async function listEnginesCommand(io: Io, { format }: EngineListFlags): Promise<ExitCode> {
  const found = await listInstallations(io.env);
  if (format === "json") print(io, JSON.stringify({ engines: found.map(asJson) }, null, 2));
  else if (found.length > 0) print(io, found.map(asText).join("\n"));
  else print(io, `no native engine is installed in ${tensorflowFolder(io.env)}; xferc engine install tensorflow`);
  return EXIT.success;
}

function asJson({ id, folder, manifest, problem }: Found): object {
  return { engine: "tensorflow", id, folder, usable: problem === null, problem, ...manifest };
}

function asText({ id, folder, manifest, problem }: Found): string {
  const state = problem === null ? "" : ` ✗ ${problem}`;
  const size = manifest === undefined ? "" : ` (${bytes(sizeOf(manifest))})`;
  return `tensorflow ${id}: ${folder}${size}${state}`;
}

const sizeOf = ({ files }: NonNullable<Found["manifest"]>) =>
  Object.values(files).reduce((sum, file) => sum + file.bytes, 0);

export async function removeEngineCommand(io: Io, engine: string, ids: readonly string[]): Promise<ExitCode> {
  assertTensorflow(engine);
  const found = await listInstallations(io.env);
  for (const id of ids) {
    if (found.some((one) => one.id === id)) continue;
    const known = found.map((one) => one.id).join(", ") || "none";
    throw new UsageError(`no installation of tensorflow is called ${id}`, `there is ${known}`);
  }
  const chosen = found.filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (chosen.length === 0) {
    print(io, `no native engine is installed in ${tensorflowFolder(io.env)}`);
    return EXIT.success;
  }
  const root = tensorflowFolder(io.env);
  const stop = listenForStop(() => undefined);
  const onWait = (lock: string) => complain(io, `waiting for an installation (if none is going on, delete ${lock})`);
  try {
    await withLock(root, { signal: stop.signal, onWait }, async () => {
      for (const { id, folder, manifest } of chosen) {
        await remove(root, folder);
        print(io, `removed ${id}${manifest === undefined ? "" : ` (${bytes(sizeOf(manifest))})`}`);
      }
      await clearStaging(root);
    });
    return EXIT.success;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    stop.dispose();
  }
}

function assertTensorflow(engine: string): void {
  if (engine === "tensorflow") return;
  if (engine === "onnx" || engine === "reference") {
    throw new UsageError(`engine ${engine} comes with xferc; there is nothing to install or remove`);
  }
  throw new UsageError(`there is no engine ${engine}`, "the one that is installed apart is tensorflow");
}
