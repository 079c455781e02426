/** The process that checks slowly: its parent may end it at any moment, and it ends with its parent. */

import { slowCheck } from "./check.js";
import type { SlowReport, SlowRequest } from "./types.js";

export interface SlowTask {
  readonly id: number;
  readonly request: SlowRequest;
  readonly plugins: "load" | "ignore";
}
export type SlowAnswer =
  | { readonly id: number; readonly report: SlowReport }
  | { readonly id: number; readonly failure: string };

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ id, request, plugins }: SlowTask) => {
  let answer: SlowAnswer;
  try {
    answer = { id, report: await slowCheck(request, plugins) };
  } catch (error) {
    answer = { id, failure: error instanceof Error ? error.message : String(error) };
  }
  if (process.connected) process.send?.(answer);
});
