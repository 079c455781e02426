/** Leases of a run whose processes are known to have ended, wherever they ran: no one need wait until they count as silent. */

import { join } from "node:path";
import { type FileSystem, isAbsent, namesIn, nodeFileSystem } from "./filesystem.js";
import { parseHolder } from "./holder.js";

/** @param isAbandoned of a holder's run and id */
export async function releaseAbandoned(
  cache: string,
  isAbandoned: (holder: { readonly run: string; readonly id: string }) => boolean,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  for (const folder of ["leases", "holders"]) {
    for (const name of await namesIn(join(cache, folder), files)) {
      const path = join(cache, folder, name);
      if (name.endsWith(".keys") || !(await isOf(path, isAbandoned, files))) continue;
      await files.remove(path);
      if (folder === "holders") await files.remove(`${path}.keys`);
    }
  }
}

async function isOf(
  path: string,
  isAbandoned: (holder: { readonly run: string; readonly id: string }) => boolean,
  files: FileSystem,
): Promise<boolean> {
  try {
    const sign = parseHolder(await files.readFile(path));
    return sign !== undefined && isAbandoned(sign.holder);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
