/** Loads plug-ins, says what they bring, and is ended by its parent. */

import type { Described, DescribeTask } from "./describe.js";
import { loadPlugins } from "./load.js";

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ names, root }: DescribeTask) => {
  let answer: Described;
  try {
    answer = { ok: true, entries: (await loadPlugins(names, root)).entries };
  } catch (error) {
    answer = { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  if (process.connected) process.send?.(answer);
});
