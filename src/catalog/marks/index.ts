import type { MarkEntry } from "../types.js";

const XY = ["x", "y", "color", "size", "dash"] as const;

function mark(
  id: string,
  doc: string,
  more: Partial<Pick<MarkEntry, "channels" | "needs" | "numbers" | "axes" | "band">> = {},
): MarkEntry {
  const plain = { channels: XY, needs: ["x", "y"], numbers: [], axes: [], band: false };
  return { kind: "mark", id, version: 1, doc, parameters: {}, ...plain, ...more };
}

export const MARKS = [
  mark("line", "Points joined along x, one line a colour and dash.", { numbers: ["y"], band: true }),
  mark("point", "One point a row.", { band: true }),
  mark("bar", "A bar from zero; colours stand side by side.", { numbers: ["y"], axes: ["x"], band: true }),
  mark("star", "A star: a reference point beside the others."),
  mark("rule", "A level across the panel.", {
    channels: ["y", "color", "dash"],
    needs: ["y"],
    numbers: ["y"],
    band: true,
  }),
  mark("heatmap", "A field of x by y, coloured.", {
    channels: ["x", "y", "color"],
    needs: ["x", "y", "color"],
    numbers: ["color"],
    axes: ["x", "y"],
  }),
] as const;
