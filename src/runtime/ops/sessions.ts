/** Compiled programs kept between nodes: compiling costs seconds, loading another state milliseconds. */

import { memoryFactor } from "../../models/memory.js";
import { peakBytes } from "../../program/memory.js";
import type { ProgramBundle, TensorData } from "../../program/types.js";
import { KEPT_VARIABLE } from "../devices/environment.js";
import type { Engine, Session } from "../engine/types.js";
import type { NamedTensors } from "../state/safetensors.js";

export interface OpenBundle {
  readonly session: Session;
  /** The state its programs share, by name. */
  readonly stateNames: readonly string[];
}

/** What kept programs may need at most by our estimate; the least recently used is closed first. */
const KEPT_BYTES = Number(process.env[KEPT_VARIABLE]) || 4 * 2 ** 30;
const KEPT = 64;

interface Kept {
  readonly opening: Promise<OpenBundle>;
  readonly bytes: number;
}
const caches = new WeakMap<Engine, Map<string, Kept>>();

/** @param key one text per meaning: equal keys must mean equal programs */
export async function openBundle(engine: Engine, key: string, build: () => ProgramBundle): Promise<OpenBundle> {
  const cache = caches.get(engine) ?? new Map<string, Kept>();
  caches.set(engine, cache);
  const known = cache.get(key);
  if (known !== undefined) {
    // The latest used is the last to go.
    cache.delete(key);
    cache.set(key, known);
    return known.opening;
  }
  const bundle = build();
  const bytes = memoryFactor(engine.id) * bytesOf(bundle);
  await makeRoom(cache, bytes);
  const opening = open(engine, bundle);
  cache.set(key, { opening, bytes });
  opening.catch(() => cache.delete(key));
  return opening;
}

async function open(engine: Engine, bundle: ProgramBundle): Promise<OpenBundle> {
  const names = Object.values(bundle.programs).flatMap((program) => program.state.map(({ name }) => name));
  return { session: await engine.open(bundle), stateNames: [...new Set(names)] };
}

/** An engine's allocator keeps what each program needed at its peak. */
function bytesOf(bundle: ProgramBundle): number {
  return Object.values(bundle.programs).reduce((sum, program) => sum + peakBytes(program), 0);
}

async function makeRoom(cache: Map<string, Kept>, bytes: number): Promise<void> {
  let total = [...cache.values()].reduce((sum, kept) => sum + kept.bytes, bytes);
  for (const [key, kept] of [...cache]) {
    if (total <= KEPT_BYTES && cache.size < KEPT) return;
    cache.delete(key);
    total -= kept.bytes;
    const { session } = await kept.opening;
    await session.close();
  }
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
