/** Where xferc itself lies, and which version it is. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's folder: the same whether this file runs from `src` or from `dist/src`. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) throw new Error(`xferc's own package.json is missing above ${from}`);
  }
}

export const bundledStudy: string = join(packageRoot, "studies", "bundled.xfer");

let version: string | undefined;

export function packageVersion(): string {
  if (version === undefined) {
    const parsed: unknown = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
    const found = typeof parsed === "object" && parsed !== null && "version" in parsed ? parsed.version : undefined;
    version = typeof found === "string" ? found : "0.0.0";
  }
  return version;
}
