/** A training that cannot go on; the message says at which step, and what to change in the study. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
}
