/** Compiled programs kept between nodes: compiling costs seconds, loading another state milliseconds. */

import type { ProgramBundle, TensorData } from "../../program/types.js";
import type { Engine, Session } from "../engine/types.js";
import type { NamedTensors } from "../state/safetensors.js";

export interface OpenBundle {
  readonly session: Session;
  /** The state its programs share, by name. */
  readonly stateNames: readonly string[];
}

/** Enough for a study of a few architectures; the least recently used is closed first. */
const KEPT = 12;
const caches = new WeakMap<Engine, Map<string, Promise<OpenBundle>>>();

/** @param key one text per meaning: equal keys must mean equal programs */
export async function openBundle(engine: Engine, key: string, build: () => ProgramBundle): Promise<OpenBundle> {
  const cache = caches.get(engine) ?? new Map<string, Promise<OpenBundle>>();
  caches.set(engine, cache);
  let opening = cache.get(key);
  if (opening === undefined) {
    await makeRoom(cache);
    opening = open(engine, build());
    opening.catch(() => cache.delete(key));
  }
  cache.delete(key);
  cache.set(key, opening);
  return opening;
}

async function open(engine: Engine, bundle: ProgramBundle): Promise<OpenBundle> {
  const names = Object.values(bundle.programs).flatMap((program) => program.state.map(({ name }) => name));
  return { session: await engine.open(bundle), stateNames: [...new Set(names)] };
}

async function makeRoom(cache: Map<string, Promise<OpenBundle>>): Promise<void> {
  const [oldest] = cache;
  if (oldest === undefined || cache.size < KEPT) return;
  const [key, opening] = oldest;
  cache.delete(key);
  const { session } = await opening;
  await session.close();
}

/** Of a state, what a bundle takes; tensors it does not use (counters, in evaluation) are left out. */
export function stateFor({ stateNames }: OpenBundle, state: NamedTensors): Map<string, TensorData> {
  const wanted = new Map<string, TensorData>();
  for (const name of stateNames) {
    const tensor = state.get(name);
    if (tensor !== undefined) wanted.set(name, tensor);
  }
  return wanted;
}
