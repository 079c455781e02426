/** Where the plug-ins of a configuration lie: files of the project, or packages in its node_modules. */

import { existsSync, realpathSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import type { PluginRef } from "../../catalog/types.js";
import { isBelow } from "../host/data-roots.js";
import { PluginError } from "./errors.js";
import { packageFolder, packageJson } from "./sources.js";

export interface PluginPlace {
  /** As the configuration names it. */
  readonly from: string;
  /** The module; absolute. */
  readonly file: string;
  /** Folder that its sources lie in: the project, or the package; absolute. */
  readonly base: string;
}

/** What a worker loads: the same module, or none. */
export interface PluginSpec extends PluginPlace {
  readonly ref: PluginRef;
}

export const RUN_TYPESCRIPT = "use Node 22.18 or later, or compile it to JavaScript and name that";

const TYPESCRIPT = new Set([".ts", ".mts", ".cts"]);

/** @param root the project's folder @throws PluginError */
export function placePlugin(from: string, root: string): PluginPlace {
  const place = /^\.{1,2}[\\/]/.test(from) ? ownFile(from, root) : ofPackage(from, root);
  if (TYPESCRIPT.has(extname(place.file)) && !stripsTypes()) {
    throw new PluginError(
      `plug-in ${from} is TypeScript, which Node ${process.versions.node} does not run`,
      RUN_TYPESCRIPT,
    );
  }
  return place;
}

function stripsTypes(): boolean {
  return "typescript" in process.features && Boolean(process.features.typescript);
}

function ownFile(from: string, root: string): PluginPlace {
  const file = resolve(root, from);
  if (!isFile(file)) {
    throw new PluginError(`there is no plug-in ${from}`, `\`plugins\` in xfer.config.json is relative to ${root}`);
  }
  if (!isBelow(realpathSync(file), realpathSync(root))) {
    throw new PluginError(
      `plug-in ${from} lies outside the project ${root}`,
      "put it in the project, or install it as a package",
    );
  }
  return { from, file, base: root };
}

function ofPackage(from: string, root: string): PluginPlace {
  if (!/^(?:@[\w.-]+\/)?[a-zA-Z][\w.-]*$/.test(from)) {
    throw new PluginError(
      `plug-in ${from} is neither a path nor a package`,
      'write "./file.js" for a file of the project, or the name of an installed package',
    );
  }
  const folder = packageFolder(from, root);
  if (folder === undefined) {
    throw new PluginError(
      `plug-in ${from} is not installed for ${root}`,
      `npm install ${from}; a file of the project begins with ./`,
    );
  }
  const { exports: exported, main } = packageJson(folder);
  const file = join(folder, entryOf(exported) ?? main ?? "index.js");
  if (!isFile(file) || !isBelow(resolve(file), folder)) {
    throw new PluginError(`the package ${from} has no module ${file}`, "is it a plug-in, and built?");
  }
  return { from, file, base: folder };
}

/** Of a package's `exports`, what `import "name"` gives. */
function entryOf(exported: unknown): string | undefined {
  if (typeof exported === "string") return exported;
  if (typeof exported !== "object" || exported === null) return undefined;
  const conditions = exported as { readonly [name: string]: unknown };
  for (const [name, value] of Object.entries(conditions)) {
    if (![".", "import", "node", "default"].includes(name)) continue;
    const found = entryOf(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
