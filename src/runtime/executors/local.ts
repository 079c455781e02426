/** On this machine: workers as child processes, one a slot. */

import { execute } from "../coordinator/coordinator.js";
import { workerEnvironment } from "../devices/environment.js";
import { packageVersion } from "../host/index.js";
import { leasesFor } from "../run/cache-use.js";
import type { Compute } from "../run/engine.js";
import { thisHost } from "../run/host.js";
import { splittingOf } from "../run/micro-batches.js";
import { placeOf } from "../run/places.js";
import { withSlotsAtMost } from "../schedule/index.js";
import { openPartial, sweepPartial } from "../store/partial.js";
import { type SpawnOptions, spawnWorkers } from "../workers/index.js";
import type { Executor } from "./types.js";

export const localExecutor: Executor = async (planned, context) => {
  const { open, compute: how } = planned;
  await sweepPartial(open.cache, (key) => planned.demand.found.has(key)).catch(() => undefined);
  // More workers than nodes to compute would only cost memory.
  const inventory = withSlotsAtMost(how.inventory, planned.demand.missing.length);
  const { folder, events, policy, checkpointEvery, signal, failed } = context;
  return execute({
    plan: planned.plan,
    demand: planned.demand,
    store: planned.store,
    events,
    inventory,
    devices: how.devices,
    policy,
    openLeases: () => leasesFor(planned, folder.id, context.startHeartbeat),
    checkpointEvery,
    partial: (key) => openPartial(open.cache, key),
    startWorker: context.startWorker ?? spawnWorkers(workersOf({ ...open, plugins: open.plugins.specs }, how)),
    resource: (node) => placeOf(node, open.host),
    signal,
    splitting: splittingOf(planned.wish.microBatch),
    failed,
    by: {
      xferc: packageVersion(),
      host: thisHost(),
      engine: how.title,
      study: planned.study.name,
      run: folder.id,
    },
  });
};

/** Each worker sees the device of its slot and no other. */
export function workersOf(
  { cache, layers, plugins }: Pick<SpawnOptions, "cache" | "layers" | "plugins">,
  { engine, signature, inventory, devices }: Pick<Compute, "engine" | "signature" | "inventory" | "devices">,
): SpawnOptions {
  return {
    cache,
    ...(layers === undefined ? {} : { layers }),
    ...(plugins === undefined ? {} : { plugins }),
    engine,
    signature,
    environment: (slot) => workerEnvironment(devices[inventory.slots[slot] ?? 0]),
  };
}
