/** A run as experiment trackers see it: every cell is one of their runs. */

export interface TrackedStudy {
  readonly study: string;
  readonly title: string | null;
  /** The run folder's own name. */
  readonly run: string;
  readonly xferc: string;
  readonly command: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly cells: readonly TrackedCell[];
}

export interface TrackedCell {
  /** `main[model: vit_s, init: WT]#1`. */
  readonly id: string;
  readonly experiment: string;
  readonly status: "done" | "failed" | "pending";
  /** Why it failed. */
  readonly reason: string | null;
  /** What it was made of: its place on every axis, model, data sets, init, recipes, seed. */
  readonly parameters: readonly (readonly [name: string, value: string | number])[];
  /** Its numbers; null where one is undefined. */
  readonly numbers: readonly { readonly name: string; readonly value: number | null }[];
  readonly curves: readonly Curve[];
  /** What its training took when it was computed; null where it is not known. */
  readonly trainingSeconds: number | null;
}

/** Points by optimizer step, ascending. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** A file to write below the folder asked for. */
export interface TrackerFile {
  /** With `/`. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** The last step of any curve; 0 without one. */
export function lastStep({ curves }: TrackedCell): number {
  return curves.reduce((last, { points }) => Math.max(last, points.at(-1)?.[0] ?? 0), 0);
}

/**
 * When a step was taken, in milliseconds since 1970. Trackers want a time for every point and histories have none: steps
 * are spread evenly over what the training took, from the start of the run on.
 */
export function timeOf(study: TrackedStudy, cell: TrackedCell, step: number): number {
  const last = lastStep(cell);
  return study.startedMs + (last === 0 ? 0 : (step / last) * (cell.trainingSeconds ?? 0) * 1000);
}
