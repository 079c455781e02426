#!/usr/bin/env node
/** `xferc`. */

import { reportFailure } from "./failure.js";
import { processIo } from "./io.js";

const debugs = process.argv.includes("--debug");
// What is shipped is bundled; a trace is to name the files one would look into. Known before they are loaded.
if (debugs) process.setSourceMapsEnabled(true);

// A reader that closes the pipe early (`xferc plan … | head`) is no failure of ours, nor is a closed terminal. A run
// goes on without them: its results are in its folder.
const readerGone = (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  if (process.argv[2] !== "run" && process.argv[2] !== "reproduce") process.exit(0);
};
process.stdout.on("error", readerGone);
process.stderr.on("error", readerGone);

// What escapes every promise is a mistake of ours; it is told like any other.
process.on("uncaughtException", (error) => {
  process.exit(reportFailure(error, processIo(), debugs ? "trace" : "message"));
});

const { runCommandLine } = await import("./program.js");
process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
