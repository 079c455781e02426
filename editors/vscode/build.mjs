/** Bundles the extension into one file, and lays beside it what its plan view shows diagrams with. */

import { copyFileSync, mkdirSync } from "node:fs";
import { build } from "esbuild";

mkdirSync("out", { recursive: true });
await build({
  entryPoints: ["src/extension.ts"],
  outfile: "out/extension.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  minify: true,
  legalComments: "linked",
});
copyFileSync("node_modules/mermaid/dist/mermaid.min.js", "out/mermaid.min.js");
copyFileSync("node_modules/mermaid/LICENSE", "out/mermaid.LICENSE.txt");
copyFileSync("../../LICENSE", "LICENSE");
