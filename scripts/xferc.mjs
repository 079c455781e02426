/** `node scripts/xferc.mjs COMMAND …`: any command of xferc, from a fresh clone as from an old one. */

import { prepare, run } from "./prepare.mjs";

await prepare();
process.exitCode = await run(process.execPath, ["dist/src/cli/main.js", ...process.argv.slice(2)]);
