/**
 * What plug-ins bring, as data: found out in a process of its own, so that an editor's server neither runs their code nor
 * hangs with it, and sees it as it is on the disk.
 */

import { fork } from "node:child_process";
import { type Catalog, type PluginEntries, withPlugins } from "../../catalog/index.js";
import { bringFamily } from "../../models/families.js";
import { childModule } from "../host/child-module.js";
import { PluginError } from "./errors.js";
import { placePlugin } from "./place.js";
import { sourcesOf } from "./sources.js";
import type { Tracer } from "./trace.js";

export interface DescribeTask {
  readonly names: readonly string[];
  readonly root: string;
}
export type Described =
  | { readonly ok: true; readonly entries: readonly PluginEntries[] }
  | { readonly ok: false; readonly message: string };

/** Modules with work to do at their top take longer, and have no business to. */
const LIMIT_MS = 20_000;

/** Which code it would run. @throws PluginError */
export function codeOf({ names, root }: DescribeTask): string {
  const places = names.map((name) => placePlugin(name, root));
  return places.map(({ file, base, from }) => `${from} ${sourcesOf(file, base, from).digest}`).join("\n");
}

/** @throws PluginError */
export function describePlugins(task: DescribeTask, tracer: Tracer, limitMs = LIMIT_MS): Promise<Catalog> {
  // standard output may be a protocol's
  const child = fork(childModule("plugins/describe-child.js"), [], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  child.unref();
  child.channel?.unref();
  return new Promise((resolve, reject) => {
    const fail = (message: string) => reject(new PluginError(message));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(`the plug-ins ${task.names.join(", ")} took more than ${Math.round(limitMs / 1000)} s to load`);
    }, limitMs);
    child.once("error", (error) => fail(`the plug-ins could not be loaded: ${error.message}`));
    child.once("exit", () => {
      clearTimeout(timer);
      fail(`the plug-ins ${task.names.join(", ")} ended the process that loaded them`);
    });
    child.once("message", (answer: Described) => {
      child.kill("SIGKILL");
      if (answer.ok) resolve(described(answer.entries, task, tracer));
      else fail(answer.message);
    });
    child.send(task, () => undefined);
  });
}

/** Models are built where the code runs: whoever asks for one here asks there. */
function described(entries: readonly PluginEntries[], task: DescribeTask, tracer: Tracer): Catalog {
  for (const { id, plugin } of entries.flatMap(({ models = [] }) => models)) {
    if (plugin === undefined) continue;
    bringFamily(plugin, id, { kind: "elsewhere", trace: (spec) => tracer.trace({ ...task, spec }) });
  }
  return withPlugins(entries);
}
