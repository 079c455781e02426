/**
 * The HDF5 library kept to one file. Links, virtual arrays and raw storage may name any other file of the machine, which
 * then would be read without being within the data set's folder or in its fingerprint.
 */

import { resolve } from "node:path";
import { DataError } from "../types.js";

interface Library {
  readonly FS: {
    open(path: string, ...more: readonly unknown[]): unknown;
    write(stream: { readonly fd: number }, bytes: unknown, offset: number, length: number, at?: number): number;
    readonly ErrnoError: new (code: number) => Error;
  };
}

/** As POSIX numbers it in WebAssembly: there is no such file. */
const ENOENT = 44;

let allowed: string | undefined;
let refused = false;
const confined = new WeakSet<object>();

/** From now on `within` has a say in what the library opens. */
export function confine(library: object): void {
  if (confined.has(library)) return;
  const { FS } = library as Library;
  const { open, write } = FS;
  FS.open = (path, ...more) => {
    if (allowed === undefined || resolve(path) === allowed) return open(path, ...more);
    refused = true;
    throw new FS.ErrnoError(ENOENT);
  };
  // what it has to say of a refusal is said by whoever asked
  FS.write = (stream, bytes, offset, length, at) =>
    allowed !== undefined && stream.fd <= 2 ? length : write(stream, bytes, offset, length, at);
  confined.add(library);
}

/**
 * What `read` gives, which may open the file at `path` and no other; the library's calls do not wait for one another.
 * @throws DataError where it asked for another file
 */
export function within<T>(path: string, name: string, read: () => T): T {
  allowed = resolve(path);
  refused = false;
  try {
    const value = read();
    if (!refused) return value;
  } catch (error) {
    if (!refused) throw error;
  } finally {
    allowed = undefined;
  }
  throw elsewhere(name);
}

export function elsewhere(name: string): DataError {
  return new DataError(`${name} lies in another file, which is not read`, "copy it into the file itself");
}
