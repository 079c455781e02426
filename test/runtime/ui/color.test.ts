import { describe, expect, it } from "vitest";
import { colorFor } from "../../../src/runtime/ui/color.js";

const terminal = { isTTY: true };
const pipe = {};

describe("colour", () => {
  it.each([
    ["a terminal", terminal, {}, "color"],
    ["a pipe", pipe, {}, "plain"],
    ["a terminal that cannot", terminal, { TERM: "dumb" }, "plain"],
    ["a terminal, NO_COLOR", terminal, { NO_COLOR: "1" }, "plain"],
    ["a terminal, NO_COLOR empty, which says nothing", terminal, { NO_COLOR: "" }, "color"],
    ["a pipe, FORCE_COLOR", pipe, { FORCE_COLOR: "1" }, "color"],
    ["a pipe, FORCE_COLOR empty", pipe, { FORCE_COLOR: "" }, "color"],
    ["a terminal, FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, "plain"],
    ["a terminal, FORCE_COLOR=false", terminal, { FORCE_COLOR: "false" }, "plain"],
    ["a pipe, NO_COLOR against FORCE_COLOR", pipe, { NO_COLOR: "1", FORCE_COLOR: "1" }, "plain"],
  ] as const)("on %s", (_, out, env, expected) => {
    expect(colorFor(out, env)).toBe(expected);
  });
});
