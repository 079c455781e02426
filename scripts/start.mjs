/** `npm start`: the quickstart, from a fresh clone to its report. Arguments go to `xferc run`. */

import { prepare, run } from "./prepare.mjs";

await prepare();
process.exitCode = await run(process.execPath, [
  "dist/src/cli/main.js",
  "run",
  "studies/quickstart.xfer",
  ...process.argv.slice(2),
]);
