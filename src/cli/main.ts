#!/usr/bin/env node
/** `xferc`. */

import { processIo } from "./io.js";
import { runCommandLine } from "./program.js";

// A reader that closes the pipe early (`xferc plan … | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
