/** How a run takes part in a cache that others use as well. */

import { access, constants } from "node:fs/promises";
import { StoreError } from "../store/errors.js";
import { nodeFileSystem } from "../store/filesystem.js";
import { readFormat } from "../store/format.js";
import type { StartHeartbeat } from "../store/heartbeat.js";
import { type Leases, openLeases } from "../store/lease.js";
import { MISSED } from "../store/observer.js";
import type { PlannedStudy } from "./planned.js";

/** Leases for a run; all that its plan names is kept from garbage collection while it lives. */
export async function leasesFor(
  { open, plan, store }: PlannedStudy,
  run: string,
  heartbeat: StartHeartbeat | undefined,
): Promise<Leases> {
  const everyMs = (open.host.config.cache.leaseSeconds * 1000) / MISSED;
  const leases = await openLeases(open.cache, { run, everyMs, ...(heartbeat === undefined ? {} : { heartbeat }) });
  await leases.pin(plan.nodes.map(({ key }) => key));
  // What dead runs left behind; nothing waits for it.
  void leases.sweep().then(() => store.sweep());
  return leases;
}

/** A layer that cannot be read costs time, and whoever configured it should know. */
export async function unusedLayers(layers: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const layer of layers) {
    try {
      await access(layer, constants.R_OK | constants.X_OK);
      await readFormat(layer, nodeFileSystem);
    } catch (error) {
      const why = error instanceof StoreError ? error.message : "it is not there, or may not be read";
      problems.push(`the cache layer ${layer} is not used: ${why}`);
    }
  }
  return problems;
}
