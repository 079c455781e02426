import { diagnostic } from "../messages.js";
import { quantityOf } from "../outputs/terms.js";
import type { CorrelationSpec, PairedTest, Quantity, RegressionSpec } from "../outputs/types.js";
import { partsOf } from "./quantities.js";
import type { PlanRule } from "./rule.js";
import { grouped, joined, over, placeKey, Runs, type Traced, type TracedPoint } from "./runs.js";

/** What is taken for independent, unless the study says what is not. */
export const rowsShareRuns: PlanRule = {
  name: "rows-share-runs",
  why: "Intervals and p values take rows for independent. Rows that have a run in common are not: random initialization has no source, so `WT - RI` under five sources is five numbers and one RI, and whatever that run had by chance is in all five. The interval of a correlation or a regression over sources comes out too narrow, p of a test over them too small: pseudo-replication. The rule follows every number back to the nodes it is read off, and looks at correlations, regressions and tests whose rows or pairs share one across what they take for independent: rows, or the clusters of `cluster:` and of `ci: bootstrap(…, by:)`. What is one number altogether is not told of, for it counts once.",
  references: [
    "Hurlbert (1984). Pseudoreplication and the design of ecological field experiments. Ecological Monographs 54.",
    "Cameron, Miller (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources 50.",
  ],
  check(study, plan) {
    const runs = new Runs(study, plan);
    return study.derives.flatMap(({ name, value, location }) => {
      const parts = value.kind === "quantity" ? partsOf(value.quantity) : [];
      for (const part of parts) {
        const found = sharedIn(part, runs);
        if (found !== undefined) {
          const { run, along, remedy } = found;
          const axes = along.map((axis) => `\`${axis}\``).join(" and ");
          return [diagnostic("rows-share-runs", { name, run, axes, remedy }, location)];
        }
      }
      return [];
    });
  },
};

interface Shared {
  readonly run: string;
  /** Axes along which it stays the same. */
  readonly along: readonly string[];
  readonly remedy: string;
}

type Rows = readonly (readonly TracedPoint[])[];

function sharedIn(part: Quantity, runs: Runs): Shared | undefined {
  switch (part.kind) {
    case "regression": {
      const { interval, cluster } = part;
      const units = interval.kind === "bootstrap" ? interval.by : cluster;
      const found = first(fitRows(part, runs), units);
      return found && { ...found, remedy: remedyOf(part, found) };
    }
    case "correlation": {
      const { interval } = part;
      const found = first(sideRows(part, runs), interval.kind === "bootstrap" ? interval.by : []);
      return found && { ...found, remedy: remedyOf(part, found) };
    }
    case "test": {
      const found = first(sideRows(part, runs), []);
      // pairs of repeats that share a side ask about that one state, which may be what is meant
      return found?.along.some((axis) => axis !== "repeat" && axis !== "fold")
        ? { ...found, remedy: averaging(found) }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** A fit a list; rows by what is explained, which is all that has noise in it. */
function fitRows({ of, terms, over: along }: RegressionSpec, runs: Runs): readonly Rows[] {
  let rows = runs.trace(of);
  for (const term of terms) {
    const number = quantityOf(term);
    const explains = number === undefined ? NOTHING : runs.trace(number);
    rows = rows && explains && joined(rows, silent(explains), "|");
  }
  return rowsOf(rows, along);
}

function sideRows(part: CorrelationSpec | PairedTest, runs: Runs): readonly Rows[] {
  const [left, right] = [runs.trace(part.left), runs.trace(part.right)];
  return rowsOf(left && right && joined(left, right, "|"), part.over);
}

const NOTHING: Traced = { axes: [], points: [{ at: {}, runs: new Map(), whole: "" }] };

/** Of a term only where it stands: neither its runs nor what it is tell rows apart. */
function silent({ axes, points }: Traced): Traced {
  return { axes, points: points.map(({ at }) => ({ at, runs: new Map(), whole: "" })) };
}

/** Replicates that are no rows of their own are averaged; then for every fit its rows, each with the points it stands at. */
function rowsOf(traced: Traced | undefined, along: readonly string[]): readonly Rows[] {
  if (traced === undefined) return [];
  const averaged = over(
    traced,
    ["repeat", "fold"].filter((axis) => !along.includes(axis)),
    "",
  );
  const kept = averaged.axes.filter((axis) => !along.includes(axis));
  const fits = grouped(averaged.points, ({ at }) => placeKey(at, kept));
  return [...fits.values()].map((points): Rows => [...grouped(points, ({ whole }) => whole).values()]);
}

type Found = Omit<Shared, "remedy"> & { readonly fits: readonly Rows[] };

/** The run that is shared along the fewest axes. */
function first(fits: readonly Rows[], units: readonly string[]): Found | undefined {
  let found: Found | undefined;
  for (const rows of fits) {
    const seen = new Map<string, { readonly row: Rows[number]; readonly unit: string }>();
    for (const [index, row] of rows.entries()) {
      const unit = units.length === 0 ? String(index) : unitOf(row, units);
      for (const [node, run] of row.flatMap((point) => [...point.runs])) {
        const before = seen.get(node);
        if (before === undefined) {
          seen.set(node, { row, unit });
        } else if (before.unit !== unit) {
          const along = differing(before.row, row);
          if (found === undefined || along.length < found.along.length) found = { run, along, fits };
        }
      }
    }
  }
  return found;
}

function unitOf(row: Rows[number], axes: readonly string[]): string {
  return [...new Set(row.map(({ at }) => placeKey(at, axes)))].join("+");
}

function differing(one: Rows[number], other: Rows[number]): readonly string[] {
  const axes = [...new Set([...one, ...other].flatMap(({ at }) => Object.keys(at)))];
  return axes.filter((axis) => unitOf(one, [axis]) !== unitOf(other, [axis]));
}

function averaging({ along }: Found): string {
  return `average first: \`mean(…, over: ${along.length === 1 ? along[0] : `[${along.join(", ")}]`})\``;
}

/** Whole points of an axis to be taken as one, where there is an axis whose points share nothing. */
function remedyOf(part: RegressionSpec | CorrelationSpec, found: Found): string {
  const apart = part.over.filter((axis) => axis !== "repeat" && axis !== "fold" && !found.along.includes(axis));
  const unit = apart.find((axis) => first(found.fits, [axis]) === undefined);
  if (unit === undefined) return averaging(found);
  const { interval } = part;
  const resamples = interval.kind === "bootstrap" ? interval.resamples : 2000;
  const drawn = interval.kind === "bootstrap" || part.kind === "correlation";
  const whole = drawn ? `\`ci: bootstrap(${resamples}, by: ${unit})\`` : `\`cluster: ${unit}\``;
  return `${whole}, for points of \`${unit}\` share none; or ${averaging(found)}`;
}
