/** Parameters of a probe's node, which the catalogue's schema has held to their types. */

import type { ProbeParams, StreamSpec } from "../../compiler/plan/types.js";

export function numberOption(params: ProbeParams, name: string): number {
  const value = params[name];
  if (typeof value === "number") return value;
  throw new Error(`the node has no number \`${name}\``);
}

export function textOption(params: ProbeParams, name: string): string {
  const value = params[name];
  if (typeof value === "string") return value;
  throw new Error(`the node has no word \`${name}\``);
}

export function flagOption(params: ProbeParams, name: string): boolean {
  return params[name] === true;
}

export function layersOf({ layers }: ProbeParams): readonly string[] {
  return layers ?? [];
}

export function metricOf({ metric }: ProbeParams): string {
  if (metric !== undefined) return metric;
  throw new Error("the node has no metric");
}

export function streamOf({ stream }: ProbeParams): StreamSpec {
  if (stream !== undefined) return stream;
  throw new Error("the node has no stream to draw from");
}
