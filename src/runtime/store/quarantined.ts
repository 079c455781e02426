/** Which nodes' results the store moved aside because it found them damaged. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** `actions-ab-cdef….json.1700000000000.4711`: of the node abcdef…. */
const ACTION = /^actions-([0-9a-f]{2})-([0-9a-f]{62})\.json\./;

/** Empty where nothing was, or the folder cannot be read. */
export async function quarantinedKeys(cache: string): Promise<ReadonlySet<string>> {
  const names = await readdir(join(cache, "quarantine")).catch((): readonly string[] => []);
  return new Set(
    names.flatMap((name) => {
      const [, shard, rest] = ACTION.exec(name) ?? [];
      return shard === undefined || rest === undefined ? [] : [shard + rest];
    }),
  );
}
