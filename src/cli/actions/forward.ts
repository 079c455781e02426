/** `xferc forward`. */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { openEngine } from "../../runtime/engine/index.js";
import { ForwardError, forward } from "../../runtime/forward.js";
import { UsageError } from "../../runtime/host/index.js";
import { SafetensorsError, writeSafetensors } from "../../runtime/state/safetensors.js";
import type { ForwardFlags } from "../commands/forward.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { parseParams } from "../params.js";

export async function forwardCommand(io: Io, model: string, flags: ForwardFlags): Promise<ExitCode> {
  const params = parseParams(flags.params);
  const read = (file: string) => ({ file, bytes: readFileSync(resolve(io.cwd, file)) });
  const weights = read(flags.weights);
  const input = read(flags.input);
  const engine = await openEngine(flags.engine, { device: "cpu", threads: flags.threads ?? 1 });
  try {
    const outputs = await forward({ model, params, weights, input, engine });
    writeFileSync(resolve(io.cwd, flags.out), writeSafetensors(outputs));
    const shapes = [...outputs].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
    print(io, `${flags.out}: ${shapes.join(", ")}`);
    return EXIT.success;
  } catch (error) {
    if (error instanceof ForwardError || error instanceof SafetensorsError) throw new UsageError(error.message);
    throw error;
  }
}
