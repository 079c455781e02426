/** A run folder or crate that cannot be read, in a sentence a user can act on. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
