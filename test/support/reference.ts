/** The Python with the reference implementations, where the machine has one: XFER_REFERENCE_PYTHON names it. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

export const referencePython = process.env.XFER_REFERENCE_PYTHON || undefined;

/** For the name of a test that needs it. */
export const withoutReference =
  referencePython === undefined ? " (skipped: XFER_REFERENCE_PYTHON names no Python with torch and timm)" : "";

/** Standard output of a program given as text. Asynchronous, as a server it talks to may be in this very process. */
export async function python(
  program: string,
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    referencePython ?? "python3",
    ["-W", "ignore", "-c", program, ...words],
    {
      env: { ...process.env, ...env },
      maxBuffer: 64 * 2 ** 20,
    },
  );
  return stdout;
}
