/** The process that checks slowly: its parent may end it at any moment, and it ends with its parent. */

import { pluginsWereLoaded } from "../../runtime/plugins/load.js";
import { slowCheck } from "./check.js";
import type { SlowReport, SlowRequest } from "./types.js";

export interface SlowTask {
  readonly id: number;
  readonly request: SlowRequest;
  readonly plugins: "load" | "ignore";
}
/** `last`: this process ends, and the next question is another's to answer. */
export type SlowAnswer = { readonly id: number; readonly last: boolean } & (
  | { readonly report: SlowReport }
  | { readonly failure: string }
);

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ id, request, plugins }: SlowTask) => {
  let found: { readonly report: SlowReport } | { readonly failure: string };
  try {
    found = { report: await slowCheck(request, plugins) };
  } catch (error) {
    found = { failure: error instanceof Error ? error.message : String(error) };
  }
  if (!process.connected) return;
  // code that was loaded stays what it was: the next check of such a project has a process of its own
  const last = pluginsWereLoaded();
  process.send?.({ id, last, ...found } satisfies SlowAnswer, () => {
    if (last) process.exit(0);
  });
});
