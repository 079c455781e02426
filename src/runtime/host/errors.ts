/** A mistake of the user's outside the study: a flag, a configuration file, an environment variable, a path. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
