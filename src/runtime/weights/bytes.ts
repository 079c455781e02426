/** Bytes that can be read anywhere: of a file that need not fit into memory, or of an array. */

import { open, stat } from "node:fs/promises";
import { CheckpointError } from "./errors.js";

export interface Bytes {
  /** How errors call it. */
  readonly file: string;
  readonly size: number;
  /** Exactly `length` bytes, in memory of their own. @throws CheckpointError where there are fewer. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** One read asks the system for no more than this; larger ones are put together. */
const CHUNK = 2 ** 30;

export function bytesOf(data: Uint8Array, file: string): Bytes {
  return {
    file,
    size: data.byteLength,
    read: async (offset, length) => {
      checkInside(file, data.byteLength, offset, length);
      return Uint8Array.from(data.subarray(offset, offset + length));
    },
    close: async () => undefined,
  };
}

/** @throws CheckpointError where the path is no plain file; system errors (no such file) as they are. */
export async function openBytes(path: string, file: string): Promise<Bytes> {
  // Before it is opened: a pipe blocks whoever opens it.
  const kind = await stat(path);
  if (!kind.isFile()) {
    throw new CheckpointError(file, kind.isDirectory() ? "is a folder" : "is no plain file", "name the file itself");
  }
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return {
    file,
    size,
    async read(offset, length) {
      checkInside(file, size, offset, length);
      const data = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const wanted = Math.min(CHUNK, length - done);
        const { bytesRead } = await handle.read(data, done, wanted, offset + done);
        if (bytesRead === 0) throw cutShort(file, size);
        done += bytesRead;
      }
      return data;
    },
    close: () => handle.close(),
  };
}

function checkInside(file: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) throw cutShort(file, size);
}

function cutShort(file: string, size: number): CheckpointError {
  return new CheckpointError(
    file,
    `ends after ${size} bytes, before what it says it holds; it is cut short or damaged`,
  );
}
