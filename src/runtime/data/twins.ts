/** Images of the same bytes among rows of arrays: files are told apart by their digests, rows have to be looked at. */

import type { Json } from "../../catalog/types.js";
import { adapterOf } from "./adapters/index.js";
import { prepareAll } from "./decode/pool.js";
import type { AdapterIndex, DataSource, Item } from "./types.js";

/** What the adapter finds, twins marked whatever the images lie in. */
export async function indexOf(source: DataSource): Promise<AdapterIndex> {
  const adapter = adapterOf(source.adapter, source.plugins);
  const index = await adapter.index(source);
  if (adapter.reads === "files") return index;
  const known = await source.digests.remember(`twins 1 ${index.fingerprint}`, async () => {
    return (await twinsAmong(source, index.items)) as unknown as Json;
  });
  const twins = new Map(known as unknown as readonly (readonly [id: string, twin: string])[]);
  if (twins.size === 0) return index;
  return { ...index, items: index.items.map((item) => withTwin(item, twins.get(item.id))) };
}

function withTwin(item: Item, twin: string | undefined): Item {
  return twin === undefined ? item : { ...item, twin };
}

/** As little as an image can be prepared to: its digest is of all its pixels. */
const LEAST = { size: 1, channels: 1, transforms: [], digests: true } as const;

async function twinsAmong(source: DataSource, items: readonly Item[]): Promise<readonly (readonly [string, string])[]> {
  const first = new Map<string, string>();
  const twins = new Map<string, string>();
  let position = 0;
  for await (const { digests } of prepareAll({ source, items, preparation: LEAST })) {
    digests.forEach((digest, i) => {
      const id = items[position + i]?.id;
      if (digest === "" || id === undefined) return;
      const before = first.get(digest);
      const name = digest.slice(2, 18);
      if (before === undefined) first.set(digest, id);
      else for (const one of [before, id]) twins.set(one, name);
    });
    position += digests.length;
  }
  return [...twins];
}
