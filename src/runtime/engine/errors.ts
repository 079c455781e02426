/** Something an engine cannot do, in words for the user; `cause` is the native library's own complaint. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(message: string, cause?: unknown) {
    super(cause === undefined ? message : `${message}: ${complaintOf(cause)}`, { cause });
  }
}

/** The first line of what a library says, without the places in its source that onnxruntime puts before its words. */
export function complaintOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split("\n", 1)[0] ?? text)
    .replace(/^Non-zero status code returned while running (\w+) node\. Name:'[^']*' Status Message: /, "$1: ")
    .replace(/\/\S+\.(?:cc|h|cpp):\d+ (?:.* was false\. |[^()]*\([^)]*\)(?: const)? )/, "");
}
