/** What a declaration lacks, or does not find in another, and which slips let it lack that. */

/** What was lost: text that could not be read, a whole line, a table that is read, what is sought in one, or a word. */
export type Loss = "text" | "line" | "table" | "lack" | "word";

/** A line of a declaration means nothing: what it was to say is not said. */
const LINES: ReadonlySet<string> = new Set([
  ...["unknown-setting", "unknown-output-setting", "statement-not-here", "not-a-setting", "slot-takes-one"],
  ...["not-a-probe", "block-not-here", "axis-is-a-path", "axis-values", "named-twice", "slot-fixed-and-varied"],
  // `on` and `by` add an axis
  "unknown-argument",
]);
/** A word means nothing. */
const WORDS: ReadonlySet<string> = new Set([
  ...["unknown-name", "unknown-callee", "missing-argument", "wrong-kind", "unknown-member"],
  ...["too-many-arguments", "argument-without-name", "unknown-function", "split-name", "one-value", "not-here"],
]);
/** Names looked for in other declarations: whether they are there is known where all their lines were read. */
const SOUGHT: ReadonlySet<string> = new Set([
  ...["unknown-axis", "unknown-column", "unknown-table", "unknown-path", "unknown-point", "no-such-axis"],
]);
/** Lacks that let others lack something. */
const SLOTS: ReadonlySet<string> = new Set(["slots-missing", "no-source"]);

/** What a declaration has to say itself. */
const OWN: ReadonlySet<string> = new Set([
  ...SLOTS,
  ...["recipe-incomplete", "labels-without-slot", "tune-unused", "tune-no-recipe", "tune-per", "subset-amount"],
  ...["init-without-rules", "source-empty", "profile-empty", "figure-without-mark", "mark-without-channel"],
  ...["table-without-cell", "nothing-to-show-from", "one-value-wanted", "best-without-groups", "best-per-unseen-axis"],
  ...["statistic-sides", "statistic-without", "test-sides", "scale-wanted", "source-lacks-model", "not-kept"],
]);
/** Known of the cells, axes and measures of what is read. */
const OF_TABLES: ReadonlySet<string> = new Set([
  ...["no-cells", "state-axis-open", "no-such-point", "no-such-cell", "probe-without-cells", "test-of-other-metric"],
  ...["test-needs-folds", "axis-not-number", "not-a-number", "scale-of-names", "axis-not-placed", "not-sliceable"],
  ...["best-without-direction", "reduced-axis-unknown", "nothing-to-reduce", "nothing-in-common", "along-no-labels"],
  ...["statistic-axis-elsewhere", "regression-term", "test-of-one-number", "test-over-cases", "probe-across"],
  "axis-without-properties",
]);

/** True of what could be read, perhaps not of what was meant. */
export const LACKS: ReadonlySet<string> = new Set([...SOUGHT, ...OWN, ...OF_TABLES]);

export function lossOf(name: string): Loss | undefined {
  if (LINES.has(name)) {
    return "line";
  }
  if (name === "unknown-table") {
    return "table";
  }
  if (SOUGHT.has(name) || SLOTS.has(name)) {
    return "lack";
  }
  return WORDS.has(name) ? "word" : undefined;
}

/** Is it only for what was lost in its own declaration, or in those it reads, that this is said? */
export function lacksFor(name: string, own: readonly Loss[], read: readonly Loss[]): boolean {
  const lines = own.includes("text") || own.includes("line");
  if (OWN.has(name)) {
    return lines || own.includes("word") || ((own.includes("lack") || own.includes("table")) && !SLOTS.has(name));
  }
  if (lines || read.includes("text") || read.includes("line")) {
    return true;
  }
  if (SOUGHT.has(name)) {
    const lost = read.includes("lack") || read.includes("table") || (own.includes("table") && name !== "unknown-table");
    return lost || (name === "unknown-point" && read.includes("word"));
  }
  return own.length > 0 || read.length > 0;
}
