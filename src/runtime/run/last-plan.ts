/** The plan of a study's last run on a cache: what a change is a change from, and what garbage collection keeps. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type PlanJson, readPlanJson } from "../../compiler/plan/index.js";
import type { OpenStudy } from "./open.js";

type Place = Pick<OpenStudy, "cache" | "place" | "host">;

export function lastPlanPath({ cache, place, host }: Place): string {
  const name = relative(host.root, join(place.cwd, place.study));
  return join(cache, "plans", `${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`);
}

export function readLastPlan(open: Place): PlanJson | undefined {
  try {
    const read = readPlanJson(readFileSync(lastPlanPath(open), "utf8"));
    return read.ok ? read.plan : undefined;
  } catch {
    return undefined;
  }
}
