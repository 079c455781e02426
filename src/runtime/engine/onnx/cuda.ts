/** onnxruntime's CUDA provider: libraries too large for npm, which its own script fetches beside the others. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EngineError } from "../errors.js";

export const INSTALL_CUDA_COMMAND = "xferc engine install onnx --cuda";

/** Next to onnxruntime's own library, where alone it looks. */
const LIBRARIES = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];
/** What 1.30's script calls them; they need CUDA 12 and cuDNN 9 on the library path. */
const FLAVOUR = "cuda12";

/** The package's folder; `npm ci` makes it anew, and the libraries have to be fetched again. */
function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
}

export function hasCudaLibraries(folder: string = packageFolder()): boolean {
  const libraries = join(folder, "bin", "napi-v6", process.platform, process.arch);
  return LIBRARIES.every((name) => existsSync(join(libraries, name)));
}

export interface InstallCudaOptions {
  /** Hears what the script prints, line by line. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Of onnxruntime-node; the installed one unless given. */
  readonly folder?: string;
}

/**
 * Fetches the libraries (some 200 MB) and sees that they are there. They are tried when the engine is opened, on a
 * machine with the GPU.
 * @throws EngineError where there are none for this system, or the script fails
 */
export async function installOnnxCuda(options: InstallCudaOptions): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new EngineError(
      `onnxruntime's CUDA libraries are published for Linux on x64, not ${process.platform} on ${process.arch}`,
    );
  }
  const { folder = packageFolder(), onLine, signal } = options;
  const script = join(folder, "script", "install.js");
  const command = `node ${script} --onnxruntime-node-install=${FLAVOUR}`;
  if (!existsSync(script)) throw new EngineError(`${script} is missing; run \`npm install\` again`);
  const { ended, last } = await run(script, onLine, signal);
  if (ended !== "0") {
    throw new EngineError(
      `onnxruntime's script could not fetch the CUDA libraries (${last || `it ended with ${ended}`}); it needs ` +
        `api.nuget.org: where that is reached through a proxy, set GLOBAL_AGENT_HTTPS_PROXY, and run \`${command}\``,
    );
  }
  if (!hasCudaLibraries(folder)) {
    throw new EngineError(
      `onnxruntime's script ended well, but ${LIBRARIES.join(" and ")} are not there: \`${command}\``,
    );
  }
}

function run(
  script: string,
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly ended: string; readonly last: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, `--onnxruntime-node-install=${FLAVOUR}`], {
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let [rest, last] = ["", ""];
    const hear = (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        onLine(line);
        if (/error/i.test(line)) last = line.trim();
      }
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", hear);
    }
    child.once("error", reject);
    child.once("close", (code, by) => resolve({ ended: by ?? String(code), last }));
  });
}
