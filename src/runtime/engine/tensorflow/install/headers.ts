/** Which headers a compilation reads: a wheel has thirteen thousand of them, the binding needs fifteen. */

import { posix } from "node:path";

export interface HeaderSource {
  has(path: string): boolean;
  read(path: string): Promise<string>;
}

/** Where headers start, relative to TensorFlow's folder of headers; some versions keep parts of them aside. */
export const HEADER_ROOTS = ["", "external/local_xla", "external/local_tsl"];

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]/gm;

/** All headers of the source that the given texts include, directly or through others, whatever conditions say. */
export async function neededHeaders(texts: readonly string[], source: HeaderSource): Promise<readonly string[]> {
  const needed = new Set<string>();
  const waiting = texts.map((text) => ({ text, folder: undefined as string | undefined }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, name = ""] of next.text.matchAll(INCLUDE)) {
      const beside = next.folder === undefined ? [] : [posix.join(next.folder, name)];
      const places = [...beside, ...HEADER_ROOTS.map((root) => posix.join(root, name))];
      const path = places.find((place) => source.has(place));
      if (path === undefined || needed.has(path)) continue;
      needed.add(path);
      waiting.push({ text: await source.read(path), folder: posix.dirname(path) });
    }
  }
  return [...needed].sort();
}
