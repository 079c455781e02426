/** A run's numbers as files of their own: copies of what its folder holds. */

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../host/errors.js";

const FILES = { csv: ["results.csv", "summary.csv"], parquet: ["results.parquet"] } as const;

/** @returns the names written. @throws UsageError where the folder has no results */
export function exportTables(run: string, shown: string, format: keyof typeof FILES, out: string): readonly string[] {
  const [first] = FILES[format];
  if (!existsSync(join(run, first))) {
    throw new UsageError(
      `${shown} has no ${first}`,
      "name a folder below runs/; `xferc run` writes it when a run ends",
    );
  }
  mkdirSync(out, { recursive: true });
  const there = FILES[format].filter((name) => existsSync(join(run, name)));
  for (const name of there) copyFileSync(join(run, name), join(out, name));
  return there;
}
