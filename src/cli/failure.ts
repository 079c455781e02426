/** What a user sees when a command cannot do its work: a sentence and a remedy, never a stack trace unless asked for. */

import { EngineError } from "../runtime/engine/errors.js";
import { UsageError } from "../runtime/host/errors.js";
import { HubError } from "../runtime/hub/errors.js";
import { StoreError } from "../runtime/store/errors.js";
import { CheckpointError } from "../runtime/weights/errors.js";
import { complain, EXIT, type ExitCode, type Io } from "./io.js";

export function reportFailure(error: unknown, io: Io, detail: "message" | "trace"): ExitCode {
  const trace = error instanceof Error && detail === "trace" ? `\n${error.stack ?? ""}` : "";
  if (error instanceof UsageError || error instanceof CheckpointError || error instanceof HubError) {
    complain(io, `xferc: ${error.message}${error.hint === undefined ? "" : `\nhint: ${error.hint}`}${trace}`);
    return EXIT.usage;
  }
  if (error instanceof StoreError || error instanceof EngineError) {
    complain(io, `xferc: ${error.message}${trace}`);
    return EXIT.cells;
  }
  const system = systemSentence(error);
  if (system !== undefined) {
    complain(io, `xferc: ${system}${trace}`);
    return EXIT.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  complain(io, `xferc: internal error: ${message}`);
  if (trace !== "") complain(io, trace.trimStart());
  else complain(io, "This is a mistake in xferc, not in your study. Run again with --debug and report what it prints.");
  return EXIT.usage;
}

const SENTENCES: { readonly [code: string]: string } = {
  ENOENT: "there is no such file or folder",
  EACCES: "no permission",
  EPERM: "not permitted",
  EISDIR: "this is a folder",
  ENOTDIR: "a part of this path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
};

function systemSentence(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const sentence = SENTENCES[error.code];
  if (sentence === undefined) return undefined;
  const path = "path" in error && typeof error.path === "string" ? `${error.path}: ` : "";
  return `${path}${sentence}`;
}
