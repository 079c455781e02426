/** Something an engine cannot do, in words for the user; `cause` is the native library's own complaint. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(message: string, cause?: unknown) {
    super(cause === undefined ? message : `${message}: ${firstLine(cause)}`, { cause });
  }
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n", 1)[0] ?? text;
}

/** There was no room, on the device or in the process; with fewer images at once there may be. */
export class OutOfMemoryError extends EngineError {}
