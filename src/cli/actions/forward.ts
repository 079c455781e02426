/** `xferc forward`. */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseHubName } from "../../compiler/hub.js";
import type { WeightsNames } from "../../compiler/weights-names.js";
import { ForwardError, forward } from "../../runtime/forward.js";
import { findProjectRoot, readConfig } from "../../runtime/host/config.js";
import { UsageError } from "../../runtime/host/index.js";
import { openHub } from "../../runtime/hub/index.js";
import { openHere } from "../../runtime/run/open-engine.js";
import { writeSafetensors } from "../../runtime/state/safetensors.js";
import { loadWeights } from "../../runtime/weights/load.js";
import { downloadLines } from "../downloads.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { parseParams } from "../params.js";
import { pluginsOfModel } from "../plugin-models.js";
import type { EngineName } from "../study-options.js";

export interface ForwardFlags extends WeightsNames {
  readonly weights: string;
  readonly allowDownload?: true;
  /** False where `--no-plugins` was given. */
  readonly plugins?: boolean;
  readonly input: string;
  readonly out: string;
  readonly params?: string;
  readonly engine: EngineName;
  readonly device: string;
  readonly threads?: number;
}

export async function forwardCommand(io: Io, model: string, flags: ForwardFlags): Promise<ExitCode> {
  const params = parseParams(flags.params);
  const input = { file: flags.input, bytes: readFileSync(resolve(io.cwd, flags.input)) };
  const { catalog } = await pluginsOfModel(io, model, flags);
  try {
    const weights = await loadWeights(await weightsPath(io, flags), flags);
    for (const note of weights.notes) complain(io, `${weights.file}: ${note}`);
    const engine = await openHere({
      engine: flags.engine,
      device: flags.device,
      threads: flags.threads,
      environment: io.env,
    });
    const outputs = await forward({ model, catalog, params, weights, input, engine });
    writeFileSync(resolve(io.cwd, flags.out), writeSafetensors(outputs));
    const shapes = [...outputs].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
    print(io, `${flags.out}: ${shapes.join(", ")}`);
    return EXIT.success;
  } catch (error) {
    if (error instanceof ForwardError) throw new UsageError(error.message);
    throw error;
  }
}

/** @throws HubError, UsageError */
async function weightsPath(io: Io, { weights, allowDownload }: ForwardFlags): Promise<string> {
  const name = parseHubName(weights);
  if (name.kind === "bad") throw new UsageError(`--weights ${weights}: ${name.problem}`);
  if (name.kind === "path") return resolve(io.cwd, weights);
  const configured = readConfig(findProjectRoot(io.cwd, io.cwd)).network;
  const network = allowDownload ? "allowed" : configured;
  const hub = openHub({ environment: io.env, network, onProgress: downloadLines(io) });
  const found = hub.find(name.hub) ?? (network === "allowed" ? await hub.fetch(name.hub) : undefined);
  if (found !== undefined) return found.path;
  throw new UsageError(
    `${weights} is not in the Hugging Face cache of this machine`,
    'allow the download: --allow-download, or "network": true in xfer.config.json',
  );
}
