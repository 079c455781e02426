#!/usr/bin/env node
/** `xferc`. */

import { reportFailure } from "./failure.js";
import { processIo } from "./io.js";
import { runCommandLine } from "./program.js";

// A reader that closes the pipe early (`xferc plan … | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// What escapes every promise is a mistake of ours; it is told like any other.
process.on("uncaughtException", (error) => {
  process.exit(reportFailure(error, processIo(), process.argv.includes("--debug") ? "trace" : "message"));
});

process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
