/** Clients speak in URIs, the compiler in paths. What is no file (an unsaved buffer) gets a path nothing on a disk has. */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The absolute path of a document; `folder` is where documents that are no files are taken to lie. */
export function pathOfUri(uri: string, folder: string): string {
  if (uri.startsWith("file:")) {
    try {
      return fileURLToPath(uri);
    } catch {
      // a file URI of another host, or of another system
    }
  }
  return join(folder, `${encodeURIComponent(uri)}.xfer`);
}

export function uriOfPath(path: string): string {
  return pathToFileURL(path).href;
}
