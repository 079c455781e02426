/**
 * Builds src/runtime/data/pillow.wat into src/runtime/data/pillow-wasm.ts. Only whoever changes the former needs it:
 *
 *     npm install --no-save wabt && node scripts/pillow-wasm.mjs
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../src/runtime/data");
const { default: load } = await import("wabt");
const wabt = await load();
const source = readFileSync(join(folder, "pillow.wat"), "utf8");
const { buffer } = wabt.parseWat("pillow.wat", source, { simd: true }).toBinary({});
const text = Buffer.from(buffer).toString("base64");
const lines = text.match(/.{1,110}/g).map((line) => `  "${line}",`);
writeFileSync(
  join(folder, "pillow-wasm.ts"),
  `/** pillow.wat, built by scripts/pillow-wasm.mjs. */\n\nexport const PILLOW_WASM = [\n${lines.join("\n")}\n].join("");\n`,
);
