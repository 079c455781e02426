/** `npm test`: lint, types and tests, from a fresh clone. Arguments go to vitest. */

import { mustRun, prepare, tool } from "./prepare.mjs";

await prepare();
await mustRun(process.execPath, [tool("@biomejs/biome"), "check", "."]);
await mustRun(process.execPath, [tool("typescript"), "-p", "tsconfig.json"]);
await mustRun(process.execPath, [tool("vitest"), "run", ...process.argv.slice(2)]);
