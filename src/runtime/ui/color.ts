/** The few colours of plain output. */

import type { Line } from "./lines.js";

const CODES: { readonly [mark in Line["mark"]]: string } = { done: "32", failed: "31", warning: "33", note: "2" };

export function paint(color: "color" | "plain", mark: Line["mark"], text: string): string {
  return color === "color" ? `\u001b[${CODES[mark]}m${text}\u001b[0m` : text;
}

/** NO_COLOR (no-color.org), then FORCE_COLOR have the last word, either way; else colour where a terminal shows it. */
export function colorFor(out: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): "color" | "plain" {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return "plain";
  if (env.FORCE_COLOR !== undefined) return ["0", "false"].includes(env.FORCE_COLOR) ? "plain" : "color";
  return out.isTTY === true && env.TERM !== "dumb" ? "color" : "plain";
}
